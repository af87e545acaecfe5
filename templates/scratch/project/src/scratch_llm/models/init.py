"""Fresh weights, all in one place."""

import math

from torch import nn


def initialise(decoder: nn.Module, *, std: float, n_layer: int) -> None:
    """Fill all weights.

    Matrices are normal with `std`. Those that write into the residual stream (`attention.out`, `feed_forward.down`)
    are divided by sqrt(2 * n_layer), so that the stream's variance does not grow with depth. Norms begin as 1.
    """
    for name, weight in decoder.named_parameters():
        if weight.ndim == 1:
            nn.init.ones_(weight)
        else:
            writes_to_stream = "out" in name.split(".") or "down" in name.split(".")
            nn.init.normal_(weight, std=std / math.sqrt(2 * n_layer) if writes_to_stream else std)
