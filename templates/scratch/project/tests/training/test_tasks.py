"""Losses against what one computes by hand."""

import math

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from scratch_llm.config import DPOConfig, ModelConfig
from scratch_llm.data import IGNORE, Batch, PreferenceBatch
from scratch_llm.models import Decoder
from scratch_llm.training.tasks import (
    LanguageModeling,
    PreferenceOptimization,
    answer_log_probs,
)

pytestmark = pytest.mark.fast


def model(seed: int = 0, **shape: object) -> Decoder:
    torch.manual_seed(seed)
    small = {"vocab_size": 64, "context_length": 8, "n_layer": 1, "d_model": 16, "n_head": 2, "init_std": 0.3}
    return Decoder(ModelConfig.model_validate(small | shape))


def rows(seed: int, *, masked: int = 3) -> Batch:
    """Two rows of eight tokens; the first `masked` targets of each row belong to the prompt."""
    ids = torch.randint(8, 64, (2, 9), generator=torch.Generator().manual_seed(seed))
    targets = ids[:, 1:].clone()
    targets[:, :masked] = IGNORE
    return Batch(ids[:, :-1], targets)


def log_probs_by_hand(decoder: Decoder, batch: Batch) -> list[list[float]]:
    probabilities = decoder(batch.tokens).logits.detach().softmax(-1)
    return [
        [math.log(probabilities[b, t, target]) for t, target in enumerate(row.tolist()) if target != IGNORE]
        for b, row in enumerate(batch.targets)
    ]


def test_the_loss_is_the_cross_entropy_of_the_answers_tokens() -> None:
    decoder, batch = model(), rows(1)
    summed, count = LanguageModeling().loss(decoder, batch)
    by_hand = log_probs_by_hand(decoder, batch)
    assert count == 10
    assert summed.item() == pytest.approx(-sum(sum(row) for row in by_hand), rel=1e-5)


def test_a_fully_masked_batch_has_no_loss_and_no_gradient() -> None:
    decoder = model()
    summed, count = LanguageModeling().loss(decoder, rows(1, masked=8))
    summed.backward()
    assert (summed.item(), count.item()) == (0, 0)
    assert all(not weight.grad.any() for weight in decoder.parameters() if weight.grad is not None)


def test_the_load_balancing_loss_counts_in_training_only() -> None:
    decoder, batch = model(feed_forward="moe"), rows(1)
    auxiliary = decoder(batch.tokens).auxiliary_loss
    training, count = LanguageModeling().loss(decoder.train(), batch)
    plain, _ = LanguageModeling().loss(decoder.eval(), batch)
    assert auxiliary > 0
    assert training.item() == pytest.approx((plain + auxiliary * count).item(), rel=1e-5)


def rewards(policy: Decoder, reference: Decoder, batch: Batch, beta: float) -> list[float]:
    pairs = zip(log_probs_by_hand(policy, batch), log_probs_by_hand(reference, batch), strict=True)
    return [beta * (sum(ours) - sum(theirs)) for ours, theirs in pairs]


def test_dpo_is_minus_log_sigmoid_of_the_margin() -> None:
    policy, reference, pairs = model(0), model(1), PreferenceBatch(rows(1), rows(2))
    task = PreferenceOptimization(reference, beta=0.5)
    summed, count = task.loss(policy, pairs)
    chosen, rejected = (rewards(policy, reference, batch, 0.5) for batch in (pairs.chosen, pairs.rejected))
    margins = [good - bad for good, bad in zip(chosen, rejected, strict=True)]
    assert count == 2
    assert summed.item() == pytest.approx(sum(math.log1p(math.exp(-margin)) for margin in margins), rel=1e-4)
    assert task.observed["reward_margin"].item() == pytest.approx(sum(margins) / 2, rel=1e-4)
    assert task.observed["reward_accuracy"].item() == sum(margin > 0 for margin in margins) / 2


def test_dpo_begins_at_ln_2_and_trains_the_policy_alone() -> None:
    policy, reference = model(0), model(0)
    summed, count = PreferenceOptimization(reference, beta=0.1).loss(policy, PreferenceBatch(rows(1), rows(2)))
    (summed / count).backward()
    assert (summed / count).item() == pytest.approx(math.log(2), abs=1e-6)
    assert all(weight.grad is None for weight in reference.parameters())
    assert all(weight.grad is not None and weight.grad.any() for weight in policy.parameters())


@pytest.mark.parametrize("beta", [0, -0.1])
def test_beta_must_be_positive(beta: float) -> None:
    with pytest.raises(ValidationError, match="greater than 0"):
        DPOConfig(beta=beta)


def test_masked_tokens_have_no_part_in_an_answers_probability() -> None:
    logits: Tensor = torch.zeros(1, 3, 4)
    targets = torch.tensor([[IGNORE, 2, 3]])
    assert answer_log_probs(logits, targets).item() == pytest.approx(2 * math.log(1 / 4))
