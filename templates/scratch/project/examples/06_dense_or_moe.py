"""Dense against a mixture of experts: both compute as much per token, but the mixture has more parameters.

python examples/06_dense_or_moe.py        # expected output: examples/expected/06_dense_or_moe.txt

A mixture has room to learn more from much data, and pays with memory. After as few steps as here it is not ahead yet:
each expert has seen only a quarter of the tokens.
"""

import json
import tempfile

from scratch_llm import TrainConfig, load_pretrained, train
from scratch_llm.models import count_parameters

STEPS = 40


def main() -> None:
    print(f"{'':6}{'parameters':>12}{'active':>10}{'validation loss':>17}")
    speeds = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, feed_forward in (("dense", "swiglu"), ("moe", "moe")):
            result = train(config(folder, feed_forward), experiment=name)
            lines = map(json.loads, (result.folder / "metrics.jsonl").read_text().splitlines())
            speeds[name] = next(line["tokens_per_second"] for line in lines if "tokens_per_second" in line)
            model = load_pretrained(result.folder).model
            count = count_parameters(model)
            print(f"{name:6}{count.total:12,}{count.active:10,}{result.val_loss:17.1f}")
    print("measured: " + ", ".join(f"{name} {speed:,.0f} tokens/s" for name, speed in speeds.items()))


def config(folder: str, feed_forward: str) -> TrainConfig:
    return TrainConfig.model_validate(
        {
            "output_folder": folder,
            "model": {
                "context_length": 64,
                "n_layer": 2,
                "d_model": 64,
                "n_head": 4,
                "d_ff": 256,
                "feed_forward": feed_forward,
                "moe": {"n_expert": 8, "n_active": 2, "d_ff": 128},
            },
            "tokenizer": {"vocab_size": 512},
            "data": {"n_documents": 400, "folder": f"{folder}/data"},
            "optimizer": {"params": {"lr": 1e-2}},
            "scheduler": {"warmup_steps": 5},
            "training": {"max_steps": STEPS, "batch_size": 8, "eval_every": STEPS},
            "logging": {"tensorboard": False, "every": STEPS},
        }
    )


if __name__ == "__main__":
    main()
