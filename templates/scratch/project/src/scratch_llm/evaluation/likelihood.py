"""How likely a model finds given tokens. Perplexity and multiple choice both stand on this."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from scratch_llm.models import Decoder
from scratch_llm.tokenizers import BOS, PAD, Tokenizer


class Request(NamedTuple):
    """Tokens to score: `ids[first:]`, each given everything before it that fits into the context."""

    ids: Sequence[int]
    first: int


class Likelihood(NamedTuple):
    """What a model says of a request."""

    logprob: float  # sum over the scored tokens, in nats
    is_greedy: bool  # every scored token was the likeliest
    n_token: int


class Window(NamedTuple):
    """One pass through the model: it reads `ids[begin : end - 1]` and scores `ids[first:end]`."""

    begin: int
    first: int
    end: int


def windows(n_token: int, first: int, length: int, overlap: int) -> Iterator[Window]:
    """Cut a sequence so that each token from `first` on is scored exactly once.

    Args:
        n_token: Length of the sequence.
        first: Index of the first token to score, at least 1.
        length: Tokens that the model can read at once.
        overlap: Tokens that a window reads again from the one before it: a token's least context, less one.
    """
    while first < n_token:
        end = min(n_token, max(length + 1, first + length - overlap))
        yield Window(max(0, end - 1 - length), first, end)
        first = end


def score(
    model: Decoder, requests: Sequence[Request], *, overlap: int | None = None, batch_size: int = 16
) -> list[Likelihood]:
    """Score many requests.

    Args:
        model: The model.
        requests: What to score; `first` is at least 1, for the first token has nothing to be predicted from.
        overlap: See `windows`; default is half of the context.
        batch_size: Windows in one pass.
    """
    length = model.config.context_length
    overlap = length // 2 if overlap is None else min(overlap, length - 1)
    jobs = [
        (index, window)
        for index, request in enumerate(requests)
        for window in windows(len(request.ids), request.first, length, overlap)
    ]
    jobs.sort(key=lambda job: job[1].end - job[1].begin)  # windows of like length waste little padding
    logprobs, greedy = [0.0] * len(requests), [True] * len(requests)
    for start in range(0, len(jobs), batch_size):
        batch = jobs[start : start + batch_size]
        pieces = [(requests[index].ids, window) for index, window in batch]
        for (index, _), (logprob, is_greedy) in zip(batch, _score_windows(model, pieces), strict=True):
            logprobs[index] += logprob
            greedy[index] &= is_greedy
    return [
        Likelihood(logprob, is_greedy, len(request.ids) - request.first)
        for logprob, is_greedy, request in zip(logprobs, greedy, requests, strict=True)
    ]


def continuation(tokenizer: Tokenizer, context: str, text: str) -> Request:
    """Ask for `text` after `context`.

    Both are encoded as one text, as the model has seen text; a token that spans the border counts to the continuation.
    """
    ids = [BOS, *tokenizer.encode(context + text)]
    before = [BOS, *tokenizer.encode(context)]
    first = next((i for i, (a, b) in enumerate(zip(ids, before, strict=False)) if a != b), len(before))
    return Request(ids, min(first, len(ids)))


@torch.inference_mode()
def _score_windows(model: Decoder, pieces: Sequence[tuple[Sequence[int], Window]]) -> list[tuple[float, bool]]:
    device = next(model.parameters()).device
    rows = [torch.tensor(ids[window.begin : window.end]) for ids, window in pieces]
    tokens = nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=PAD).to(device)
    was_training = model.training
    model.eval()
    logits = model(tokens[:, :-1]).logits  # [B, T, V]
    model.train(was_training)
    return [
        _score_row(logits[row], tokens[row], window.first - window.begin, window.end - window.begin)
        for row, (_, window) in enumerate(pieces)
    ]


def _score_row(logits: Tensor, tokens: Tensor, first: int, end: int) -> tuple[float, bool]:
    """Score tokens [first, end) of a row; the logits at position t are of token t + 1."""
    targets = tokens[first:end]
    logprobs = logits[first - 1 : end - 1].float().log_softmax(-1)
    picked = logprobs.gather(-1, targets[:, None]).double().sum()
    return float(picked), bool((logprobs.argmax(-1) == targets).all())
