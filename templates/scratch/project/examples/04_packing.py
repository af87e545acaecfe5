"""Packing: rows filled with several documents instead of padding, and why documents must be kept apart in them.

python examples/04_packing.py        # expected output: examples/expected/04_packing.txt
"""

import tempfile

import torch

from scratch_llm import Decoder, ModelConfig, TrainConfig
from scratch_llm.data import DataModule, tokenizer_for


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for packing in (False, True):
            report = prepared(folder, packing).report()["train"]
            used = 1 - report["padding_share"]
            print(f"packing {packing!s:5}: {report['rows']:4} rows, {used:.0%} of their places hold text")
    show_leak()


def prepared(folder: str, packing: bool) -> DataModule:
    config = TrainConfig.model_validate(
        {
            "task": "sft",
            "data": {
                "dataset_name": "synthetic_instructions",
                "n_documents": 300,
                "packing": packing,
                "folder": folder,
            },
        }
    )
    data = DataModule(config, tokenizer_for(config), context_length=256)
    data.prepare()
    data.setup()
    return data


def show_leak() -> None:
    """Two documents in one row: change the first, and look at what the model says about the second."""
    torch.manual_seed(0)
    model = Decoder(ModelConfig(vocab_size=64, context_length=16, n_layer=2, d_model=32, n_head=2, init_std=0.2)).eval()
    row = torch.randint(8, 64, (1, 16))
    changed = row.clone()
    changed[0, :8] = torch.randint(8, 64, (8,))
    documents = torch.tensor([[0] * 8 + [1] * 8])
    for name, document_ids in (("one long text", None), ("documents kept apart", documents)):
        with torch.no_grad():
            before, after = (model(tokens, document_ids=document_ids).logits[0, 8:] for tokens in (row, changed))
        print(f"{name}: the second document's logits {'stay' if torch.equal(before, after) else 'change'}")


if __name__ == "__main__":
    main()
