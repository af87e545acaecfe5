"""What a project is about, as the items of its requirements say it: the ground of its name and of its title."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from agents.planner.rules import rule_text
from framework.artifacts.requirements import Item
from framework.resources import parse_yaml

_MAKES_TEXT = frozenset({"pretrain", "sft", "dpo", "lora_finetune", "unknown"})
_FORMAT = re.compile(r"\b(?:json|sql|csv|xml|yaml|html|markdown|latex|cypher|regex)\b", re.IGNORECASE)
_QUESTION = re.compile(r"question|提问|问题", re.IGNORECASE)
_MOST_WORDS = 4
_HAN_PHRASE = re.compile(r"(?!.[文语]$)[\u4e00-\u9fffA-Za-z]{2,8}")
_NOUN_PHRASE = re.compile(r"[A-Za-z][A-Za-z\-]*(?: [A-Za-z][A-Za-z\-]*)*")
_VAGUE = re.compile(
    r"\b(?:labels?|answers?|texts?|one|new|better|good|something|whatever|more|whether|out|yes|no|score|voice|page|result|sentences?|lines?|paragraphs?|them|it|what|my|our)\b|回答|答案|结果|标签|应该|什么|的",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Thing:
    """The task, the field, what is made, from what, on which base model."""

    task: str
    field: str
    product: str
    genre: str
    made: str
    taken: str
    base: str


@cache
def naming_rules() -> dict[str, Any]:
    return cast(dict[str, Any], parse_yaml(rule_text("naming.yaml")))


def thing_of(items: Sequence[Item]) -> Thing:
    """What the items speak of."""
    first: dict[str, Item] = {}
    for item in items:
        first.setdefault(item.slot, item)
    task = _value(first.get("task")) or "unknown"
    said = " ".join(str(item.value).lower() for item in items if item.slot in ("goal", "output"))
    made, taken = _phrase(_value(first.get("output"))), _phrase(_value(first.get("input")))
    writes = task in _MAKES_TEXT
    return Thing(
        task=task,
        field=_value(first.get("domain")),
        product=_first_of(_products(task), said)
        or ("qa" if writes and _QUESTION.search(_value(first.get("input"))) else ""),
        genre=_first_of(naming_rules()["genres"], f"{said} {_value(first.get('domain'))}") if writes else "",
        made=made if writes and not _VAGUE.search(made) and not _names_language(made) else "",
        taken=taken if " " in taken or not (_VAGUE.search(taken) or _names_language(taken)) else "",
        base=_value(first.get("base_model")),
    )


def _products(task: str) -> dict[str, list[str]]:
    rules = naming_rules()
    return cast(dict[str, list[str]], rules[rules["groups"].get(task, "writing")])


def _first_of(words: dict[str, list[str]], text: str) -> str:
    """The first entry of which the text uses a word; an English word is found where it begins."""
    for name, starts in words.items():
        if any(
            re.search(rf"(?<![a-z]){re.escape(start)}" if start[0].isascii() else re.escape(start), text)
            for start in starts
        ):
            return name
    return ""


def _phrase(text: str) -> str:
    """A short English noun phrase, or a Chinese one; anything longer names nothing. Of "JSON with names" the format."""
    if shape := _FORMAT.search(text):
        return shape[0].upper()
    if not text.isascii():
        return text if _HAN_PHRASE.fullmatch(text) else ""
    return text if _NOUN_PHRASE.fullmatch(text) and len(text.split()) <= _MOST_WORDS else ""


def _names_language(text: str) -> bool:
    """To write Swedish is the work of a translator, and no thing by itself."""
    return not set(text.lower().split()).isdisjoint(naming_rules()["languages"].values())


def is_format(text: str) -> bool:
    """Whether the phrase only says how the answer is written: JSON, SQL."""
    return bool(_FORMAT.search(text))


def _value(item: Item | None) -> str:
    value = item.value if item else ""
    return str(value[0] if isinstance(value, list) and value else value or "")
