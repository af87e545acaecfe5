"""The loss that never makes all logits gives what the plain one gives."""

import pytest
import torch
from torch.nn import functional as F

from scratch_llm.models import linear_loss
from scratch_llm.models.linear_loss import summed_cross_entropy

pytestmark = pytest.mark.fast


def _inputs(n: int = 7) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    hidden = torch.randn(n, 16, requires_grad=True)
    weight = torch.randn(31, 16, requires_grad=True)
    return hidden, weight, torch.randint(0, 31, (n,))


def _plain(hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(hidden @ weight.T, targets, reduction="sum")


@pytest.mark.parametrize("rows_at_once", [1, 3, 100])
def test_loss_and_gradients_equal_the_plain_ones(rows_at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linear_loss, "_CPU_LOGITS", 31 * rows_at_once)
    hidden, weight, targets = _inputs()
    targets[2] = -100
    ours, plain = summed_cross_entropy(hidden, weight, targets), _plain(hidden, weight, targets)
    torch.testing.assert_close(ours, plain)
    wanted = torch.autograd.grad(plain * 0.25, (hidden, weight))
    torch.testing.assert_close(torch.autograd.grad(ours * 0.25, (hidden, weight)), wanted)


def test_nothing_to_predict_is_a_loss_of_zero_without_gradient() -> None:
    hidden, weight, targets = _inputs()
    loss = summed_cross_entropy(hidden, weight, torch.full_like(targets, -100))
    loss.backward()
    assert loss.item() == 0
    assert not hidden.grad.any() and not weight.grad.any()


def test_large_scores_stay_finite() -> None:
    hidden, weight, targets = _inputs()
    loss = summed_cross_entropy(hidden * 1e4, weight, targets)
    torch.testing.assert_close(loss, _plain(hidden * 1e4, weight, targets))


def test_without_gradients_the_loss_is_the_same() -> None:
    hidden, weight, targets = _inputs()
    with torch.no_grad():
        loss = summed_cross_entropy(hidden, weight, targets)
    torch.testing.assert_close(loss, _plain(hidden, weight, targets))
    assert not loss.requires_grad


def test_half_precision_is_used_where_autocast_asks_for_it() -> None:
    hidden, weight, targets = _inputs()
    plain = _plain(hidden, weight, targets)
    with torch.autocast("cpu", torch.bfloat16):
        loss = summed_cross_entropy(hidden, weight, targets)
    torch.testing.assert_close(loss, plain, rtol=0.02, atol=0.1)
    assert loss.item() != plain.item()
    assert torch.autograd.grad(loss, weight)[0].dtype == torch.float32
