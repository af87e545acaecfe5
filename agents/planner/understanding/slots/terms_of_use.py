"""Under which terms it may be used, and where the data may go: licence, privacy, network."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.planner.understanding.lexicon import Term
from agents.planner.understanding.reading import ELSEWHERE, Mention, Reading
from agents.planner.understanding.scope import Mode

_UNDENIED = ELSEWHERE & ~Mode.DENIED  # these phrases hold their own "not"
_MIT = re.compile(r"\bMIT\b")
_NOT_MIT = re.compile(r"(?:at|from|of|by|the)\s+$|\bMIT (?:student|lab|professor|press|course|paper|researcher)")
_ANY_LICENCE = re.compile(r"any (?:open[- ]source )?licen[sc]e|licen[sc]e (?:is fine|doesn't matter)")
_WAIVED = re.compile(r"\s?(?:那套|这些|之类的?|什么的)?\s?(?:不用管|不管|不适用|无所谓|does not apply|doesn't apply|is not relevant|不涉及|不需要考虑)")


def read_terms_of_use(reading: Reading) -> Iterator[Mention]:
    """The mentions of `license`, `privacy` and `offline`."""
    yield from _licenses(reading)
    for term in reading.said("privacy", unless=_UNDENIED):
        if not _is_waived(reading, term):
            yield Mention("privacy", term.value, term.start, term.end)
    for term in reading.said("offline", unless=_UNDENIED):
        if not any(reading.terms_from("not_offline", term.end, 1)) and not _doubly_denied(reading, term):
            yield Mention("offline", True, term.start, term.end)
    for term in reading.denied("internet_word"):
        if not any(t.start <= term.start < t.end for t in (*reading.terms.get("offline", []), *reading.terms.get("privacy", []))):
            yield Mention("offline", True, term.start, term.end)


def _is_waived(reading: Reading, term: Term) -> bool:
    """ "HIPAA does not apply", HIPAA 那套不用管; and the word of a rule that is simply denied."""
    if _WAIVED.match(reading.plain, term.end):
        return True
    return term.value != "on-premises" and bool(reading.mode(term.start) & Mode.DENIED)


def _doubly_denied(reading: Reading, term: Term) -> bool:
    """ "need not be offline"."""
    return bool(reading.mode(term.start) & Mode.DENIED) and reading.plain[term.start : term.end] in ("offline", "off-line", "离线", "air-gapped", "断网")


def _licenses(reading: Reading) -> Iterator[Mention]:
    for term in reading.said("license", unless=_UNDENIED):
        denied = bool(reading.mode(term.start) & Mode.DENIED)
        if term.value == "commercial" and (denied or _not_before(reading, term)):
            yield Mention("license", "non-commercial", term.start, term.end)
        elif not denied or term.value == "non-commercial":
            if term.value != "open source" or _is_about_result(reading, term):
                yield Mention("license", term.value, term.start, term.end)
    for match in _MIT.finditer(reading.source.original[:100_000]):
        from agents.planner.understanding.slots.software import _plain_position

        at = _plain_position(reading, match.start())
        near = reading.source.original[max(0, match.start() - 8) : match.end() + 14]
        if at is not None and not _NOT_MIT.search(near) and reading.is_meant(at) and (reading.near("license_word", at, at + 3, 16) or reading.near("license", at, at + 3, 16) or _stands_alone(reading, at, 3)):
            yield Mention("license", "MIT", at, at + 3)


def _not_before(reading: Reading, term: Term) -> bool:
    return re.search(r"(?:\bnot?\b|不|非|never|won't)\s?(?:be |for |用于|打算|会|做|准备)?\s?$", reading.plain[max(0, term.start - 10) : term.start]) is not None


def _stands_alone(reading: Reading, at: int, length: int) -> bool:
    clause = reading.clause(at)
    return clause.end - clause.start <= length + 8


def _is_about_result(reading: Reading, term: Term) -> bool:
    """An open source model is a licence; an open source dataset, tool or community is something else."""
    if _ANY_LICENCE.search(reading.plain, max(0, term.start - 12), term.end + 20):
        return False
    return not any(reading.terms_from("not_license", term.end, 6))
