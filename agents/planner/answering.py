"""Answers become values: read like the request itself, within the slots that the question is about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from agents.planner.choices import choices_for
from agents.planner.naming import slug
from agents.planner.policy import Policy
from agents.planner.understanding import Conflict, Option, Understanding
from agents.planner.understanding.assemble import assemble
from agents.planner.understanding.extract import mentions_in, read
from agents.planner.understanding.numbers import find_numbers
from agents.planner.understanding.task import infer_task
from framework.artifacts.records import Answer, Answers
from framework.artifacts.requirements import Item, Provenance
from framework.artifacts.slots import PUBLIC_DATA, SLOTS, TASKS, Kind, Throughput, Value, broken_rule
from framework.messages import LANGUAGES, Lang, say

# What an answer to one slot may fill besides it.
_ALONG = {
    "dataset": ("dataset", "data_format", "language_of_data"),
    "base_model": ("base_model",),
    "time_limit_h": ("time_limit_h",),
    "success_metric": ("success_metric", "benchmarks"),
}
# A bare "24" means what the slot counts; these words make the sentence around it.
_PRIMERS = {
    "time_limit_h": "train within {}",
    "budget_usd": "budget {}",
    "sla.latency_ms": "latency {}",
    "sla.percentile": "latency p{}",
    "sla.availability": "availability {}",
    "context_len": "context {}",
    "params": "{} parameters",
    "language_of_data": "data in {}",
    "license": "license {}",
    "benchmarks": "evaluate on {}",
    "hardware.vram_gb": "VRAM {}",
}
_FREE = frozenset({Kind.TEXT, Kind.TEXTS})
_LONGEST_FREE = 400
_BARE_NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?:e\+?\d+)?")
_NEGATIVE = re.compile(r"[-−]\s?\d")  # no slot holds less than nothing
_YES = frozenset(["yes", "y", "true", "1", "是", "是的", "对", "好", "要", "需要", "可以", "必须"])
_NO = frozenset(["no", "n", "false", "0", "否", "不", "不是", "不用", "不要", "不需要", "没有", "无所谓"])
_UNDECIDED = re.compile(
    r"^\W*(?:i )?(?:don'?t know|no idea|not sure|unsure|you (?:decide|choose)|up to you|whatever|any(?:thing)?"
    r"|default|no preference"
    r"|不知道|不清楚|不确定|随便|你定|你决定|都行|都可以|看着办|默认|没想好|无所谓)\W*$",
    re.IGNORECASE,
)


def is_undecided(text: str) -> bool:
    """Whether the answer leaves the decision to us."""
    return _UNDECIDED.match(text) is not None


def family(slot: str) -> tuple[str, ...]:
    """The slots that an answer about one slot may fill."""
    group = slot.partition(".")[0]
    return _ALONG.get(slot) or (tuple(s for s in SLOTS if s.startswith(f"{group}.")) if "." in slot else (slot,))


def read_answer(slot: str, text: str, per_usd: Mapping[str, float], provenance: Provenance = "answered") -> list[Item]:
    """The values of an answer; none if it cannot be understood."""
    plain = " ".join(text.split())
    if not plain or _NEGATIVE.match(plain):
        return []
    found = _directly(slot, plain)
    values: dict[str, Value] = {slot: found} if found is not None else _by_reading(slot, plain, per_usd)
    if not values and SLOTS[slot] in _FREE and slot.partition(".")[0] != "hardware":
        values = {slot: plain[:_LONGEST_FREE]}
    return [
        Item(slot=name, value=value, provenance=provenance, score=1.0)
        for name, value in values.items()
        if not broken_rule(name, value)
    ]


def _directly(slot: str, text: str) -> Value | None:
    """Forms that need no reading: yes and no, a task's name, a bare number in the slot's own unit."""
    kind, lowered = SLOTS[slot], text.lower().strip(" .。!！")
    if kind is Kind.FLAG and (lowered in _YES or lowered in _NO):
        return lowered in _YES
    if kind is Kind.TASK:
        return _task_named(lowered)
    if slot == "dataset" and lowered in {say(lang, "question.dataset.public") for lang in LANGUAGES}:
        return PUBLIC_DATA
    if kind is Kind.NAME:
        return slug(text) or None
    if _BARE_NUMBER.fullmatch(lowered) and kind not in _FREE:
        return _figure(kind, float(lowered.replace(",", "")))
    return None


def _task_named(text: str) -> str | None:
    if text in TASKS:
        return text
    shown = {
        say(lang, f"question.task_{task}").lower().strip(" .。"): task
        for task in TASKS
        if task != "unknown"
        for lang in LANGUAGES
    }
    return shown.get(text)


def _figure(kind: Kind, value: float) -> Value:
    if kind is Kind.THROUGHPUT:
        return Throughput(value=value, unit="req/s") if value > 0 else value
    return int(value) if value.is_integer() else value


def _by_reading(slot: str, text: str, per_usd: Mapping[str, float]) -> dict[str, Value]:
    """What the request's own rules make of the answer."""
    for sentence in (text, _PRIMERS.get(slot, "{}").format(text) if "{}" in _PRIMERS.get(slot, "") else text):
        reading = read(sentence)
        items = assemble(reading, mentions_in(reading, per_usd))
        if slot == "task":
            task = infer_task(reading, items).value
            return {"task": task} if task != "unknown" else {}
        values = {item.slot: item.value for item in items if item.slot in family(slot)}
        if slot in values or (values and "." in slot):
            return values
    return _spelt_number(slot, text)


