"""Under which terms it may be used, and where the data may go: licence, privacy, network."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.planner.understanding.lexicon import Term
from agents.planner.understanding.reading import ELSEWHERE, Mention, Reading
from agents.planner.understanding.scope import Mode

_UNDENIED = ELSEWHERE & ~Mode.DENIED  # "must not leave the building" holds its own denial
_HEAD = 200_000  # characters of the original that are searched for words in capitals
_MIT = re.compile(r"\bMIT\b(?!-0)")
_SCHOOL_BEFORE = re.compile(r"(?:\bat|\bfrom|\bof|\bby|\bthe)\s+$", re.IGNORECASE)
_SCHOOL_BEHIND = re.compile(r"\s(?:student|lab|professor|press|course|paper|researcher)", re.IGNORECASE)
_ANY_LICENCE = re.compile(r"any (?:open[- ]source )?licen[sc]e|licen[sc]e (?:is fine|doesn't matter)")
_NOT_BEFORE = re.compile(r"(?:\bnot?\b|不|非|never|won't)\s?(?:be |for |用于|打算|会|做|准备)?\s?$")
_WAIVED = re.compile(
    r"\s?(?:那套|这些|之类的?|什么的)?\s?(?:不用管|不管|不适用|无所谓|does not apply|doesn't apply|is not relevant|不涉及|不需要考虑)"
    r"|-(?:like|style|ish)\b"
)
# 病历不出院, "the records can never go outside": what the lexicon has no phrase for.
_STAYS = re.compile(
    r"(?:数据|资料|病历|记录|文件|信息|语料|代码|内容|文本)[^,;。!?\n]{0,8}?(?:不|禁止|严禁)(?:能|得|许|可以|可|准|允许)?(?:流|传|外|带|离|走)?出"
    r"(?!错|现|问|所|来|结|一|于|版|售|门|口|色)[\u4e00-\u9fff]{1,4}"
    r"|\b(?:data|records|documents|files|notes|texts|mails|nothing) (?:[a-z]+ ){0,2}?(?:must|may|can|could|should"
    r"|is|are)"
    r"(?:n't| not| never|not) (?:ever )?(?:be )?(?:allowed to )?(?:go out|go outside|leave|exit|sent out"
    r"|shared with|uploaded)"
)
_OFFLINE_WORDS = frozenset({"offline", "off-line", "离线", "air-gapped", "断网"})


def read_terms_of_use(reading: Reading) -> Iterator[Mention]:
    """The mentions of `license`, `privacy` and `offline`."""
    yield from _licenses(reading)
    yield from _mit(reading)
    for term in reading.said("privacy", _UNDENIED):
        if not _is_waived(reading, term):
            yield Mention("privacy", term.value, term.start, term.end)
    for match in _STAYS.finditer(reading.plain):
        if reading.is_meant(match.start(), _UNDENIED):
            yield Mention("privacy", "on-premises", match.start(), match.end())
    yield from _offline(reading)


def _is_waived(reading: Reading, term: Term) -> bool:
    """ "HIPAA does not apply", HIPAA 那套不用管; the name of a rule that is denied. On-premises phrases deny anyway."""
    denied = bool(reading.mode(term.start) & Mode.DENIED) and term.value != "on-premises"
    return denied or _WAIVED.match(reading.plain, term.end) is not None


def _offline(reading: Reading) -> Iterator[Mention]:
    for term in reading.said("offline", _UNDENIED):
        unneeded = reading.mode(term.start) & Mode.DENIED and reading.plain[term.start : term.end] in _OFFLINE_WORDS
        if not unneeded and not _is_batch(reading, term):
            yield Mention("offline", True, term.start, term.end)
    phrases = reading.spans("offline", "privacy")
    for term in reading.denied("internet_word"):
        if not phrases.covers(term.start):
            yield Mention("offline", True, term.start, term.end)


def _is_batch(reading: Reading, term: Term) -> bool:
    """Offline evaluation, an offline batch: the opposite of live, not of connected."""
    following = next(reading.terms_from("not_offline", term.end, 1), None)
    return following is not None and not reading.plain[term.end : following.start].strip()


def _licenses(reading: Reading) -> Iterator[Mention]:
    for term in reading.said("license", _UNDENIED):
        denied = bool(reading.mode(term.start) & Mode.DENIED)
        refused = denied or _NOT_BEFORE.search(reading.plain, max(0, term.start - 10), term.start)
        if reading.plain[term.start : term.end] == "apache" and not _names_license(reading, term.start, term.end):
            continue  # the server, the spark, the helicopter
        if term.value == "commercial" and refused:
            yield Mention("license", "non-commercial", term.start, term.end)
        elif term.value == "open source":
            if not denied and _is_about_result(reading, term):
                yield Mention("license", term.value, term.start, term.end)
        elif not denied or term.value == "non-commercial":
            yield Mention("license", term.value, term.start, term.end)


def _names_license(reading: Reading, start: int, end: int) -> bool:
    """Whether the word for a licence, or another licence, stands beside it."""
    others = (t for t in reading.neighbours("license", start, end, 16) if t.end <= start or t.start >= end)
    return reading.near("license_word", start, end, 20) or any(True for _ in others)


def _is_about_result(reading: Reading, term: Term) -> bool:
    """An open source model is a licence; an open source dataset, tool or community is something else."""
    if _ANY_LICENCE.search(reading.plain, max(0, term.start - 12), term.end + 20):
        return False
    return next(reading.terms_from("not_license", term.end, 6), None) is None


def _mit(reading: Reading) -> Iterator[Mention]:
    """MIT is a licence beside the word, beside another licence, or in a clause of its own; else it is a school."""
    original = reading.source.original[:_HEAD]
    for match in _MIT.finditer(original):
        at = reading.source.plain_at(match.start())
        if at + 3 > len(reading.plain) or not reading.is_meant(at):
            continue
        school = _SCHOOL_BEFORE.search(original, max(0, match.start() - 8), match.start()) or _SCHOOL_BEHIND.match(
            original, match.end()
        )
        clause = reading.clause(at)
        alone = clause.end - clause.start <= len("MIT") + 8
        if not school and (alone or _names_license(reading, at, at + 3)):
            yield Mention("license", "MIT", at, at + 3)
