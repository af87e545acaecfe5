"""What a model costs: its parameters, and the arithmetic of a token."""

from typing import NamedTuple

import torch

from scratch_llm.config import ModelConfig
from scratch_llm.models.decoder import Decoder


class ParameterCount(NamedTuple):
    """Numbers of parameters."""

    total: int
    active: int  # that a single token meets: of a mixture, only the experts that it visits
    embeddings: int  # of the look-up table alone; it is part of both others


def count_parameters(decoder: Decoder) -> ParameterCount:
    """Count the parameters; tied ones count once."""
    config = decoder.config
    total = sum(weight.numel() for weight in decoder.parameters())
    experts = sum(weight.numel() for name, weight in decoder.named_parameters() if ".experts." in name)
    idle = experts * (config.moe.n_expert - config.moe.n_active) // config.moe.n_expert
    return ParameterCount(total, total - idle, decoder.embed.weight.numel())


def flops_per_token(config: ModelConfig, length: int) -> float:
    """Floating-point operations of training on one token (forward and backward) in rows of `length`.

    As usual for MFU: six for each weight that a token meets in a matrix product, and attention counted as if it looked
    at the whole row. Nothing is allocated for it.
    """
    with torch.device("meta"):
        decoder = Decoder(config)
    count = count_parameters(decoder)
    looked_up = 0 if config.tie_embeddings else count.embeddings
    attention = 6 * config.n_layer * length * _attention_width(config)
    return 6.0 * (count.active - looked_up) + attention


def _attention_width(config: ModelConfig) -> int:
    """Multiplications for one pair of query and key: the score, and the share of the value."""
    if config.attention == "mla":
        return config.n_head * (config.mla.nope_dim + config.mla.rope_dim + config.mla.v_dim)
    return 2 * config.n_head * config.head_dim