def _spelt_number(slot: str, text: str) -> dict[str, Value]:
    """ "two", 八张: a number in words, where the slot holds one."""
    numbers = [number for number in find_numbers(text.lower()) if number.value and not number.is_article]
    if len(numbers) == 1 and SLOTS[slot] in (Kind.COUNT, Kind.AMOUNT, Kind.MONEY, Kind.PERCENT):
        return {slot: _figure(SLOTS[slot], numbers[0].value or 0)}
    return {}


def merge_answers(understood: Understanding, answers: Answers, lang: Lang, policy: Policy) -> list[Item]:
    """The items of the request, with those that were answered in their place."""
    items = list(understood.items)
    for question, answer in sorted(answers.answers.items(), key=lambda pair: (pair[1].round, pair[0])):
        if question in SLOTS and answer.text is not None:
            items = _replaced(items, _read(question, answer, items, lang, policy))
    return items


def is_left_to_us(answer: Answer) -> bool:
    """Whether the default was taken: by --yes, or because the answer leaves it to us."""
    return answer.source == "default" or (answer.text is not None and is_undecided(answer.text))


def _read(slot: str, answer: Answer, items: list[Item], lang: Lang, policy: Policy) -> list[Item]:
    text = answer.text or ""
    if is_undecided(text):
        text = choices_for(slot, items, lang, policy).default or ""
    return read_answer(slot, text, policy.currency.per_usd, "defaulted" if is_left_to_us(answer) else "answered")


def _replaced(items: list[Item], answered: list[Item]) -> list[Item]:
    """The answered items instead of the ones they answer; a card rules out "CPU only", and the reverse."""
    slots = {item.slot for item in answered}
    if "hardware.cpu_only" in slots:
        slots |= {"hardware.gpu", "hardware.count", "hardware.vram_gb"}
    if "hardware.gpu" in slots:
        slots |= {"hardware.cpu_only"}
    order = list(SLOTS)
    kept = [item for item in items if item.slot not in slots]
    return sorted([*kept, *answered], key=lambda item: order.index(item.slot))


def settle(
    items: list[Item], conflicts: Sequence[Conflict], answers: Answers, lang: Lang, policy: Policy
) -> list[Item]:
    """The items with every answered contradiction resolved the way the user chose."""
    for conflict in conflicts:
        answer = answers.answers.get(conflict.id)
        if answer and answer.text is not None:
            items = _settled(items, conflict, answer, policy)
    return items


def _settled(items: list[Item], conflict: Conflict, answer: Answer, policy: Policy) -> list[Item]:
    provenance: Provenance = "defaulted" if is_left_to_us(answer) else "answered"
    option = chosen_option(conflict, answer.text or "")
    if option is None:
        return _replaced(items, read_way_out(conflict, answer.text or "", policy.currency.per_usd))
    removed = {slot for slot, value in option.sets.items() if value is None}
    chosen = [
        Item(slot=slot, value=value, provenance=provenance, score=1.0)
        for slot, value in option.sets.items()
        if value is not None
    ]
    return _replaced([item for item in items if item.slot not in removed], chosen)


def chosen_option(conflict: Conflict, text: str) -> Option | None:
    """The option that an answer picks, by its words or its number."""
    wanted = " ".join(text.lower().split()).strip(" .。")
    for number, option in enumerate(conflict.options, 1):
        if wanted in (" ".join(option.text.lower().split()).strip(" .。"), str(number)):
            return option
    return conflict.options[0] if is_undecided(text) else None


def read_way_out(conflict: Conflict, text: str, per_usd: Mapping[str, float]) -> list[Item]:
    """A way out in the user's own words: new values for the slots that conflict."""
    reading = read(text)
    allowed = {slot for about in conflict.slots for slot in family(about)}
    found = assemble(reading, mentions_in(reading, per_usd))
    return [
        Item(slot=item.slot, value=item.value, provenance="answered", score=1.0)
        for item in found
        if item.slot in allowed
    ]
