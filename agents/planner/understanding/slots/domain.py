"""The field of work that the project belongs to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from agents.planner.understanding.lexicon import Term
from agents.planner.understanding.reading import ELSEWHERE, Mention, Reading
from agents.planner.understanding.scope import Mode

_UNLESS = ELSEWHERE & ~Mode.COMPARED & ~Mode.PAST
_MOST = 200
_LONGEST_NAME = 30
_NAMES = ("public_dataset", "benchmark", "stack", "compatible_with")
# Words beside the product, its data or its owner say more than those in passing.
_IN_PASSING, _PLAIN, _PHRASE = 1, 2, 3
_AT_WORK, _ELSEWHERE_IN_TEXT = 3, 2
_OWNER = 2
_LONG_HAN = 4  # characters, where a Chinese word is as telling as an English phrase
_NAMED_ON = re.compile(r"[_/]|[- ]?(?:bert|roberta|gpt|llama|llm|lm|t5|coder)(?![a-z])|-(?=\d)")
_OWNER_BEFORE = re.compile(
    r"(?:\b(?:for|at|in|of) (?:my|our|an?|the)(?: [a-z]+)?|\b(?:we are|we're|i am|i'm|i run|we run|i own|he's|she's|they are) an?(?: [a-z]+)?"
    r"|我们是(?:一?家?)?|公司是?做|我们做|我是做|从事|面向|针对)\s?$"
)
_OWNER_BEHIND = re.compile(
    r"\s?(?:company|business|firm|startup|operator|industry|agency|公司|行业|领域|企业|机构|场景|[场厂店局]用)"
)


def read_domain(reading: Reading) -> Iterator[Mention]:
    """The mention of `domain`: the field with the most weight, the first one of equals."""
    terms = _fields(reading, "domain") or _fields(reading, "kind_of_text")  # a poem generator belongs to no trade
    if not terms:
        return
    weights: Counter[str] = Counter()
    for term in terms[:_MOST]:
        weights[term.value] += _weight(reading, term)
    best = max(weights.values())
    first = next(term for term in terms if weights[term.value] == best)
    yield Mention("domain", first.value, first.start, first.end)


def _fields(reading: Reading, kind: str) -> list[Term]:
    return [term for term in reading.said(kind, _UNLESS) if term.value != "none" and not _is_in_name(reading, term)]


def _weight(reading: Reading, term: Term) -> int:
    near = (
        reading.near("product", term.start, term.end, 18)
        or reading.near("data_noun", term.start, term.end, 12)
        or reading.near("zh_data_noun", term.start, term.end, 6)
    )
    opening = reading.clause(term.start).sentence == 0
    owner = _OWNER * _names_owner(reading, term)
    return _telling(reading, term) * (_AT_WORK if near else _ELSEWHERE_IN_TEXT) + owner + opening


def _telling(reading: Reading, term: Term) -> int:
    """ "telecom operator" says more than "telecom", and "telecom" more than "ticket"."""
    if any(
        passing.start == term.start and passing.end == term.end
        for passing in reading.terms_from("in_passing", term.start, 0)
    ):
        return _IN_PASSING
    word = reading.plain[term.start : term.end]
    return _PHRASE if " " in word or (len(word) >= _LONG_HAN and not word.isascii()) else _PLAIN


def _names_owner(reading: Reading, term: Term) -> bool:
    """For my bakery · we're a fintech · 宽带运营商 · 公司是做钢材贸易的."""
    before = reading.plain[max(0, term.start - 24) : term.start]
    return bool(_OWNER_BEFORE.search(before) or _OWNER_BEHIND.match(reading.plain, term.end))


def _is_in_name(reading: Reading, term: Term) -> bool:
    """Part of a model's, a dataset's or a library's name: Legal-BERT, C-Eval, Financial PhraseBank."""
    if any(name.end - name.start > term.end - term.start for kind in _NAMES for name in _around(reading, kind, term)):
        return True
    before = reading.plain[max(0, term.start - 1) : term.start]
    return before in ("-", "/", "_") or _NAMED_ON.match(reading.plain, term.end) is not None


def _around(reading: Reading, kind: str, term: Term) -> Iterator[Term]:
    """The terms of another kind that hold this one."""
    return (
        name
        for name in reading.terms_from(kind, max(0, term.start - _LONGEST_NAME), _LONGEST_NAME)
        if name.start <= term.start and name.end >= term.end
    )
