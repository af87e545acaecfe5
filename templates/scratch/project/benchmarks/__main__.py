"""Run comparisons and write them down.

python -m benchmarks                       all of them
python -m benchmarks training --rounds 9   one of them, more carefully
"""

import argparse
import importlib
import json
import os
import platform
from pathlib import Path

import torch

from benchmarks.chart import draw
from benchmarks.measure import Result

COMPARISONS = ("training", "decoding", "batching", "tokenizing", "memory")


def main() -> int:
    """Measure on one thread, print tables, write JSON and a chart."""
    parser = argparse.ArgumentParser(description="Interleaved comparisons with peers, in CPU time on one thread.")
    parser.add_argument("comparison", nargs="*", default=COMPARISONS, help=f"{', '.join(COMPARISONS)} (all)")
    parser.add_argument("--rounds", type=int, default=7, help="how often all contenders take turns (7)")
    parser.add_argument("--output", type=Path, default=Path("outputs/benchmarks"), help="folder of results")
    options = parser.parse_args()
    if unknown := set(options.comparison) - set(COMPARISONS):
        parser.error(f"there is no comparison {', '.join(sorted(unknown))}: choose from {', '.join(COMPARISONS)}")
    torch.set_num_threads(1)
    results = []
    for name in options.comparison:
        result: Result = importlib.import_module(f"benchmarks.{name}").run(options.rounds)
        print(table(result), flush=True)
        results.append(result)
    options.output.mkdir(parents=True, exist_ok=True)
    document = {"machine": machine(), "results": [result.as_json() for result in results]}
    (options.output / "results.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    draw(results, options.output / "results.png")
    print(f"written: {options.output}/results.json and results.png")
    return 0


def table(result: Result) -> str:
    """The result as Markdown."""
    lines = [f"## {result.name} ({result.unit}; load {os.getloadavg()[0]:.1f})", ""]
    lines += [f"- {name}: {best:,.1f}" for name, best in result.best.items()]
    lines += [f"- {r.of} / {r.to}: {r.median:.2f} [{r.low:.2f}, {r.high:.2f}]" for r in result.ratios]
    return "\n".join([*lines, f"- goal: {result.goal}", ""])


def machine() -> dict[str, object]:
    """What the figures were measured on."""
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "load": os.getloadavg(),
    }


if __name__ == "__main__":
    raise SystemExit(main())
