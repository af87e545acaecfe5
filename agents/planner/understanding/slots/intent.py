"""What is to be reached, and what hurts today: the user's own clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.planner.understanding.clauses import Clause
from agents.planner.understanding.reading import ELSEWHERE, Mention, Reading
from agents.planner.understanding.scope import Mode

_MOST = 3
_SHORTEST = 2
_LABEL = re.compile(
    r"(?:^|[\n【;。.]) {0,4}(?:the )?(?:goal|aim|objective|目标|目的|需求|任务) ?[】]? ?(?:[:：]|is )? ?"
)
_LONGEST = 240


def read_intent(reading: Reading) -> Iterator[Mention]:
    """The mentions of `goal` and `problem`."""
    pains = list(_pains(reading))
    yield from pains
    goals = list(_labelled(reading)) or list(_goals(reading, pains))
    yield from goals[:_MOST]


def _labelled(reading: Reading) -> Iterator[Mention]:
    """ "Goal: a math tutor", 【目标】..."""
    for match in _LABEL.finditer(reading.plain[:20_000]):
        end = _sentence_end(reading, match.end())
        if end - match.end() > _SHORTEST:
            yield _mention(reading, "goal", match.end(), end)


def _goals(reading: Reading, pains: list[Mention]) -> Iterator[Mention]:
    """Clauses that wish for something that is made here; failing that, clauses that name a product."""
    clauses = [c for c in reading.clauses.all[:400] if c.end - c.start > _SHORTEST]
    wished = [
        c for c in clauses if _has(reading, "wish", c) and (_has(reading, "product", c) or _names_task(reading, c))
    ]
    named = [c for c in clauses if _has(reading, "product", c) or _names_task(reading, c)]
    anything = [c for c in clauses if _has(reading, "wish", c)]
    complaints = {pain.start for pain in pains}
    for clause in wished or [c for c in named if c.start not in complaints] or anything or clauses[:1]:
        yield _mention(reading, "goal", clause.start, min(clause.end, clause.start + _LONGEST))


def _names_task(reading: Reading, clause: Clause) -> bool:
    return any(
        _has(reading, kind, clause)
        for kind in ("chat_cue", "classification_cue", "embedding_cue", "serving_cue", "genre")
    )


def _has(reading: Reading, kind: str, clause: Clause) -> bool:
    unless = ELSEWHERE & ~Mode.COMPARED
    return any(
        clause.start <= t.start < clause.end and reading.is_meant(t.start, unless)
        for t in reading.terms_from(kind, clause.start, clause.end - clause.start)
    )


def _pains(reading: Reading) -> Iterator[Mention]:
    """Clauses that complain of the present."""
    seen: set[int] = set()
    for term in reading.said("pain", Mode.PAST | Mode.OTHERS | Mode.LATER | Mode.DENIED):
        clause = reading.clause(term.start)
        if clause.start in seen or len(seen) == _MOST or _is_constraint(reading, clause):
            continue
        seen.add(clause.start)
        yield _mention(reading, "problem", clause.start, min(clause.end, clause.start + _LONGEST))


def _is_constraint(reading: Reading, clause: Clause) -> bool:
    """ "not too expensive", "as slow as you like" are wishes about the result."""
    return reading.plain[clause.start : clause.end].strip().startswith(("no ", "not ", "don't", "不要", "别"))


def _sentence_end(reading: Reading, start: int) -> int:
    clause = reading.clause(start)
    index = reading.clauses.index_at(start)
    end = clause.end
    for later in reading.clauses.all[index : index + 8]:
        if later.sentence == clause.sentence:
            end = later.end
    return min(end, start + _LONGEST)


def _mention(reading: Reading, slot: str, start: int, end: int) -> Mention:
    text = reading.source.quote(start, end)
    stripped = text.strip(' \t\n,，。.;；:：、!！?？-"“”')
    return Mention(slot, stripped or text, start, end)
