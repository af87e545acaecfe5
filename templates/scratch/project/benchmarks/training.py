"""One optimizer step on 8 rows of 256 tokens, and the machine's own matrix products on the same shapes as the limit."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks import peers
from benchmarks.measure import Contender, Result, compare
from benchmarks.peers import SHAPE

ROWS, LENGTH = 8, 256


def run(rounds: int) -> Result:
    """Tokens per CPU-second of a whole training step."""
    contenders = [
        Contender("ours", step(peers.ours()), ROWS * LENGTH),
        Contender("Hugging Face Llama", step(peers.hugging_face()), ROWS * LENGTH),
        Contender("litgpt", step(peers.litgpt()), ROWS * LENGTH),
        Contender("bare matrix products", _matrix_products, ROWS * LENGTH),
    ]
    goal = "at least 1.05 of both peers, at least 0.9 of the bare matrix products"
    return compare("training", contenders, unit="tokens per CPU-second", rounds=rounds, goal=goal)


def step(model: nn.Module) -> Callable[[], None]:
    """One whole optimizer step, the same for everybody."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    tokens = torch.randint(0, SHAPE.vocab_size, (ROWS, LENGTH + 1), generator=torch.Generator().manual_seed(0))
    model.train()

    def work() -> None:
        peers.loss(model, tokens[:, :-1], tokens[:, 1:]).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return work


def _matrix_products() -> None:
    """Every product of one step and nothing else: forward, for the weight's gradient, and for the input's."""
    rows, width, inner = ROWS * LENGTH, SHAPE.d_model, SHAPE.ff_dim
    for _ in range(SHAPE.n_layer):
        for inputs, outputs in ((width, 3 * width), (width, width), (width, 2 * inner), (inner, width)):
            _linear(rows, inputs, outputs)
        _attention()
    _linear(rows, width, SHAPE.vocab_size)


_MATRICES: dict[tuple[int, ...], Tensor] = {}


def _matrix(*shape: int) -> Tensor:
    """Made once: filling it is no part of the measurement."""
    if shape not in _MATRICES:
        _MATRICES[shape] = torch.randn(shape)
    return _MATRICES[shape]


def _linear(rows: int, inputs: int, outputs: int) -> Any:
    x, weight, gradient = _matrix(rows, inputs), _matrix(outputs, inputs), _matrix(rows, outputs)
    return x @ weight.T, gradient @ weight, gradient.T @ x


def _attention() -> Any:
    # Half of what a full square would cost: causal attention skips what lies above the diagonal.
    heads, half = ROWS * SHAPE.n_head, LENGTH // 2
    query, key = _matrix(heads, LENGTH, SHAPE.head_dim), _matrix(heads, half, SHAPE.head_dim)
    weights = _matrix(heads, LENGTH, half)
    forward = query @ key.mT, weights @ key
    return forward, weights.mT @ query, query @ key.mT, weights @ key, weights.mT @ query
