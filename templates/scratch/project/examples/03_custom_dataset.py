"""Train on a JSONL file of your own: which columns it needs, and what becomes of a row that is no use.

python examples/03_custom_dataset.py        # expected output: examples/expected/03_custom_dataset.txt
"""

import json
import tempfile
from pathlib import Path

from scratch_llm import TrainConfig, train
from scratch_llm.data.sources import Faults, load_records

COLORS = ("red", "green", "blue", "white", "black")
FRUITS = ("apple", "pear", "plum", "fig", "melon", "grape")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "questions.jsonl"
        path.write_text("\n".join(json.dumps(row) for row in rows()), encoding="utf-8")
        wanted, faults = config(path), Faults()
        records = list(load_records(wanted.data, wanted.task, faults))
        print(f"{len(records)} conversations; left out: {faults.count}")
        print(f"the first asks: {records[0].messages[0].content}")
        result = train(wanted, experiment="questions")
        print(f"validation loss per answer token: {result.val_loss:.1f}")


def rows() -> list[dict[str, str]]:
    """Questions with answers; the last one has no answer."""
    pairs = [(color, fruit) for color in COLORS for fruit in FRUITS]
    good = [
        {"instruction": f"I have a {color} {fruit}. What color is it?", "output": f"The {fruit} is {color}."}
        for color, fruit in pairs
    ]
    return [*good, {"instruction": "What now?"}]


def config(path: Path) -> TrainConfig:
    return TrainConfig.model_validate(
        {
            "task": "sft",
            "output_folder": path.parent,
            "model": {"context_length": 64, "n_layer": 2, "d_model": 64, "n_head": 4},
            "tokenizer": {"kind": "char"},
            "data": {"dataset_name": "local", "path": path, "folder": path.parent / "data", "deduplicate": False},
            "optimizer": {"params": {"lr": 1e-2}},
            "training": {"max_steps": 30, "batch_size": 4, "eval_every": 30},
            "logging": {"tensorboard": False, "every": 30},
        }
    )


if __name__ == "__main__":
    main()
