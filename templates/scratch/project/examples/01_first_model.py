"""Train a model, load it, let it write: the whole package in four calls.

python examples/01_first_model.py        # expected output: examples/expected/01_first_model.txt
"""

import math
import tempfile
from pathlib import Path

from scratch_llm import SamplingParams, TrainConfig, generate, load_pretrained, train

CONFIG = {
    "task": "pretrain",
    "model": {"context_length": 64, "n_layer": 2, "d_model": 64, "n_head": 4, "n_kv_head": 2},
    "tokenizer": {"kind": "bpe", "vocab_size": 512},
    "data": {"dataset_name": "synthetic_stories", "n_documents": 200},
    "optimizer": {"params": {"lr": 1e-2}},
    "training": {"max_steps": 40, "batch_size": 8, "eval_every": 40},
    "scheduler": {"warmup_steps": 5},
    "logging": {"tensorboard": False, "every": 40},
}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        places = {"output_folder": folder, "data": {**CONFIG["data"], "folder": f"{folder}/data"}}
        result = train(TrainConfig.model_validate(CONFIG | places), experiment="first")
        print(f"steps: {result.steps}")
        print(f"loss of a guess: {math.log(512):.1f}, of the trained model on new stories: {result.val_loss:.1f}")
        print(f"written: {', '.join(sorted(path.name for path in Path(result.folder).iterdir()))}")

        model = load_pretrained(result.folder)
        prompt = model.tokenizer.encode("Once upon a time there", bos=True)
        params = SamplingParams(max_new_tokens=6, temperature=0)
        [answer] = generate(model.model, model.tokenizer, [prompt], params)
        print(f"generated: Once upon a time there{answer.text}")


if __name__ == "__main__":
    main()
