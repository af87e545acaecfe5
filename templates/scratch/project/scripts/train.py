"""Train with the debug config or another one: `python scripts/train.py --epochs 1 [--config PATH] [key=value ...]`."""

from pathlib import Path

from scratch_llm.training.cli import main
from scratch_llm.utils.entry import run

DEFAULT = Path(__file__).parents[1] / "configs" / "pretrain" / "debug.yaml"

if __name__ == "__main__":
    run(lambda: main(default_config=DEFAULT))
