"""Muon: orthogonal updates that find a minimum."""

import pytest
import torch
from torch import nn

from scratch_llm.training.muon import Muon, orthogonalize

pytestmark = pytest.mark.fast


@pytest.mark.parametrize("shape", [(16, 16), (24, 8), (8, 24), (3, 8, 12)])
def test_an_update_has_singular_values_near_one(shape: tuple[int, ...]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    singular = torch.linalg.svdvals(orthogonalize(matrix))
    assert singular.min() > 0.5
    assert singular.max() < 1.3


def test_directions_are_kept() -> None:
    """The orthogonal factor of U S V' is U V': the same directions, each with the same weight."""
    matrix = torch.randn(10, 6, generator=torch.Generator().manual_seed(1))
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    overlap = (orthogonalize(matrix) * (u @ v)).sum() / 6
    assert overlap > 0.85


def test_a_quadratic_is_minimised() -> None:
    torch.manual_seed(0)
    target, weight = torch.randn(6, 4), nn.Parameter(torch.zeros(6, 4))
    optimizer = Muon([weight], lr=0.1)
    for step in range(150):
        optimizer.param_groups[0]["lr"] = 0.1 * (1 - step / 150)
        optimizer.zero_grad()
        (weight - target).square().sum().backward()
        optimizer.step()
    assert (weight - target).abs().max() < 0.05


def test_weights_decay_without_a_gradient_to_speak_of() -> None:
    weight = nn.Parameter(torch.ones(2, 2))
    weight.grad = torch.zeros(2, 2)
    Muon([weight], lr=0.1, weight_decay=0.5).step()
    assert torch.allclose(weight, torch.full((2, 2), 0.95))


def test_a_skipped_step_changes_nothing() -> None:
    weight = nn.Parameter(torch.eye(3))
    optimizer = Muon([weight], lr=0.1)
    weight.grad = torch.ones(3, 3)
    optimizer.step()
    before, momentum = weight.detach().clone(), optimizer.state[weight]["momentum"].clone()
    weight.grad = torch.full((3, 3), float("nan"))
    optimizer.found_inf = torch.tensor(1.0)
    optimizer.step()
    assert torch.equal(weight, before)
    assert torch.equal(optimizer.state[weight]["momentum"], momentum)
