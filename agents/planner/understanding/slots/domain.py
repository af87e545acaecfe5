"""The field of work that the project belongs to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from agents.planner.understanding.lexicon import Term
from agents.planner.understanding.reading import ELSEWHERE, Mention, Reading
from agents.planner.understanding.scope import Mode

_UNLESS = ELSEWHERE & ~Mode.COMPARED & ~Mode.PAST
_AT_WORK = 3  # a word beside the product or its data says more than one in passing
_STUDENTS = frozenset({"student", "students", "teacher", "teachers", "学生", "老师"})  # of a distillation
_WEAK = frozenset({"clinic", "code", "sql", "ticket", "tickets", "contract", "health", "card", "shop", "game", "history", "papers", "drug", "energy", "credit", "players", "player", "food", "course", "press", "equipment", "brand", "threat", "delivery", "service desk", "cars", "car", "stock", "tax", "students", "student", "tutor", "leave", "ship", "crew", "shipping", "pets", "alerts", "spam", "fraud", "scam", "sales", "lesson", "fleet", "pupils", "marine", "故障日志", "日志", "陪伴", "物理", "生物", "垃圾短信", "school", "university", "teacher", "学校", "历史", "设备", "档案", "考试", "科学", "材料", "老师", "学生", "运维", "软件", "科研", "论文"})


def read_domain(reading: Reading) -> Iterator[Mention]:
    """The mention of `domain`: the field with the most weight, the first one of equals."""
    terms = [t for t in reading.said("domain", _UNLESS) if t.value != "none" and not _is_elsewhere(reading, t)]
    if not terms:
        terms = reading.said("kind_of_text", _UNLESS)  # a poem generator belongs to no trade
    if not terms:
        return
    weights: Counter[str] = Counter()
    for term in terms[:200]:
        weights[term.value] += _weight(reading, term)
    best = max(weights.values())
    first = next(term for term in terms if weights[term.value] == best)
    yield Mention("domain", first.value, first.start, first.end)


def _weight(reading: Reading, term: Term) -> int:
    near = reading.near("product", term.start, term.end, 18) or reading.near("data_noun", term.start, term.end, 12) or reading.near("zh_data_noun", term.start, term.end, 6)
    base = 1 if reading.plain[term.start : term.end] in _WEAK else 2
    opening = reading.clause(term.start).sentence == 0
    return base * (_AT_WORK if near else 2) + opening


def _is_elsewhere(reading: Reading, term: Term) -> bool:
    """Part of a model's or a library's name (Legal-BERT, C-Eval), or a word of the trade (early stopping, code base)."""
    before, behind = reading.plain[max(0, term.start - 1) : term.start], reading.plain[term.end : term.end + 1]
    word = reading.plain[term.start : term.end]
    if word in _STUDENTS and reading.terms.get("method") and any(t.value == "distillation" for t in reading.terms["method"]):
        return True
    return before in ("-", "/", "_") or behind in ("_", "/") or (behind == "-" and term.value == "software")
