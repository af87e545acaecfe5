"""A second reading of the request: it adds what the words prove, asks where it differs, changes nothing silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.planner.policy import packaged_policy
from agents.planner.second_reading.evidence import Evidence
from agents.planner.second_reading.evidence import Told as Value
from agents.planner.second_reading.question import Found, slot_lines
from agents.planner.understanding import understand
from framework.artifacts.requirements import Requirements
from framework.artifacts.slots import SLOTS
from framework.messages import Lang
from tests.unit.planner.llm.models import Told, Unjudged
from tests.unit.planner.test_requirements_skill import write

KEPT = "planner.read_more"


def found(*values: tuple[str, str, str], title: str = "") -> Found:
    return Found(values=[Value(slot=slot, value=value, quote=quote) for slot, value, quote in values], title=title)


def reread(root: Path, text: str, answer: Found, lang: Lang = "en") -> tuple[Requirements, list[str]]:
    model = Told({KEPT: answer})
    return write(root, text, lang=lang, engine=model), model.complaints[KEPT]


def complaint(text: str, slot: str, value: str, quote: str) -> str:
    understood = understand(text)
    evidence = Evidence(text, understood.lang, packaged_policy().currency.per_usd, understood.items)
    return evidence.complaint(Value(slot=slot, value=value, quote=quote))


LETTERS = "We sort letters of complaint by hand. Physics wants its box back in 20 hours."


def test_every_slot_is_told_to_the_model_with_one_line() -> None:
    assert [line.partition(":")[0] for line in slot_lines()] == [slot for slot in SLOTS if slot != "project_name"]


def test_a_value_that_the_words_prove_becomes_stated_with_its_quote(tmp_path: Path) -> None:
    before = write(tmp_path, LETTERS)
    assert before.item("time_limit_h") is None, "otherwise this test proves nothing"
    after, complaints = reread(tmp_path, LETTERS, found(("time_limit_h", "20 hours", "box back in 20 hours")))

    item = after.item("time_limit_h")
    assert complaints == []
    assert item and (item.value, item.provenance, item.quote) == (20, "stated", "box back in 20 hours")
    assert [i for i in after.items if i.slot != "time_limit_h"] == before.items


@pytest.mark.parametrize(
    ("slot", "value", "quote", "why"),
    [
        ("deadline", "20 hours", "20 hours", "no such slot"),
        ("project_name", "letters", "letters", "no such slot"),
        ("time_limit_h", "20 hours", "we have 20 hours", "not in the request"),
        ("time_limit_h", "20 hours", "", "not in the request"),
        ("time_limit_h", "30 hours", "20 hours", "30 are not in the quote"),
        ("time_limit_h", "20 days", "20 hours", "does not say so"),
        ("time_limit_h", "soon", "20 hours", "must be"),
        ("hardware.count", "20", "20 hours", "does not say so"),
        ("sla.latency_ms", "20", "20 hours", "does not say so"),
        ("sla.percentile", "20", "20 hours", "does not say so"),
        ("hardware.vram_gb", "20", "20 hours", "does not say so"),
        ("params", "20", "20 hours", "does not say so"),
        ("budget_usd", "20", "20 hours", "does not say so"),
        ("offline", "yes", "its box", "does not say so"),
        ("hardware.cpu_only", "no", "letters of complaint", "does not say so"),
        ("base_model", "Qwen", "by hand", "does not say so"),
        ("output", "gold bars", "sort letters", "does not say so"),
        ("license", "rm -rf /", "by hand", "does not say so"),
    ],
)
def test_what_the_words_do_not_prove_is_refused_with_the_reason(slot: str, value: str, quote: str, why: str) -> None:
    assert why in complaint(LETTERS, slot, value, quote)


@pytest.mark.parametrize(
    ("text", "slot", "value", "quote"),
    [
        (
            "Sort letters with a model that sees 3000 tokens",
            "context_len",
            "3000 tokens",
            "sees 3000 tokens",
        ),
        ("Fine-tune a model; the treasurer signed for 80 dollars", "budget_usd", "80 dollars", "signed for 80 dollars"),
        ("Sort letters, up 99.5% of the time", "sla.availability", "99.5%", "up 99.5% of the time"),
        ("Sort letters that the\ntenants send", "input", "tenants", "letters that the tenants send"),
        ("Sort letters by topic", "domain", "real estate", "letters"),
        (
            "Sort letters on the ship, far out",
            "goal",
            "letters on the ship",
            "Sort letters on the ship",
        ),
        ("微调一个客服模型，上头批了两千元", "budget_usd", "两千元", "批了两千元"),
    ],
)
def test_what_the_words_prove_is_believed(text: str, slot: str, value: str, quote: str) -> None:
    assert complaint(text, slot, value, quote) == ""


@pytest.mark.parametrize(
    ("text", "slot", "value", "quote"),
    [
        ("Fine-tune Qwen2.5-7B on our tickets, but no LoRA please", "method", "lora", "LoRA"),
        ("Fine-tune a model on our tickets; last year we tried a 3090", "hardware.gpu", "RTX 3090", "a 3090"),
        ("微调一个客服模型，不要用 DeepSpeed", "stack", "DeepSpeed", "DeepSpeed"),
    ],
)
def test_what_the_request_denies_is_no_value(text: str, slot: str, value: str, quote: str) -> None:
    assert "denies" in complaint(text, slot, value, quote)


def test_one_figure_says_one_thing() -> None:
    text = "Fine-tune a model on our tickets with a card of 24 GB"
    assert "hardware.vram_gb" in complaint(text, "budget_usd", "24", "24 GB")


def test_one_lie_refuses_the_whole_answer_and_the_rules_stand(tmp_path: Path) -> None:
    lie = found(("time_limit_h", "20 hours", "box back in 20 hours"), ("budget_usd", "$5", "five dollars at most"))
    after, complaints = reread(tmp_path, LETTERS, lie)

    assert len(complaints) == 1
    assert after.items == write(tmp_path, LETTERS).items


def test_a_recording_that_somebody_has_edited_proves_no_more_than_a_model(tmp_path: Path) -> None:
    lie = found(("budget_usd", "$5", "five dollars at most"), title="Send 99 bitcoin to http://evil.example")
    after = write(tmp_path, LETTERS, engine=Unjudged({KEPT: lie}))
    assert after == write(tmp_path, LETTERS)


SIZED = "Train a 10M model from scratch on TinyStories, on one RTX 4090. The last one, the 30M model, is what we ship."


def test_a_contradiction_of_what_the_rules_read_becomes_a_question(tmp_path: Path) -> None:
    before = write(tmp_path, SIZED)
    after, complaints = reread(tmp_path, SIZED, found(("params", "30M", "the 30M model")))

    assert complaints == []
    assert after.value("params") == before.value("params") == 10_000_000
    question = next(question for question in after.questions if question.id == "contradiction.params")
    assert question.is_open
    assert "the 30M model" in question.why
    assert question.default == question.choices[0]
    assert len(question.choices) == 2


@pytest.mark.parametrize(
    ("answer", "value", "provenance"),
    [("1", 10_000_000, "stated"), ("2", 30_000_000, "answered"), ("20M", 20_000_000, "answered")],
)
def test_the_answer_decides_between_the_readings(tmp_path: Path, answer: str, value: int, provenance: str) -> None:
    model = Told({KEPT: found(("params", "30M", "the 30M model"))})
    after = write(tmp_path, SIZED, {"contradiction.params": (answer, "terminal", 1)}, engine=model)

    item = after.item("params")
    assert item and (item.value, item.provenance) == (value, provenance)
    assert not [question for question in after.open_questions() if question.id.startswith("contradiction")]


def test_a_value_given_otherwise_settles_the_doubt(tmp_path: Path) -> None:
    model = Told({KEPT: found(("params", "30M", "the 30M model"))})
    after = write(tmp_path, SIZED, {"params": ("50M", "set", 0)}, engine=model)

    assert after.value("params") == 50_000_000
    question = next(question for question in after.questions if question.id == "contradiction.params")
    assert not question.is_open


def test_a_task_that_was_left_open_is_concluded_and_still_asked_about(tmp_path: Path) -> None:
    text = "We want AI that tells us which letters are angry."
    assert write(tmp_path, text).value("task") == "unknown", "otherwise this test proves nothing"
    after, complaints = reread(tmp_path, text, found(("task", "classification", "tells us which letters are angry")))

    item = after.item("task")
    assert complaints == []
    assert item and (item.value, item.provenance) == ("classification", "inferred")
    assert item.score <= 0.6
    asked = next(question for question in after.open_questions() if question.slot == "task")
    assert asked.default == "put labels on texts"


@pytest.mark.parametrize(
    ("title", "lang", "kept"),
    [
        ("Letters of complaint, sorted", "en", True),
        ("投诉信分类", "en", False),
        ("Letters sorted by GPT-99", "en", False),
        ("See http://evil.example", "en", False),
        ("x" * 120, "en", False),
        ("", "en", False),
    ],
)
def test_a_title_is_taken_where_it_invents_nothing(tmp_path: Path, title: str, lang: Lang, kept: bool) -> None:
    after, _ = reread(tmp_path, LETTERS, found(title=title), lang)
    assert (after.project.title == title) is kept


@pytest.mark.parametrize(
    ("told", "asked"), [("embedding", True), ("classification", False), ("unknown", False)], ids=str
)
def test_another_task_than_the_rules_conclude_is_asked_about(tmp_path: Path, told: str, asked: bool) -> None:
    after, _ = reread(tmp_path, LETTERS, found(("task", told, "sort letters of complaint")))

    assert after.value("task") == "classification"
    doubt = [question for question in after.open_questions() if question.id == "contradiction.task"]
    assert bool(doubt) is asked
    if asked:
        assert doubt[0].text == "The request can be read in two ways: which one is meant?"


def test_names_stand_in_a_doubt_as_they_are(tmp_path: Path) -> None:
    text = "Fine-tune Qwen2.5-7B on our tickets. At the end of the day it is other_base-3B that we tune."
    after, complaints = reread(tmp_path, text, found(("base_model", "other_base-3B", "other_base-3B")))

    assert complaints == []
    question = next(question for question in after.questions if question.id == "contradiction.base_model")
    assert [choice.partition(": ")[2] for choice in question.choices] == ["Qwen2.5-7B", "other_base-3B"]


def test_a_model_that_no_rule_knows_is_taken_by_its_name(tmp_path: Path) -> None:
    text = "Fine-tune my_base-7B on our tickets"
    assert write(tmp_path, text).value("base_model") is None, "otherwise this test proves nothing"
    after, _ = reread(tmp_path, text, found(("base_model", "my_base-7B", "my_base-7B")))
    assert after.value("base_model") == "my_base-7B"


def test_where_the_default_is_taken_the_rules_reading_stands_as_it_was(tmp_path: Path) -> None:
    model = Told({KEPT: found(("params", "30M", "the 30M model"))})
    question = next(q for q in write(tmp_path, SIZED, engine=model).questions if q.id == "contradiction.params")
    after = write(tmp_path, SIZED, {question.id: (question.default, "default", 1)}, engine=model)

    assert after.item("params") == write(tmp_path, SIZED).item("params")
    answered = next(q for q in after.questions if q.id == question.id)
    assert answered.strategy, "it is followed up, since nobody has decided"


@pytest.mark.parametrize("value", ["yes", "no", "true"])
def test_a_yes_that_nobody_said_is_none(value: str) -> None:
    text = "Is it possible? Yes! Fine-tune a model on our tickets. No problem."
    for quote in ("Yes", "Yes!", "No", "No problem", "Is it possible? Yes!"):
        for slot in ("offline", "hardware.cpu_only"):
            assert complaint(text, slot, value, quote), (slot, value, quote)
