"""The project's name, where the text gives it one; and how long its context must be."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.planner.naming import slug
from agents.planner.understanding.reading import Mention, Reading

_QUOTED = r"[\"'“‘「『《](?P<quoted>[^\"'”’」』》\n]{2,40})[\"'”’」』》]"
_PLAIN = r"(?P<plain>[A-Za-z][A-Za-z0-9_\-]{1,39}(?: [A-Z][A-Za-z0-9]{1,20}){0,2})"
_NAMES = re.compile(
    r"(?:(?i:\b(?:call|name) (?:it|her|him|this|the (?:project|model|thing|bot|result|app|repo)|my (?:project|model|bot)|our (?:project|model|bot))(?: as)?|"
    r"\b(?:it|project|model|bot|assistant|thing|repo|app|which)(?: (?:is|will be|should be|shall be|to be|must be|would be|gets?))? (?:called|named|dubbed|titled)|"
    r"\b(?:project|model|repo|code)[ -]?name(?:d)?(?: (?:is|should be|will be))?|\bname of the project(?: is)?|\bworking title(?: is)?|\bname|"
    r"(?<=\s)(?:called|named|codenamed|dubbed))"
    r"|(?:项目名称?|项目代号|项目|工程名?|模型名?|名字|名称|代号|取名|起名|起个名字?|命名|就叫|名为|叫做|叫它|称为)(?:就)?(?:叫做?|是|为|定为|用|取)?(?:它|个)?)"
    rf"\s?[:：=]?\s*(?:{_QUOTED}|{_PLAIN})"
)
_STOP = frozenset(
    "it is that this the a an and or for with to by in on of as they you we i something anything whatever project model bot me my our your tbd unknown later after lora api gpu".split()
)
_WEAK = re.compile(r"^(?:(?i:called|named|codenamed|dubbed|name)|项目|名字|名称|模型)$")


def read_name(reading: Reading) -> Iterator[Mention]:
    """The mention of `project_name`."""
    original = reading.source.original[:200_000]
    for match in _NAMES.finditer(original):
        name = match["quoted"] or _shortened(match["plain"])
        value = slug(name)
        if value and name.lower() not in _STOP and not _names_something_else(original, match):
            start, end = _plain_span(
                reading, match.start(), match.start("quoted" if match["quoted"] else "plain") + len(name)
            )
            if start is not None and reading.is_meant(start):
                yield Mention("project_name", value, start, end)
                return


def _shortened(name: str) -> str:
    """The name without words that go on with the sentence."""
    words = name.split()
    kept = [words[0], *(word for word in words[1:] if word[0].isupper() and word.lower() not in _STOP)]
    return " ".join(kept)


def _names_something_else(text: str, match: re.Match[str]) -> bool:
    """ "a dataset called X", "a method called LoRA", "name: value" in pasted data."""
    lead = match[0].split()[0] if match[0].split() else ""
    before = text[max(0, match.start() - 24) : match.start()].lower()
    if lead.lower() in ("called", "named", "codenamed", "dubbed"):
        return (
            re.search(
                r"(?:project|model|bot|assistant|app|tool|chatbot|helper|thing|classifier|it|companion|tutor|gpt)\s$",
                before,
            )
            is None
        )
    return (
        re.search(
            r"(?:model|base|dataset|file|user|column|field|host|class|tag|image|pen|nick|first|last|sur|full|brand)[ _]$",
            before,
        )
        is not None
    )


def _plain_span(reading: Reading, start: int, end: int) -> tuple[int | None, int]:
    from bisect import bisect_left

    begin = bisect_left(reading.source.starts, start)
    return (begin if begin < len(reading.plain) else None), bisect_left(reading.source.starts, end)
