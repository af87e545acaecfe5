"""The log of decisions: what is decided now is held against what the log said last, and only news is added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from framework.artifacts.ledger import now
from framework.artifacts.project_rules import Change


@dataclass(frozen=True)
class Decided:
    """One thing as it stands now; `before` is what it would be if nobody had decided anything."""

    what: str
    before: str
    after: str
    by: Literal["person", "default"]
    why: str


def continued(log: Sequence[Change], decided: Sequence[Decided], withdrawn: str) -> list[Change]:
    """The log with the news appended. What is no longer decided at all is withdrawn, for that reason."""
    last = {change.what: change for change in log}
    return [*log, *_news(last, decided), *_withdrawn(last, decided, withdrawn)]


def _news(last: dict[str, Change], decided: Sequence[Decided]) -> Iterator[Change]:
    for one in decided:
        known = last.get(one.what)
        if known is None or (known.after, known.by) != (one.after, one.by):
            before = known.after if known else one.before
            yield Change(what=one.what, before=before, after=one.after, by=one.by, why=one.why, at=now())


def _withdrawn(last: dict[str, Change], decided: Sequence[Decided], why: str) -> Iterator[Change]:
    standing = {one.what for one in decided}
    for what, known in last.items():
        if what not in standing and known.after:
            yield Change(what=what, before=known.after, after="", by="person", why=why, at=now())
