"""The slots of requirements.md and the type of value that each one takes (docs/slots.md, for people)."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from typing import Literal, get_args

from pydantic import Field

from framework.artifacts.base import Strict

Task = Literal["pretrain", "sft", "dpo", "lora_finetune", "classification", "embedding", "serving_only", "unknown"]
TASKS: tuple[Task, ...] = get_args(Task)
NAME_PATTERN = r"[a-z][a-z0-9_]{1,39}"


class Throughput(Strict):
    """How much the served model must get done."""

    value: float = Field(gt=0)
    unit: Literal["req/s", "tokens/s"]

    def __str__(self) -> str:
        return f"{self.value:g} {self.unit}"


Value = Throughput | bool | int | float | str | list[str]


class Kind(Enum):
    """The type of a slot's value, with the rule as it is told to a person."""

    TASK = f"one of {', '.join(TASKS)}"
    NAME = f"a name that matches {NAME_PATTERN}"
    TEXT = "a text that is not empty"
    TEXTS = "a text, or a list of at least two texts"
    COUNT = "a whole number from 1 to 10^15"
    AMOUNT = "a number above 0 and at most 10^15"
    MONEY = "a number from 0 to 10^15"
    PERCENT = "a number above 0 and at most 100"
    FLAG = "true or false"
    THROUGHPUT = "a mapping of value (above 0) and unit (req/s or tokens/s)"


_MOST = 10**15


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


_CHECKS: dict[Kind, Callable[[Value], bool]] = {
    Kind.TASK: lambda v: v in TASKS,
    Kind.NAME: lambda v: isinstance(v, str) and re.fullmatch(NAME_PATTERN, v) is not None,
    Kind.TEXT: lambda v: isinstance(v, str) and bool(v.strip()),
    Kind.TEXTS: lambda v: (isinstance(v, str) and bool(v.strip())) or (isinstance(v, list) and len(v) > 1 and all(v)),
    Kind.COUNT: lambda v: isinstance(v, int) and not isinstance(v, bool) and 1 <= v <= _MOST,
    Kind.AMOUNT: lambda v: _is_number(v) and 0 < v <= _MOST,  # type: ignore[operator]
    Kind.MONEY: lambda v: _is_number(v) and 0 <= v <= _MOST,  # type: ignore[operator]
    Kind.PERCENT: lambda v: _is_number(v) and 0 < v <= 100,  # type: ignore[operator]
    Kind.FLAG: lambda v: isinstance(v, bool),
    Kind.THROUGHPUT: lambda v: isinstance(v, Throughput),
}

SLOTS: dict[str, Kind] = {
    "task": Kind.TASK,
    "project_name": Kind.NAME,
    "goal": Kind.TEXT,
    "problem": Kind.TEXT,
    "domain": Kind.TEXTS,
    "language_of_data": Kind.TEXTS,
    "hardware.gpu": Kind.TEXTS,
    "hardware.count": Kind.COUNT,
    "hardware.vram_gb": Kind.AMOUNT,
    "hardware.cpu_only": Kind.FLAG,
    "time_limit_h": Kind.AMOUNT,
    "budget_usd": Kind.MONEY,
    "sla.latency_ms": Kind.AMOUNT,
    "sla.percentile": Kind.PERCENT,
    "sla.throughput": Kind.THROUGHPUT,
    "sla.availability": Kind.PERCENT,
    "input": Kind.TEXTS,
    "output": Kind.TEXTS,
    "stack": Kind.TEXTS,
    "compatibility": Kind.TEXTS,
    "params": Kind.COUNT,
    "base_model": Kind.TEXTS,
    "dataset": Kind.TEXTS,
    "data_format": Kind.TEXTS,
    "context_len": Kind.COUNT,
    "offline": Kind.FLAG,
    "license": Kind.TEXTS,
    "privacy": Kind.TEXTS,
    "python": Kind.TEXT,
    "method": Kind.TEXTS,
    "benchmarks": Kind.TEXTS,
    "success_metric": Kind.TEXTS,
}
PUBLIC_DATA = "public"  # the value of `dataset` where any suitable public one will do
REPEATABLE = frozenset({"goal", "problem"})


def broken_rule(slot: str, value: Value) -> str | None:
    """The rule that the value breaks in its slot, or None."""
    kind = SLOTS[slot]
    return None if _CHECKS[kind](value) else kind.value
