"""Small decoders of every kind that the tests compare."""

from typing import Any

import torch
from torch import Tensor

from scratch_llm.config import ModelConfig
from scratch_llm.models import Decoder

VOCAB, CONTEXT = 96, 40

KINDS: dict[str, dict[str, Any]] = {
    "mha": {"attention": "mha"},
    "gqa": {"attention": "gqa", "n_kv_head": 2},
    "mqa": {"attention": "gqa", "n_kv_head": 1, "tie_embeddings": False},
    "mla": {"attention": "mla", "mla": {"kv_rank": 16, "nope_dim": 8, "rope_dim": 4, "v_dim": 12}},
    "mla, small queries": {
        "attention": "mla",
        "mla": {"kv_rank": 16, "q_rank": 12, "nope_dim": 8, "rope_dim": 4, "v_dim": 20},
    },
    "moe": {"feed_forward": "moe", "moe": {"n_expert": 4, "n_active": 2, "n_shared": 1}},
}


def small_config(**fields: Any) -> ModelConfig:
    return ModelConfig(
        **({"vocab_size": VOCAB, "context_length": CONTEXT, "d_model": 32, "n_layer": 2, "n_head": 4} | fields)
    )


def small_decoder(seed: int = 0, **fields: Any) -> Decoder:
    """Weights are large enough for every part to matter, norms included."""
    torch.manual_seed(seed)
    decoder = Decoder(small_config(init_std=0.2, **fields))
    for weight in decoder.parameters():
        if weight.ndim == 1:
            torch.nn.init.normal_(weight, 1.0, 0.2)
    return decoder.eval()


def random_tokens(n_row: int, n_token: int, seed: int = 1) -> Tensor:
    return torch.randint(0, VOCAB, (n_row, n_token), generator=torch.Generator().manual_seed(seed))
