"""The largest batch that a card holds, by the estimator: how cards share the work, and what a step is made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from agents.coder.guiding.full_run import FullRun
from framework.artifacts.guidance import Counts, Strategy
from framework.artifacts.tech import Machine, Precision
from framework.knowledge.catalog import Accelerator, efficiency_of, find_accelerator
from framework.knowledge.memory import Memory, Plan, training_memory

_MOST = 4096  # sequences on one card; nothing is gained beyond
_EASY = 0.7  # the share of a card that is taken when it is taken easily


@dataclass(frozen=True)
class Fit:
    """How a run lies on a machine."""

    strategy: Strategy
    checkpointing: bool
    precision: Precision
    batch: Counts
    accumulation: int
    memory_gb: float


@dataclass(frozen=True)
class Card:
    """One card of a machine, with what the run would take of it. `extra_gb` was measured beyond the estimate."""

    run: FullRun
    machine: Machine
    headroom: float
    extra_gb: float = 0.0

    @property
    def accelerator(self) -> Accelerator:
        """As the catalog knows it."""
        return find_accelerator(self.machine.accelerator)

    @property
    def usable_gb(self) -> float:
        """What training can have of it."""
        return self.machine.memory_gb * efficiency_of(self.accelerator).usable

    @property
    def room_gb(self) -> float:
        """The same with the margin of ML.md."""
        return self.usable_gb * (1 - self.headroom)

    @property
    def copied(self) -> Memory:
        """One sequence, where each card holds a copy."""
        return self.memory("ddp", 1, False, self.machine.precision)

    @property
    def states_gb(self) -> float:
        """Weights, gradients and optimizer of a whole copy."""
        copied = self.copied
        return copied.weights + copied.gradients + copied.optimizer

    def memory(self, strategy: Strategy, batch: int, checkpointing: bool, precision: Precision) -> Memory:
        """What is taken, by what for."""
        plan = Plan(
            method="full",
            context=self.run.context,
            batch=batch,
            checkpointing=checkpointing,
            cards=self.machine.count if strategy == "fsdp2" else 1,
            half=precision != "fp32",
        )
        return training_memory(self.run.architecture, plan, efficiency_of(self.accelerator).overhead_gb)

    def taken(self, strategy: Strategy, batch: int, checkpointing: bool, precision: Precision) -> float:
        """The sum of it."""
        return self.memory(strategy, batch, checkpointing, precision).total + self.extra_gb


def fit(card: Card, in_step: int) -> Fit | None:
    """The first way that holds at least one sequence; None where there is none."""
    for strategy, checkpointing, precision in _ways(card):
        if card.taken(strategy, 1, checkpointing, precision) <= card.room_gb:
            return _with_batch(card, in_step, strategy, checkpointing, precision)
    return None


def wants_copies(card: Card) -> bool:
    """Whether each card can as well hold a copy of everything: it takes no more than half of the card."""
    return card.states_gb <= card.usable_gb / 2


def _ways(card: Card) -> Iterator[tuple[Strategy, bool, Precision]]:
    """The cheapest in time first. Sharding does not go together with fp16 in the project's code."""
    precision = card.machine.precision
    sharded: Precision = "fp32" if precision == "fp16" else precision
    copies: list[tuple[Strategy, bool, Precision]] = [("ddp", False, precision), ("ddp", True, precision)]
    shards: list[tuple[Strategy, bool, Precision]] = [("fsdp2", False, sharded), ("fsdp2", True, sharded)]
    if card.machine.count == 1:
        yield from (("one_process", again, precision) for again in (False, True))
    else:
        yield from (*copies, *shards) if wants_copies(card) else (*shards, *copies)


def _with_batch(card: Card, in_step: int, strategy: Strategy, checkpointing: bool, precision: Precision) -> Fit:
    def largest(room: float, most: int = _MOST) -> int:
        return _largest(lambda batch: card.taken(strategy, batch, checkpointing, precision) <= room, most)

    share = math.ceil(in_step / card.machine.count)
    # A larger batch makes a processor no faster: there the run's own is the most.
    most = card.run.training.batch_size if card.machine.kind == "cpu" else _MOST
    batch = part_of(share, max(1, largest(card.room_gb, most)))
    counts = Counts(
        low=min(batch, max(1, largest(card.usable_gb * _EASY))),
        best=batch,
        high=max(batch, largest(card.room_gb)),
    )
    taken = card.taken(strategy, batch, checkpointing, precision)
    return Fit(strategy, checkpointing, precision, counts, math.ceil(share / batch), round(taken, 2))


def part_of(share: int, largest: int) -> int:
    """The batch that makes up the share in few equal parts: without a remainder where that costs little."""
    even = math.ceil(share / math.ceil(share / min(largest, share)))
    whole = max(size for size in range(1, min(largest, share) + 1) if share % size == 0)
    # A whole number of parts keeps the step as it is, so that a run can go on on another machine.
    return whole if 2 * whole >= even else even


def _largest(fits: Callable[[int], bool], most: int) -> int:
    """The largest number that fits, 0 where not even one does; what fits a number fits all below."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
