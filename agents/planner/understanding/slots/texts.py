"""What the data looks like: file formats and languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.planner.understanding.lexicon import Term
from agents.planner.understanding.reading import ELSEWHERE, Mention, Reading
from agents.planner.understanding.slots.amounts import AWAY

_OUTPUT_BEFORE = re.compile(
    r"(?:输出|返回|转成|变成|生成|导出(?!的|来)|\b(?:outputs?|returns?|out|export|produces?|emits?|gives? back|response|respond in|answers? in)\b|->|>)"
    r"[^,.。;\n]{0,14}$"
)
_STORED_BEFORE = re.compile(
    r"\b(?:exported|saved|stored|dumped|scraped|scanned|converted|available|kept|archived)\s(?:to|as|in|into)?\s?(?:an? )?$"
)
_WORD_FILES = re.compile(r"(?<![a-z])word(?![a-z])")  # beside another format: "pdf and word"
_CHARACTERS = {
    "中": "zh",
    "汉": "zh",
    "英": "en",
    "日": "ja",
    "韩": "ko",
    "德": "de",
    "法": "fr",
    "西": "es",
    "俄": "ru",
    "泰": "th",
    "越": "vi",
    "葡": "pt",
}


def read_texts(reading: Reading) -> Iterator[Mention]:
    """The mentions of `data_format` and `language_of_data`."""
    yield from _formats(reading)
    yield from _languages(reading)


def _formats(reading: Reading) -> Iterator[Mention]:
    """A format of the data, not of the answer: "turns invoices into JSON" says nothing about files."""
    for term in reading.said("format", AWAY):
        stored = _STORED_BEFORE.search(reading.plain, max(0, term.start - 24), term.start)
        output = not stored and any(
            answer.end >= term.end
            for answer in reading.in_clause("format_output", term.start)
            if answer.start <= term.start
        )
        if stored or (not output and not _OUTPUT_BEFORE.search(reading.plain, max(0, term.start - 30), term.start)):
            yield Mention("data_format", term.value, term.start, term.end)
    for match in _WORD_FILES.finditer(reading.plain):
        if reading.near("format", match.start(), match.end(), 5) and reading.is_meant(match.start(), AWAY):
            yield Mention("data_format", "docx", match.start(), match.end())


def _languages(reading: Reading) -> Iterator[Mention]:
    for term in reading.said("language", ELSEWHERE):
        if not (_means_people(reading, term) or _polishes(reading, term) or _is_in_name(reading, term)):
            yield Mention("language_of_data", term.value, term.start, term.end)
    for term in reading.said("script_list", ELSEWHERE):  # 中英日三语
        for character in reading.plain[term.start : term.end]:
            if character in _CHARACTERS:
                yield Mention("language_of_data", _CHARACTERS[character], term.start, term.end)


def _means_people(reading: Reading, term: Term) -> bool:
    """A German company, a French restaurant."""
    return any(True for _ in reading.terms_from("not_language", term.end, 1))


def _polishes(reading: Reading, term: Term) -> bool:
    """To polish, in lower case, is a verb."""
    return reading.plain[term.start : term.end] == "polish" and reading.source.quote(term.start, term.end) != "Polish"


def _is_in_name(reading: Reading, term: Term) -> bool:
    """bert-base-chinese."""
    before = reading.plain[max(0, term.start - 2) : term.start]
    return (
        len(before) == 2
        and before[1] in "-/"
        and before[0].isalnum()
        and not before[0].isspace()
        and "-" in reading.plain[max(0, term.start - 12) : term.start - 1]
    )
