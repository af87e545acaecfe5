"""Values of slots as a person reads them: with their units, and without the codes."""

from __future__ import annotations

from framework.artifacts.slots import Throughput, Value
from framework.messages import Lang, known, say


def shown(slot: str, value: Value, lang: Lang) -> str:
    """The value in words: "24 GB", "3 days", "fine-tune on instructions"."""
    if isinstance(value, list):
        return ", ".join(shown(slot, one, lang) for one in value)
    if isinstance(value, bool):
        return say(lang, "requirements.yes" if value else "requirements.no")
    if isinstance(value, Throughput):
        return str(value)
    if known(lang, named := f"requirements.value_{slot}_{value}"):
        return say(lang, named)
    number = f"{value:,.10g}" if isinstance(value, int | float) else value
    if known(lang, unit := f"requirements.unit_{slot}"):
        return say(lang, unit, value=number)
    return str(number)
