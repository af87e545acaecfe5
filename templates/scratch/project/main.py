"""Train as a config says: `python main.py --config configs/pretrain/debug.yaml [key=value ...]`."""

from scratch_llm.training.cli import main
from scratch_llm.utils.entry import run

if __name__ == "__main__":
    run(main)
