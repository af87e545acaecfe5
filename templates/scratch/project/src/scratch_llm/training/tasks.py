"""What the loss is taken of. A task gives a sum and a count; the engine divides once per optimizer step."""

import abc
import copy
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scratch_llm.config import TrainConfig
from scratch_llm.data.batch import IGNORE, Batch, PreferenceBatch
from scratch_llm.models import Decoder


class Task(abc.ABC):
    """Turns a batch into a loss."""

    def __init__(self) -> None:
        self.observed: dict[str, Tensor] = {}  # further figures of the last batch, each a mean

    @abc.abstractmethod
    def loss(self, model: nn.Module, batch: Any) -> tuple[Tensor, Tensor]:
        """Give the summed loss of a batch and the number of tokens (or pairs) that it was taken of.

        Sums are what may be added over micro-batches and processes; a mean of means is wrong where counts differ.
        """


class LanguageModeling(Task):
    """Cross-entropy of the next token: pretrain on all tokens, sft on those of the answers."""

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """Sum the cross-entropy over all targets that are not IGNORE."""
        total, auxiliary = model(batch.tokens, targets=batch.targets, document_ids=batch.document_ids)
        count = (batch.targets != IGNORE).sum()
        return total + auxiliary * count if model.training else total, count


class PreferenceOptimization(Task):
    """DPO: raise the chosen answer over the rejected one, measured against a frozen reference."""

    def __init__(self, reference: Decoder, beta: float) -> None:
        super().__init__()
        self.reference = reference
        self.reference.requires_grad_(False).eval()
        self.beta = beta

    def loss(self, model: nn.Module, batch: PreferenceBatch) -> tuple[Tensor, Tensor]:
        """Sum -log sigmoid(beta * (policy's margin - reference's margin)) over the pairs."""
        chosen, auxiliary = self._reward(model, batch.chosen)
        rejected, more_auxiliary = self._reward(model, batch.rejected)
        margin = chosen - rejected  # [B]
        self.observed = {
            "reward_margin": margin.detach().mean(),
            "reward_accuracy": (margin.detach() > 0).float().mean(),
        }
        total = -F.logsigmoid(margin).sum()
        if model.training:
            total = total + (auxiliary + more_auxiliary) / 2 * margin.numel()
        return total, torch.tensor(margin.numel(), device=margin.device)

    def _reward(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """The implicit reward of each answer: beta times how much likelier the policy finds it than the reference."""
        logits, auxiliary = model(batch.tokens, document_ids=batch.document_ids)
        with torch.no_grad():
            reference_logits, _ = self.reference(batch.tokens, document_ids=batch.document_ids)
        gain = answer_log_probs(logits, batch.targets) - answer_log_probs(reference_logits, batch.targets)
        return self.beta * gain, auxiliary


def answer_log_probs(logits: Tensor, targets: Tensor) -> Tensor:
    """Log-probability of each row's targets together.

    Shapes: logits [B, T, V], targets [B, T] -> [B].
    """
    per_token = F.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), ignore_index=IGNORE, reduction="none")
    return -per_token.view_as(targets).sum(dim=1)


def build_task(config: TrainConfig, decoder: Decoder) -> Task:
    """Make the task of a run. DPO's reference is the model as it is now, so call this before training it."""
    name: Literal["pretrain", "sft", "dpo"] = config.task
    if name == "dpo":
        return PreferenceOptimization(copy.deepcopy(decoder), config.dpo.beta)
    return LanguageModeling()
