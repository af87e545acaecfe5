"""The user's own data, given with `--data`: what was counted in it stands for what was said about it."""

from __future__ import annotations

from framework.artifacts.requirements import Item
from framework.artifacts.slots import SLOTS, Value
from framework.messages import Lang, say
from framework.runtime.userdata import DataFacts


def with_own_data(items: list[Item], facts: DataFacts | None, lang: Lang) -> list[Item]:
    """The items, with those about the data in the place of what the words said."""
    if facts is None:
        return items
    counted = "own_data" if facts.rows is None else "own_data_counted"
    shown = say(lang, f"planner.{counted}", name=facts.name, rows=facts.rows, files=facts.files)
    values: dict[str, Value] = {"dataset": shown}
    if facts.format != "other":
        values["data_format"] = facts.format
    given = [Item(slot=slot, value=value, provenance="answered", score=1.0) for slot, value in values.items()]
    order = list(SLOTS)
    return sorted([item for item in items if item.slot not in values] + given, key=lambda item: order.index(item.slot))
