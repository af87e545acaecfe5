"""The wishes as numbers: what the arithmetic of the conflicts needs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from agents.planner.understanding.conflicts.rules import by_name, tables
from agents.planner.understanding.model import Mark
from agents.planner.understanding.slots.gpus import accelerator_named
from framework.artifacts.requirements import Item
from framework.artifacts.slots import Throughput, Value
from framework.errors import UsageError
from framework.knowledge.catalog import Accelerator, Model, find_accelerator, find_model
from framework.knowledge.parameters import count_parameters

_SIZE = re.compile(r"(?<![\w.])(?:(\d+)x)?(\d+(?:\.\d+)?)([bm])(?![a-z0-9])", re.IGNORECASE)
_EXPERT_SHARE = 0.83  # of a mixture "8x7B", that the experts do not share: Mixtral-8x7B has 46.7B parameters


@dataclass(frozen=True)
class Facts:
    """The values of the slots, and what they come to."""

    values: dict[str, Value]
    marks: frozenset[Mark]

    @classmethod
    def of(cls, items: Sequence[Item], marks: Sequence[Mark]) -> Facts:
        values: dict[str, Value] = {}
        for item in items:
            values.setdefault(item.slot, item.value)
        return cls(values, frozenset(marks))

    def texts(self, slot: str) -> list[str]:
        value = self.values.get(slot, [])
        return value if isinstance(value, list) else [str(value)]

    def number(self, slot: str) -> float | None:
        value = self.values.get(slot)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def flag(self, slot: str) -> bool:
        return self.values.get(slot) is True

    def if_said(self, slot: str) -> list[str]:
        """The slot, where it has a value: for the slots that a conflict is about."""
        return [slot] if slot in self.values else []

    @property
    def throughput(self) -> Throughput | None:
        value = self.values.get("sla.throughput")
        return value if isinstance(value, Throughput) else None

    @property
    def task(self) -> str:
        return str(self.values.get("task", "unknown"))

    @cached_property
    def model(self) -> Model | None:
        """The catalog's entry for the base model."""
        for name in self.texts("base_model"):
            try:
                return find_model(name)
            except UsageError:
                continue
        return None

    @cached_property
    def params(self) -> float | None:
        """The size of the model that is to be trained or served."""
        wished = self.number("params")
        if wished and (
            self.from_scratch or not self.values.get("base_model") or "distillation" in self.texts("method")
        ):
            return wished
        return self.base_params or wished

    @cached_property
    def base_params(self) -> float | None:
        """The size of the base model."""
        if self.model:
            return float(self.model.published_params)
        return next((size for name in self.texts("base_model") if (size := _size_in(name))), None)

    @property
    def active_params(self) -> float | None:
        """What one token meets of the base model: less than all in a mixture of experts."""
        return float(count_parameters(self.model.architecture).active) if self.model else None

    @property
    def params_slot(self) -> str:
        """The slot that the size comes from."""
        return "base_model" if self.values.get("base_model") and self.params != self.number("params") else "params"

    @property
    def from_scratch(self) -> bool:
        return "from_scratch" in self.marks or (self.task == "pretrain" and "continued" not in self.marks)

    @property
    def trains(self) -> bool:
        return self.task != "serving_only"

    @cached_property
    def card(self) -> Accelerator | None:
        """The accelerator, the CPU where there is none; None where it is unknown."""
        if self.flag("hardware.cpu_only"):
            return find_accelerator("CPU")
        return next((card for name in self.texts("hardware.gpu") if (card := accelerator_named(name))), None)

    @property
    def count(self) -> int:
        value = self.values.get("hardware.count")
        return value if isinstance(value, int) else 1

    @cached_property
    def memory_gb(self) -> float | None:
        """The memory of one card."""
        stated = self.number("hardware.vram_gb")
        if stated:
            return stated
        return float(self.card.memory_gb[0]) if self.card and not self.flag("hardware.cpu_only") else None

    @property
    def machine_slots(self) -> list[str]:
        """The slots that say what machine there is."""
        if self.flag("hardware.cpu_only"):
            return ["hardware.cpu_only"]
        return [slot for slot in ("hardware.vram_gb", "hardware.gpu", "hardware.count") if slot in self.values]


def _size_in(name: str) -> float | None:
    match = _SIZE.search(name.replace("_", "-"))
    if match:
        size = float(match[2]) * (1e9 if match[3].lower() == "b" else 1e6)
        return size * int(match[1]) * _EXPERT_SHARE if match[1] else size
    return by_name(tables().sizes, name)
