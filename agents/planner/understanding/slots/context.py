"""How many tokens the model must take in at once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.planner.understanding.numbers import Number
from agents.planner.understanding.reading import Mention, Reading

_BEHIND = re.compile(
    r"\s?(?:tokens?|tok|个? ?token)?(?: of| long| 的|的)?\s?(?:max(?:imum)? )?(?:input )?(?:context|上下文|ctx|窗口"
    r"|sequence length|seq(?:uence)?[ _-]?len(?:gth)?|token context|window|序列长度|长文本|长上下文|文本长度)"
)
_AHEAD = re.compile(
    r"(?:context(?: (?:length|window|size|len))?|上下文(?:长度|窗口)?|ctx|context_len|max_seq_len(?:gth)?|max_length"
    r"|max[ _]len|序列长度|最大长度|文本长度|窗口|seq(?:uence)?[ _-]?len(?:gth)?|context_length|block_size)"
    r"\s?(?:[:=~]|of|is|at least|up to|around|about|must be|should be|needs?(?: to be)?|要|至少|不低于|支持|到|达到"
    r"|大概"
    r"|约|为|是|最多|最大|能到|能有|需要|需|起码|,)*\s?(?:at least |about |around |~)?$"
)
_LONG_TEXT = re.compile(
    r"[- ]tokens? (?:long )?(?:inputs?|documents?|contracts?|texts?|papers?|reports?|prompts?|transcripts?|filings?"
    r"|articles?|books?|files|windows?|sequences?)\b"
)
_ENOUGH = re.compile(
    r"\s?(?:tokens?|token|个token)\s?(?:is enough|are enough|enough|max|at most|is plenty|is fine|suffice"
    r"|per (?:document|input|example|text)|就够|足够|以内|够了|够用|long\b|each\b)"
)
_ALONE = re.compile(r" ?tokens?\s*(?:$|[,;.\n])")
_OUTPUT = re.compile(r"(?:generate|generates|output|answer|reply|response|write|生成|输出|回答|回复)[^,.;，。]{0,20}$")
_LARGEST = 20_000_000


def read_context(reading: Reading) -> Iterator[Mention]:
    """The mentions of `context_len`."""
    plain = reading.plain
    for number in reading.numbers:
        if number.value is None or not 16 <= number.value <= _LARGEST or not reading.counts(number.start):
            continue
        said = (
            _BEHIND.match(plain, number.end)
            or _LONG_TEXT.match(plain, number.end)
            or _AHEAD.search(plain, max(0, number.start - 44), number.start)
        )
        enough = _ENOUGH.match(plain, number.end) and not _OUTPUT.search(plain, max(0, number.start - 30), number.start)
        alone = _ALONE.match(plain, number.end) and plain[max(0, number.start - 2) : number.start].strip() in (
            "",
            ",",
            ";",
            ".",
        )
        if (said or enough or (alone and 128 <= number.value <= 200_000)) and not _is_other_unit(reading, number):
            yield Mention("context_len", tokens(number), number.start, number.end, 2 if said else 1)


def _is_other_unit(reading: Reading, number: Number) -> bool:
    return any(quantity.dimension != "tokens" for quantity in reading.quantities_in(number.start, number.end))


def tokens(number: Number) -> int:
    """4k are 4096 tokens, 32K 32768; round decimal thousands (10k, 100k) and millions are meant as such."""
    value = number.value or 0
    if number.letter == "k" and number.bare and number.bare == int(number.bare) and int(number.bare) % 10:
        return int(number.bare) * 1024
    return int(value)
