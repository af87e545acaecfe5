"""Measure checkpoints on the tasks of a config.

python scripts/evaluate.py --checkpoint outputs/<experiment>/<timestamp> [--config FILE] [seed=1 n_resample=200 ...]

Give --checkpoint several times to compare checkpoints. Each gets `evaluation.json` and `evaluation.md`.
"""

import argparse
from pathlib import Path

from scratch_llm.checkpoint import resolve
from scratch_llm.config.load import load_section
from scratch_llm.evaluation import EvaluationConfig, Harness
from scratch_llm.utils.entry import run

_DEFAULT = Path(__file__).parents[1] / "configs" / "evaluation" / "default.yaml"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure checkpoints on the tasks of a config.")
    parser.add_argument("--checkpoint", type=Path, required=True, action="append", help="a run or one of its steps")
    parser.add_argument("--config", type=Path, default=_DEFAULT, help="one of configs/evaluation")
    parser.add_argument("--output", type=Path, help="folder of the results; default: beside the checkpoint's weights")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="overrides such as n_resample=200")
    options = parser.parse_args()
    harness = Harness(load_section(EvaluationConfig, options.config, options.overrides))
    for number, path in enumerate(options.checkpoint):
        folder = _folder(options.output, number, len(options.checkpoint)) or resolve(path) / "evaluation"
        evaluation = harness.run(path)
        evaluation.save(folder)
        print(evaluation.markdown())
        print(f"saved to {folder}\n")


def _folder(out: Path | None, number: int, n_checkpoint: int) -> Path | None:
    """Where several results go into one folder, each gets a numbered one of its own."""
    return out if out is None or n_checkpoint == 1 else out / str(number)


if __name__ == "__main__":
    run(main)
