"""What was given on the command line besides the sentence: the user's own data, and what to train on."""

from __future__ import annotations

from framework.artifacts.records import Device
from framework.artifacts.requirements import Item
from framework.artifacts.slots import SLOTS, Value
from framework.messages import Lang, say
from framework.runtime.userdata import DataFacts

_ORDER = list(SLOTS)


def with_device(items: list[Item], device: Device | None) -> list[Item]:
    """`--device cpu` says that there is no accelerator, unless the sentence names one."""
    if device != "cpu" or any(item.slot.startswith("hardware.") for item in items):
        return items
    given = Item(slot="hardware.cpu_only", value=True, provenance="answered", score=1.0)
    return sorted([*items, given], key=lambda item: _ORDER.index(item.slot))


def with_own_data(items: list[Item], facts: DataFacts | None, lang: Lang) -> list[Item]:
    """What was counted in the data stands for what the words said about it."""
    if facts is None:
        return items
    counted = "own_data" if facts.rows is None else "own_data_counted"
    shown = say(lang, f"planner.{counted}", name=facts.name, rows=facts.rows, files=facts.files)
    values: dict[str, Value] = {"dataset": shown}
    if facts.format != "other":
        values["data_format"] = facts.format
    given = [Item(slot=slot, value=value, provenance="answered", score=1.0) for slot, value in values.items()]
    kept = [item for item in items if item.slot not in values]
    return sorted([*kept, *given], key=lambda item: _ORDER.index(item.slot))
