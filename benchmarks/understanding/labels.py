"""The labelled sentences: what a careful reader takes from each text, and when another value says the same."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from framework.resources import parse_yaml

SENTENCES = Path(__file__).with_name("sentences.yaml")

# The slots of docs/slots.md that a text either fills or leaves empty; task, goal and problem are judged apart.
VALUE_SLOTS = frozenset(
    {
        *("project_name", "domain", "language_of_data"),
        *("hardware.gpu", "hardware.count", "hardware.vram_gb", "hardware.cpu_only", "time_limit_h", "budget_usd"),
        *("sla.latency_ms", "sla.percentile", "sla.throughput", "sla.availability"),
        *("input", "output", "stack", "compatibility", "python", "offline", "license", "privacy"),
        *("params", "base_model", "context_len", "dataset", "data_format", "method", "benchmarks", "success_metric"),
    }
)
OPEN_SLOTS = frozenset({"goal", "problem"})  # any sentence can be read as a goal: found ones are never held against it
TASKS = frozenset({"pretrain", "sft", "dpo", "lora_finetune", "classification", "embedding", "serving_only", "unknown"})
TOLERANCE = 0.02


def _known_slot(name: str) -> str:
    if name not in VALUE_SLOTS | OPEN_SLOTS | {"task"}:
        raise ValueError(f"{name!r} is no slot of docs/slots.md")
    return name


Slot = Annotated[str, AfterValidator(_known_slot)]


class Entry(BaseModel):
    """One sentence with its labels; sentences.yaml explains the keys."""

    model_config = ConfigDict(extra="forbid")

    id: str
    lang: Literal["en", "zh", "mixed"]
    text: str
    task: str = ""
    task_any: list[str] = []
    slots: dict[Slot, object]
    text_slots: dict[Slot, list[str]] = {}
    optional: list[Slot] = []
    contradictions: list[list[Slot]] = []

    @model_validator(mode="after")
    def _labels_agree(self) -> Entry:
        if bool(self.task) == bool(self.task_any) or not self.tasks <= TASKS:
            raise ValueError(f"{self.id}: exactly one of `task` and `task_any`, with tasks of docs/slots.md")
        if twice := (self.slots.keys() & self.text_slots.keys()) | (self.labelled & set(self.optional)):
            raise ValueError(f"{self.id}: labelled twice: {', '.join(sorted(twice))}")
        return self

    @property
    def tasks(self) -> set[str]:
        return {self.task} if self.task else set(self.task_any)

    @property
    def labelled(self) -> set[str]:
        return set(self.slots) | set(self.text_slots)

    @property
    def empty(self) -> set[str]:
        return set(VALUE_SLOTS - self.labelled - set(self.optional))

    def expected(self, slot: str) -> object:
        """The label of a slot as a person would print it; None for a slot that the text leaves empty."""
        return self.slots.get(slot, self.text_slots.get(slot))

    def accepts(self, slot: str, value: object) -> bool:
        """Whether a careful reader would sign this value."""
        if slot in self.slots:
            return same(self.slots[slot], value)
        text = str(value).casefold()
        return any(word.casefold() in text for word in self.text_slots.get(slot, []))


class Sentences(BaseModel):
    """The whole of sentences.yaml."""

    model_config = ConfigDict(extra="forbid")

    entries: list[Entry]
    not_ours: list[str]
    ours_but_terse: list[str]


def load(path: Path = SENTENCES) -> Sentences:
    """The labelled sentences, validated."""
    return Sentences.model_validate(parse_yaml(path.read_text(encoding="utf-8")))


def same(expected: object, got: object) -> bool:
    """Numbers within 2 %, words without case, spaces and hyphens, lists in any order, `{any: [...]}` one of them."""
    if isinstance(got, BaseModel):
        got = got.model_dump()
    match expected:
        case {"any": list(choices)}:
            return any(same(choice, got) for choice in choices)
        case dict():
            return (
                isinstance(got, dict) and expected.keys() == got.keys() and all(same(expected[k], got[k]) for k in got)
            )
        case _ if _is_list(expected) or _is_list(got):
            wanted, found = _as_list(expected), _as_list(got)
            return len(wanted) == len(found) and all(any(same(one, other) for other in found) for one in wanted)
        case bool():
            return expected is got
        case int() | float():
            return _is_close(expected, got)
    return isinstance(got, str) and _folded(str(expected)) == _folded(got)


def _is_close(expected: float, got: object) -> bool:
    if not isinstance(got, int | float) or isinstance(got, bool):
        return False
    return abs(got - expected) <= TOLERANCE * abs(expected)


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple | set | frozenset)


def _as_list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


def _folded(text: str) -> str:
    return "".join(c for c in text.casefold() if not c.isspace() and c not in "-_")
