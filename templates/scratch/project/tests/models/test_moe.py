"""The mixture of experts against the plainest way to write it."""

import pytest
import torch
from torch.nn import functional as F

from scratch_llm.config import MoEConfig
from scratch_llm.models.feed_forward import SwiGLU
from scratch_llm.models.moe import MixtureOfExperts, auxiliary_loss
from scratch_llm.utils.errors import ConfigError

from tests.models.shapes import small_config

pytestmark = pytest.mark.fast


def mixture(**moe):
    torch.manual_seed(0)
    layer = MixtureOfExperts(small_config(feed_forward="moe", moe={"n_expert": 4, "n_active": 2, "d_ff": 24} | moe))
    for weight in layer.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return layer


def dense_loop(layer, x):
    """Every token through every one of its experts, one at a time."""
    rows = []
    for token in x.flatten(0, 1):
        probability = layer.router(token).softmax(-1)
        best = probability.argsort(descending=True)[: layer.config.n_active]
        row = torch.zeros_like(token)
        for expert in best:
            gate, up = (layer.experts.gate_up[expert] @ token).chunk(2)
            answer = layer.experts.down[expert] @ (F.silu(gate) * up)
            row = row + probability[expert] / probability[best].sum() * answer
        rows.append(row if layer.shared is None else row + layer.shared(token)[0])
    return torch.stack(rows).view_as(x)


@pytest.mark.parametrize("moe", [{}, {"n_active": 1}, {"n_active": 4}, {"n_shared": 2}])
def test_it_equals_a_loop_over_tokens_and_experts_with_its_gradients(moe):
    layer, x = mixture(**moe), torch.randn(2, 5, 32, generator=torch.Generator().manual_seed(1))
    outputs, gradients = [], []
    for compute in (lambda: layer(x)[0], lambda: dense_loop(layer, x)):
        layer.zero_grad()
        outputs.append(compute())
        (outputs[-1] * torch.linspace(-1, 1, 32)).sum().backward()
        gradients.append([torch.zeros_like(w) if w.grad is None else w.grad.clone() for w in layer.parameters()])
    torch.testing.assert_close(*outputs, atol=1e-5, rtol=1e-4)
    for ours, plain in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, plain, atol=1e-4, rtol=1e-4)


def test_one_expert_alone_is_the_plain_feed_forward():
    layer = mixture(n_active=1)
    plain = SwiGLU(small_config(), 24)
    with torch.no_grad():
        layer.router.weight.zero_()
        layer.router.weight[2] = 1.0
        plain.gate_up.weight.copy_(layer.experts.gate_up[2])
        plain.down.weight.copy_(layer.experts.down[2])
    x = torch.rand(1, 6, 32)  # positive, so that expert 2 wins
    torch.testing.assert_close(layer(x)[0], plain(x)[0])


def test_experts_that_nobody_visits_do_no_harm():
    layer = mixture(n_active=1)
    with torch.no_grad():
        layer.router.weight.zero_()
        layer.router.weight[3] = 1.0
    y, _ = layer(torch.rand(2, 3, 32))
    y.sum().backward()
    assert layer.experts.down.grad[3].any()
    assert not layer.experts.down.grad[:3].any()


def test_balance_loss_is_one_for_even_load_and_n_expert_for_one_overrun_expert():
    weights = MoEConfig(n_expert=4, n_active=1, balance_weight=1.0, z_weight=0.0)
    even = 50 * torch.eye(4).repeat(3, 1)  # every expert is sure to be chosen by a quarter of the tokens
    assert auxiliary_loss(even, even.topk(1).indices, weights) == pytest.approx(1.0)
    overrun = 50 * torch.eye(4)[[1] * 12]
    assert auxiliary_loss(overrun, overrun.topk(1).indices, weights) == pytest.approx(4.0)


def test_balance_loss_pushes_towards_experts_that_are_seldom_visited():
    weights = MoEConfig(n_expert=4, n_active=1, balance_weight=1.0, z_weight=0.0)
    scores = torch.tensor([[1.0, 0.5, 0.0, 0.0]] * 8, requires_grad=True)
    auxiliary_loss(scores, scores.topk(1).indices, weights).backward()
    assert (scores.grad[:, 0] > 0).all()
    assert (scores.grad[:, 1:] < 0).all()


def test_z_loss_is_the_mean_square_of_the_normalizer():
    weights = MoEConfig(n_expert=2, n_active=1, balance_weight=0.0, z_weight=0.5)
    scores = torch.zeros(6, 2)
    assert auxiliary_loss(scores, scores.topk(1).indices, weights) == pytest.approx(
        0.5 * torch.log(torch.tensor(2.0)) ** 2
    )


def test_the_auxiliary_loss_belongs_to_training():
    layer, x = mixture(), torch.randn(1, 4, 32)
    assert layer.train()(x)[1] > 0
    assert layer.eval()(x)[1] is None


def test_widths_that_cannot_be_grouped_are_refused():
    with pytest.raises(ConfigError, match="experts of width 20 on d_model 32"):
        mixture(d_ff=20)
