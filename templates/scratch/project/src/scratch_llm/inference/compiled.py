"""A backend that runs through torch.compile: minutes to start on a CPU, then fewer and larger kernels."""

import torch
from torch import Tensor
from torch.nn import functional as F

from scratch_llm.inference.buffered import BufferedBackend
from scratch_llm.inference.stateless import StatelessDecoder
from scratch_llm.models import Decoder
from scratch_llm.models.registry import ATTENTION


class CompiledBackend(BufferedBackend):
    """A compiled decoder that only ever sees a few shapes.

    Batch and length are rounded up to powers of two, so that new prompt lengths do not compile anew: there is one
    compilation for each pair of bucket and buffer size.
    """

    def __init__(self, model: Decoder, n_row: int, length: int) -> None:
        config = model.config
        kept = ATTENTION[config.attention].cache_shapes(config) * config.n_layer
        super().__init__(kept, n_row, length, config.vocab_size, model.embed.weight.device)
        self._compiled = torch.compile(StatelessDecoder(model.eval()), dynamic=False)

    def compute(self, tokens: Tensor, starts: Tensor, n_new: Tensor, past: list[Tensor]) -> list[Tensor]:
        """Pad to a bucket, compute, and cut the padding off."""
        n_row, n_token = tokens.shape
        rows, width = _bucket(n_row) - n_row, _bucket(n_token) - n_token
        outputs = self._compiled(
            F.pad(tokens, (0, width, 0, rows)),
            F.pad(starts, (0, rows)),
            F.pad(n_new, (0, rows), value=1),
            [F.pad(tensor, (0, 0) * (tensor.dim() - 1) + (0, rows)) for tensor in past] if rows else past,
        )
        return [tensor[:n_row] for tensor in outputs]


def _bucket(n: int) -> int:
    """The power of two that is at least `n`."""
    return 1 << (n - 1).bit_length()
