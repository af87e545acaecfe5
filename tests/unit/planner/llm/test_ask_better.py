"""Questions in a model's words: what they are about, their choices and their defaults stay ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.planner.asking_better import Better, Further, Reworded
from framework.artifacts.records import AnswerSource
from framework.artifacts.requirements import Requirements
from framework.messages import Lang
from tests.unit.planner.llm.models import Told, Unjudged
from tests.unit.planner.test_requirements_skill import VAGUE, write

KIND = "planner.ask_better"
WHY = "It decides what can be learned from your chats."
Answers = dict[str, tuple[str | None, AnswerSource, int]]


def better(*questions: tuple[str, str, str], further: list[tuple[str, str, str]] | None = None) -> Better:
    return Better(
        questions=[Reworded(id=id_, text=text, why=why) for id_, text, why in questions],
        further=[Further(slot=slot, text=text, why=why) for slot, text, why in further or []],
    )


def asked(
    root: Path, answer: Better, text: str = VAGUE, lang: Lang = "en", answers: Answers | None = None
) -> tuple[Requirements, list[str]]:
    model = Told({KIND: answer})
    return write(root, text, answers, lang, model), model.complaints.get(KIND, [])


def test_a_question_is_put_in_other_words_and_nothing_else_changes(tmp_path: Path) -> None:
    plain = write(tmp_path, VAGUE)
    after, complaints = asked(tmp_path, better(("dataset", "Which chats are there to learn from?", WHY)))

    assert complaints == []
    one = next(question for question in after.questions if question.id == "dataset")
    same = next(question for question in plain.questions if question.id == "dataset")
    assert (one.text, one.why) == ("Which chats are there to learn from?", WHY)
    assert one.model_copy(update={"text": same.text, "why": same.why}) == same
    assert [q for q in after.questions if q.id != "dataset"] == [q for q in plain.questions if q.id != "dataset"]


@pytest.mark.parametrize(
    ("id_", "text", "why", "complaint"),
    [
        ("colour", "Which colour?", WHY, "must be one of"),
        ("budget_usd", "What may it cost?", WHY, "must be one of"),
        ("dataset", "你有什么数据？", WHY, "must be in English"),
        ("dataset", "Which chats? " * 20, WHY, "characters"),
        ("dataset", "Which chats?\nAnd whose?", WHY, "lines"),
        ("dataset", "", WHY, "empty"),
        ("dataset", "Do you have 4711 chats?", WHY, "4711"),
        ("dataset", "Which chats?", "It matters. It matters very much.", "one sentence"),
        ("dataset", "Which chats? See http://evil.example", WHY, "no link"),
        ("dataset", "What is the API key of your chats?", WHY, "secrets"),
        ("dataset", "Which chats?", "You must have 99 of them.", "99"),
    ],
)
def test_a_question_that_invents_or_misleads_is_refused(
    tmp_path: Path, id_: str, text: str, why: str, complaint: str
) -> None:
    after, complaints = asked(tmp_path, better((id_, text, why)))

    assert complaint in " ".join(complaints)
    assert after == write(tmp_path, VAGUE)
    edited = write(tmp_path, VAGUE, engine=Unjudged({KIND: better((id_, text, why))}))
    assert edited == after, "a recording that somebody has edited counts no more than a model"


def test_a_question_in_chinese_is_put_in_chinese(tmp_path: Path) -> None:
    after, complaints = asked(
        tmp_path, better(("dataset", "机器人要向哪些聊天记录学习？", "它决定能学到什么。")), "我想做个聊天机器人", "zh"
    )

    assert complaints == []
    assert "机器人要向哪些聊天记录学习？" in [question.text for question in after.open_questions()]


def test_a_further_question_is_about_an_empty_slot_and_has_our_choices(tmp_path: Path) -> None:
    extra = ("method", "May all weights change, or only an adapter?", WHY)
    after, complaints = asked(tmp_path, better(further=[extra]))

    assert complaints == []
    question = next(question for question in after.open_questions() if question.id == "method")
    assert question.text == extra[1]
    assert question.choices == ["LoRA", "QLoRA", "full fine-tuning"]
    answered = write(tmp_path, VAGUE, {"method": ("QLoRA", "terminal", 1)})
    assert answered.value("method") == "qlora"


@pytest.mark.parametrize(
    ("further", "complaint"),
    [
        ([("dataset", "What else is there?", WHY)], "free"),
        ([("goal", "What is it for?", WHY)], "free"),
        ([("colour", "Which colour?", WHY)], "free"),
        ([("method", "How?", WHY), ("method", "How then?", WHY)], "free"),
    ],
)
def test_a_further_question_about_what_is_known_or_asked_is_refused(
    tmp_path: Path, further: list[tuple[str, str, str]], complaint: str
) -> None:
    after, complaints = asked(tmp_path, better(further=further))
    assert complaint in " ".join(complaints)
    assert after == write(tmp_path, VAGUE)


def test_a_model_that_never_stops_asking_comes_to_an_end(tmp_path: Path) -> None:
    """Each round it would like to know something more."""
    answers: Answers = {}
    for number in range(1, 5):
        slots = [slot for slot in ("method", "license", "privacy", "stack") if slot not in answers]
        endless = Unjudged({KIND: better(further=[(slots[0], "And what about this?", WHY)])})
        found = write(tmp_path, VAGUE, answers, engine=endless)
        if not found.open_questions():
            return
        assert len(found.open_questions()) <= 5
        answers |= {question.id: (question.default, "default", number) for question in found.open_questions()}
    raise AssertionError("questions without end")


def test_a_request_that_leaves_nothing_open_is_not_asked_about(tmp_path: Path) -> None:
    model = Told({KIND: better(further=[("method", "How?", WHY)])})
    everything: Answers = {}
    for number in (1, 2):
        found = write(tmp_path, VAGUE, everything)
        everything |= {question.id: (question.default, "default", number) for question in found.open_questions()}
    write(tmp_path, VAGUE, everything, engine=model)
    assert KIND not in model.contexts
