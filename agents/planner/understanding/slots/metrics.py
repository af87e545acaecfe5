"""When the user calls it a success: a metric and its bound."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.planner.understanding.lexicon import Term
from agents.planner.understanding.numbers import Number
from agents.planner.understanding.reading import Mention, Reading

_LOWER_IS_BETTER = frozenset(
    {
        "perplexity",
        "loss",
        "validation loss",
        "WER",
        "CER",
        "error rate",
        "false positive rate",
        "false negative rate",
        "hallucination rate",
    }
)
# "97% of all fields right" names no metric and means accuracy.
_CORRECT = re.compile(
    r"(?P<en>\d{1,3}(?:\.\d+)?)\s?(?:%|percent)(?: of (?:the |all |our |its )?[a-z]+(?: [a-z]+)?)?(?: (?:must be|should be|have to be|are|is|be|come out))?(?: (?:exactly|fully|completely))? (?:right|correct)\b"
    r"|(?P<zh>\d{1,3}(?:\.\d+)?)\s?%(?:以上)?的?[\u4e00-\u9fff]{0,6}?(?:答对|要对|正确|判对|分对)(?!率)"
    r"|(?:答对|做对|判对|分对|答对率)[\u4e00-\u9fff]{0,4}?(?P<behind>\d{1,3}(?:\.\d+)?)\s?%"
)
_UNIT = re.compile(r"\s?(?:%|percent|个?点|分(?!钟)|points?)?")
_FROM_TO = re.compile(r"\s?(?:%|分|点)?\s?(?:提升?高?|升|涨|up)?\s?(?:到|至|to)\s?\d")
_BETWEEN = re.compile(r"^[^;。\n]{0,34}$")
_BEHIND = re.compile(
    r"^\s?(?:%|percent)?\s?(?:\+|的|of|on|以上的?|以下的?|左右的?|in|for|or (?:better|higher|more))?\s?(?:the )?(?:macro[- ]|micro[- ])?$"
)


def read_metrics(reading: Reading) -> Iterator[Mention]:
    """The mentions of `success_metric`."""
    for term in (*reading.said("metric"), *reading.said("benchmark")):
        if bound := _bound_behind(reading, term) or _bound_before(reading, term):
            number, operator = bound
            unit = (
                "%"
                if reading.plain[number.end : number.end + 2].strip().startswith(("%", "p"))
                or "百分之" in reading.plain[max(0, number.start - 4) : number.start]
                else ""
            )
            unit_end = _UNIT.match(reading.plain, number.end)
            start, end = min(term.start, number.start), max(term.end, unit_end.end() if unit_end else number.end)
            yield Mention("success_metric", f"{term.value} {operator} {number.value:g}{unit}", start, end)
    if not reading.said("metric"):
        for match in reading.finditer(_CORRECT):
            yield Mention(
                "success_metric", f"accuracy >= {float(match[match.lastgroup or 0]):g}%", match.start(), match.end()
            )


def _bound_behind(reading: Reading, term: Term) -> tuple[Number, str] | None:
    """accuracy above 90% · F1 > 0.85 · C-Eval 不低于 70."""
    clause = reading.clause(term.start)
    for number in reading.numbers_from(term.end, 44):
        gap = reading.plain[term.end : number.start]
        if number.value is None or number.is_article or number.start > clause.end + 12 or not _BETWEEN.match(gap):
            return None
        if any(
            t.start < number.start for t in reading.terms_from("metric", term.end, 34) if t.end <= number.start
        ) or any(True for t in reading.terms_from("benchmark", term.end, 34) if t.end <= number.start):
            return None
        if any(q.dimension != "percent" for q in reading.quantities_in(number.start, number.end)):
            return None
        if _FROM_TO.match(reading.plain, number.end):  # from 70 to 80: the second one counts
            continue
        operator = _operator(reading, term.end, number.start) or _operator_behind(reading, number)
        close = re.fullmatch(r"\s?(?:[:=]|of|is|at|到|在|要|得|有|能)?\s?", gap)
        if operator or close:
            return number, operator or _usual(term)
        return None
    return None


def _bound_before(reading: Reading, term: Term) -> tuple[Number, str] | None:
    """95% accuracy · 90 on MMLU · 92 分以上的 F1."""
    for number in reading.numbers_until(term.start, 24):
        gap = reading.plain[number.end : term.start]
        if number.value is None or number.is_article or number.letter or not _BEHIND.match(gap):
            continue
        if any(q.dimension != "percent" for q in reading.quantities_in(number.start, number.end)):
            continue
        if "%" not in gap and number.value > 1 and not re.search(r"\bon\b", gap):
            continue
        return number, _operator(reading, max(0, number.start - 14), number.start) or _usual(term)
    return None


def _operator(reading: Reading, start: int, end: int) -> str | None:
    found = [t for t in reading.terms_from("at_least", start, end - start) if t.end <= end]
    return found[-1].value if found else None


def _operator_behind(reading: Reading, number: Number) -> str | None:
    return next((t.value for t in reading.terms_from("at_least", number.end, 4) if t.end - t.start > 1), None)


def _usual(term: Term) -> str:
    return "<=" if term.value in _LOWER_IS_BETTER else ">="
