"""Perplexity, and bits per byte, which compares models of different tokenizers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from scratch_llm.evaluation.likelihood import Request, score
from scratch_llm.models import Decoder
from scratch_llm.tokenizers import BOS, Tokenizer

_LARGEST = 709.0  # e to this power is still a float


class TextLoss(NamedTuple):
    """What one text costs: the negative log-likelihood of its tokens, and its exact size."""

    nats: float
    n_token: int
    n_byte: int


@dataclass(frozen=True)
class Perplexity:
    """The loss of a set of texts."""

    nats: float
    n_token: int
    n_byte: int

    @property
    def perplexity(self) -> float:
        """Exponential of the mean loss per token; compares models of the same tokenizer only."""
        return exponential(self.nats / self.n_token)

    @property
    def bits_per_byte(self) -> float:
        """Bits that the model needs for one byte of UTF-8; compares models of any lossless tokenizer."""
        return self.nats / math.log(2) / self.n_byte


def exponential(loss: float) -> float:
    """Perplexity of a mean loss; a model that is wrong beyond all floats gets the largest, about 8e307."""
    return math.exp(min(loss, _LARGEST))


def perplexity(
    model: Decoder, tokenizer: Tokenizer, texts: Sequence[str], *, overlap: int | None = None, batch_size: int = 16
) -> Perplexity:
    """Measure texts; see `text_losses`."""
    losses = text_losses(model, tokenizer, texts, overlap=overlap, batch_size=batch_size)
    return Perplexity(
        nats=sum(loss.nats for loss in losses),
        n_token=sum(loss.n_token for loss in losses),
        n_byte=sum(loss.n_byte for loss in losses),
    )


def text_losses(
    model: Decoder, tokenizer: Tokenizer, texts: Sequence[str], *, overlap: int | None = None, batch_size: int = 16
) -> list[TextLoss]:
    """Measure each text by itself.

    A text begins after BOS, which is given and not scored. Longer texts than the context are read in windows that
    overlap, so that each token is scored once and has enough text before it.

    Args:
        model: The model.
        tokenizer: Its tokenizer.
        texts: What to measure; none is empty.
        overlap: Tokens that a window repeats; default is half of the context.
        batch_size: Windows in one pass.
    """
    rows = tokenizer.encode_batch(texts)
    requests = [Request([BOS, *ids], 1) for ids in rows]
    scored = score(model, requests, overlap=overlap, batch_size=batch_size)
    return [
        TextLoss(-likelihood.logprob, likelihood.n_token, len(text.encode()))
        for text, likelihood in zip(texts, scored, strict=True)
    ]


def lossless_share(tokenizer: Tokenizer, texts: Sequence[str]) -> float:
    """Share of texts that decoding gives back exactly; below 1, bits per byte flatter the model."""
    rows = tokenizer.encode_batch(texts)
    return sum(tokenizer.decode(ids) == text for ids, text in zip(rows, texts, strict=True)) / len(texts)
