"""Compare runs in one file: figures, config differences, curves and samples.

python scripts/report.py outputs/debug outputs/copy/2026-01-31_12-10-00 [--output report.html]
"""

import argparse
from pathlib import Path

from scratch_llm.evaluation.report import compare, read_run, write_page
from scratch_llm.utils.entry import run


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare runs in one Markdown or HTML file.")
    parser.add_argument(
        "runs", type=Path, nargs="+", help="runs, outputs/<experiment>/<time>, or experiments: then their newest run"
    )
    parser.add_argument("--output", type=Path, default=Path("outputs/report.html"), help="ends in .html or .md")
    parser.add_argument("--title", default="Comparison of runs")
    options = parser.parse_args()
    write_page(options.output, compare([read_run(folder) for folder in options.runs], options.title))
    print(f"report of {len(options.runs)} runs: {options.output}")


if __name__ == "__main__":
    run(main)
