"""The project's title, for people, in their language."""

from __future__ import annotations

from collections.abc import Sequence

from framework.artifacts.requirements import Item
from framework.messages import Lang, known, say


def title_of(items: Sequence[Item], lang: Lang) -> str:
    """What it is, in what field, on what base: "Fine-tuned assistant · medical · Qwen2.5-7B"."""
    values: dict[str, object] = {}
    for item in items:
        values.setdefault(item.slot, item.value)
    parts = [say(lang, f"planner.title_{values.get('task', 'unknown')}")]
    if domain := _first(values.get("domain")):
        key = f"planner.domain_{domain.replace(' ', '_').replace('-', '_')}"
        parts.append(say(lang, key) if known(lang, key) else domain)
    if base := _first(values.get("base_model")):
        parts.append(base.rstrip("/").rpartition("/")[2])
    return " · ".join(part for part in parts if part)


def _first(value: object) -> str:
    return str(value[0] if isinstance(value, list) else value or "")
