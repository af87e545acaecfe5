"""The choices of a question, and the default that suits what is known already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.planner.policy import Policy
from agents.planner.understanding.slots.gpus import accelerator_named
from framework.artifacts.requirements import Item
from framework.artifacts.slots import TASKS, Value
from framework.messages import Lang, known, say

_USUAL_MEMORY = 24.0  # GB, where no machine is known: one card of the kind that most people can get


@dataclass(frozen=True)
class Choices:
    """What is offered; the default is one of the texts."""

    texts: list[str]
    default: str | None


def choices_for(slot: str, items: Sequence[Item], lang: Lang, policy: Policy) -> Choices:
    """The choices of the question about a slot."""
    values: dict[str, Value] = {}
    for item in items:
        values.setdefault(item.slot, item.value)
    task = str(values.get("task", "unknown"))
    if slot == "task":
        texts = [say(lang, f"question.task_{name}") for name in TASKS if name != "unknown"]
        return Choices(texts, say(lang, f"question.task_{'sft' if task == 'unknown' else task}"))
    if slot == "base_model":
        return _base_models(values, task, lang, policy)
    if slot == "params":
        return _sizes(values, policy)
    return _listed(slot, task, lang)


def _listed(slot: str, task: str, lang: Lang) -> Choices:
    """From the catalogue of sentences: choices apart by |, the default marked with *."""
    for key in (f"question.{slot}.choices_{task}", f"question.{slot}.choices"):
        if known(lang, key):
            marked = [choice.strip() for choice in say(lang, key).split("|")]
            default = next((choice[1:].strip() for choice in marked if choice.startswith("*")), None)
            return Choices([choice.removeprefix("*").strip() for choice in marked], default)
    return Choices([], None)


def memory_of(values: dict[str, Value]) -> float:
    """The memory of all cards together, in GB."""
    if values.get("hardware.cpu_only") is True:
        return 0.0
    count = values.get("hardware.count", 1)
    count = count if isinstance(count, int) else 1
    vram = values.get("hardware.vram_gb")
    if isinstance(vram, int | float):
        return float(vram) * count
    gpu = values.get("hardware.gpu")
    card = (
        accelerator_named(gpu if isinstance(gpu, str) else str(gpu[0])) if isinstance(gpu, str | list) and gpu else None
    )
    return card.memory_gb[0] * count if card else _USUAL_MEMORY


def _base_models(values: dict[str, Value], task: str, lang: Lang, policy: Policy) -> Choices:
    """Encoders for labels and vectors; else generators, largest first, up to what the machine trains."""
    if task in ("classification", "embedding"):
        table = policy.encoders if task == "classification" else policy.embedders
        language = values.get("language_of_data", lang)
        default = table.get(language if isinstance(language, str) else "mul", table["mul"])
        return Choices(list(dict.fromkeys([default, *table.values()])), default)
    memory = memory_of(values)
    default = policy.base_model_for(memory)
    return Choices([row.model for row in policy.base_models], default)


def _sizes(values: dict[str, Value], policy: Policy) -> Choices:
    default = policy.params_for(memory_of(values))
    return Choices([short_size(row.params) for row in policy.from_scratch], short_size(default))


def short_size(params: int) -> str:
    """7000000000 -> 7B."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if params >= size:
            return f"{params / size:.4g}{letter}"
    return str(params)
