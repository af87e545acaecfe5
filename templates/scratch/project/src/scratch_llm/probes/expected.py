"""What is right, computed here alone, by the textbook and without any shortcut of the project's."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

Gradients = dict[str, Tensor]


def log_probabilities(logits: Tensor, targets: Tensor) -> Tensor:
    """Log-probability of each target [B, T] in double precision; 0 where a target is negative."""
    scores = logits.double()
    scores = scores - scores.logsumexp(-1, keepdim=True)
    return scores.gather(-1, targets.clamp(min=0)[..., None])[..., 0] * (targets >= 0)


def cross_entropy(model: nn.Module, batch: Any) -> Tensor:
    """Summed cross-entropy of a batch, from plain logits."""
    logits = model(batch.tokens, document_ids=batch.document_ids)[0]
    return -log_probabilities(logits, batch.targets).sum()


def preference_loss(model: nn.Module, reference: nn.Module, batch: Any, beta: float) -> Tensor:
    """DPO's summed loss of a batch of pairs."""
    gains = []
    for side in (batch.chosen, batch.rejected):
        own, fixed = (log_probabilities(m(side.tokens, document_ids=None)[0], side.targets) for m in (model, reference))
        gains.append((own - fixed.detach()).sum(1))
    return -((beta * (gains[0] - gains[1])).sigmoid().log()).sum()


def gradients(loss: Tensor, model: nn.Module) -> Gradients:
    """The gradient of a loss by parameter name; zero where it does not depend on one."""
    named = dict(model.named_parameters())
    found = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
    return {
        name: torch.zeros_like(weight) if gradient is None else gradient
        for (name, weight), gradient in zip(named.items(), found, strict=True)
    }


def norm(tensors: Iterable[Tensor]) -> float:
    """Length of all tensors together."""
    return math.sqrt(sum(float(tensor.double().square().sum()) for tensor in tensors))


def distance(ours: Mapping[str, Tensor], theirs: Mapping[str, Tensor]) -> float:
    """Length of the difference, as a share of the length of `theirs`; infinite where the names differ."""
    if set(ours) != set(theirs):
        return math.inf
    return norm(ours[name].double() - theirs[name].double() for name in theirs) / (norm(theirs.values()) or 1.0)


def learning_rate(step: int, total: int, peak: float, scheduler: Any) -> float:
    """The learning rate of a step, from the numbers of the config: linear warm-up, then the named curve."""
    warmup = min(scheduler.warmup_steps, total)
    if step < warmup:
        return float(peak * (step + 1) / warmup)
    if scheduler.name == "constant":
        return float(peak)
    lowest = peak * scheduler.min_lr_ratio
    if scheduler.name == "cosine":
        share = (step + 1 - warmup) / (total - warmup)
        return float(lowest + (peak - lowest) * 0.5 * (1 + math.cos(math.pi * share)))
    n_decay = min(total - warmup, round(scheduler.decay_share * total))
    left = total - (step + 1)
    return float(peak if left >= n_decay else lowest + (peak - lowest) * left / n_decay)


def adamw_start(weight: Tensor, gradient: Tensor, lr: float, decay: float, eps: float) -> Tensor:
    """A weight after AdamW's first step, where both averages are the gradient itself."""
    return weight * (1 - lr * decay) - lr * gradient / (gradient.abs() + eps)
