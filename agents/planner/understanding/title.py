"""The project's title, for people, in their language: what it is about, what it is, on what base."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.planner.thing import Thing, is_format, thing_of
from framework.artifacts.requirements import Item
from framework.messages import Lang, known, say

_ASSISTANTS = frozenset({"sft", "lora_finetune"})  # what these make where the text says nothing more exact


def title_of(items: Sequence[Item], lang: Lang) -> str:
    """ "Bedtime stories: a language model from scratch" · 医疗问答模型."""
    thing = thing_of(items)
    subject = _subject(thing, lang)
    if subject:
        title = say(lang, f"title.task_{thing.task}", thing=subject[0].upper() + subject[1:])
    else:
        title = say(lang, f"planner.title_{thing.task}")
    base = thing.base.rstrip("/\\").replace("\\", "/").rpartition("/")[2]
    return say(lang, "title.on_base", title=title, base=base) if base else title


def _subject(thing: Thing, lang: Lang) -> str:
    """What is made, else what is read and in what field."""
    made, taken = (text if _is_in(text, lang) else "" for text in (thing.made, thing.taken))
    if made and taken and is_format(made):
        return say(lang, "title.made_to", made=made, taken=taken)
    if made and taken:
        return say(lang, "title.made_from", made=made, taken=taken)
    if made and not is_format(made) and not (thing.genre and " " not in made and made.isascii()):
        return made
    if thing.genre:
        return say(lang, f"title.genre_{thing.genre}")
    tells = taken and thing.task == "classification" and (" " in taken or not taken.isascii() or not thing.field)
    field = taken if tells else _label(thing.field, lang)
    known_product = thing.product or ("assistant" if thing.task in _ASSISTANTS and lang == "en" else "")
    product = say(lang, f"title.product_{known_product}") if known_product and (field or thing.product) else ""
    if not field or not product or _overlap(field, product):
        return max(field, product, key=len)
    return say(lang, "title.of_field", field=field, product=product)


def _is_in(text: str, lang: Lang) -> bool:
    """Whether a phrase of the user reads well in a title of that language; the name of a format does in both."""
    return is_format(text) or (re.search(r"[\u4e00-\u9fff]", text) is not None) == (lang == "zh")


def _label(field: str, lang: Lang) -> str:
    key = f"title.field_{field.replace(' ', '_').replace('-', '_')}"
    return say(lang, key) if known(lang, key) else field


def _overlap(first: str, second: str) -> bool:
    """Spam filtering says what a spam filter does, 诈骗短信 what 诈骗 is."""
    if first.isascii():
        return any(
            word[:4] == other[:4] for word in second.lower().split() for other in first.lower().split() if len(word) > 3
        )
    return any(second[at : at + 2] in first for at in range(max(1, len(second) - 1)))
