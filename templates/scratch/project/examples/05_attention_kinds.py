"""MHA, GQA and MLA side by side: parameters, and how much each must remember of every token.

python examples/05_attention_kinds.py        # expected output: examples/expected/05_attention_kinds.txt
"""

import torch

from scratch_llm.config import ModelConfig
from scratch_llm.models import Decoder, KVCache, count_parameters

SHAPE = {"vocab_size": 1024, "context_length": 512, "n_layer": 4, "d_model": 256, "n_head": 8}
KINDS = {
    "mha, 8 kv heads": {"attention": "mha"},
    "gqa, 2 kv heads": {"attention": "gqa", "n_kv_head": 2},
    "gqa, 1 kv head": {"attention": "gqa", "n_kv_head": 1},
    "mla, latent of 64": {
        "attention": "mla",
        "mla": {"kv_rank": 64, "nope_dim": 32, "rope_dim": 16, "v_dim": 32},
    },
}


def main() -> None:
    print(f"{'kind':20}{'parameters':>12}{'cache, bytes per token':>24}{'of mha':>8}")
    whole = None
    for name, kind in KINDS.items():
        config = ModelConfig.model_validate(SHAPE | kind)
        torch.manual_seed(0)
        model = Decoder(config).eval()
        cache = KVCache(config, n_row=1, length=config.context_length)
        tokens = torch.randint(8, 1024, (1, 40))
        with torch.no_grad():  # the cache is used as in generation, so that its size is the real one
            model(tokens, cache=cache)
        n_byte = cache.n_bytes // config.context_length
        whole = whole or n_byte
        print(f"{name:20}{count_parameters(model).total:12,}{n_byte:24,}{n_byte / whole:8.0%}")


if __name__ == "__main__":
    main()
