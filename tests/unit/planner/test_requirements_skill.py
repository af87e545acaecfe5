"""The skill that writes requirements.md: few questions, answers that count, defaults that are followed up."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.planner import check_answer, requirements
from agents.planner.understanding import Understanding
from framework.artifacts.base import Question
from framework.artifacts.codec import decode
from framework.artifacts.files import ProjectFiles, read_text
from framework.artifacts.records import Answer, Answers, AnswerSource, EngineName, RunRecord, Settings
from framework.artifacts.requirements import Item, Requirements
from framework.engines.base import Ask, C, D, Engine
from framework.engines.expert import ExpertEngine
from framework.errors import UsageError
from framework.messages import Lang
from framework.runtime.workspace import Workspace
from framework.workflow.skills import load_role

VAGUE = "I want a chatbot"
PRECISE = (
    "QLoRA fine-tune of Qwen2.5-7B on our 12k support tickets (jsonl, English) on one RTX 4090 within a day, "
    "Apache-2.0 licence, p95 below 2 seconds"
)


def workspace(root: Path, text: str, answers: dict[str, tuple[str | None, AnswerSource, int]], lang: Lang) -> Workspace:
    given = {key: Answer(text=said, source=source, round=number) for key, (said, source, number) in answers.items()}
    run = RunRecord(name="demo", lang=lang, request=text, settings=Settings(), created_at="now")
    role = load_role("planner")
    return Workspace(ProjectFiles(root), role, "requirements", run, Answers(answers=given), lambda _: None)


def write(
    root: Path,
    text: str,
    answers: dict[str, tuple[str | None, AnswerSource, int]] | None = None,
    lang: Lang = "en",
    engine: Engine | None = None,
) -> Requirements:
    desk = workspace(root, text, answers or {}, lang)
    requirements.run(desk, engine or ExpertEngine())
    return decode(Requirements, read_text(desk.files.staging("requirements") / "requirements.md"), "r.md").model


def ask_all(root: Path, text: str, source: AnswerSource = "default") -> Requirements:
    """Answer every round with its defaults."""
    answers: dict[str, tuple[str | None, AnswerSource, int]] = {}
    for number in (1, 2, 3):
        found = write(root, text, answers)
        if not found.open_questions():
            return found
        answers |= {q.id: (q.default if source == "default" else None, source, number) for q in found.open_questions()}
    raise AssertionError("questions without end")


def test_a_vague_wish_is_asked_about_and_a_precise_one_hardly(tmp_path: Path) -> None:
    vague, precise = (write(tmp_path, text).open_questions() for text in (VAGUE, PRECISE))

    assert 2 <= len(vague) <= 5
    assert len(precise) <= 2
    for question in vague:
        assert question.why
        assert question.default is None or question.default in question.choices


@pytest.mark.parametrize(
    "text", [VAGUE, PRECISE, "我想做个AI", "train a 7B model from scratch on a CPU in one hour for $5"]
)
def test_what_is_said_is_not_asked_and_never_more_than_five_at_once(tmp_path: Path, text: str) -> None:
    found = write(tmp_path, text)
    said = {item.slot for item in found.items if item.provenance == "stated"}
    asked = [question for question in found.open_questions() if not question.id.startswith("contradiction.")]

    assert len(found.open_questions()) <= 5
    assert not said & {question.slot for question in asked}


def test_defaults_are_marked_and_followed_up(tmp_path: Path) -> None:
    found = ask_all(tmp_path, VAGUE)
    assumed = [item for item in found.items if item.provenance == "defaulted"]

    assert assumed
    assert all(item.score <= 0.6 for item in assumed)
    assert all(question.strategy for question in found.questions)


def test_a_skipped_question_leaves_no_value_and_a_strategy(tmp_path: Path) -> None:
    found = ask_all(tmp_path, VAGUE, "skip")

    assert not [item for item in found.items if item.provenance in ("answered", "defaulted")]
    assert all(question.answer is None and question.strategy for question in found.questions)


def test_an_answer_fills_every_slot_that_it_speaks_of(tmp_path: Path) -> None:
    found = write(tmp_path, VAGUE, {"hardware.gpu": ("2x RTX 4090 24GB", "terminal", 1)})
    values = {item.slot: (item.value, item.provenance) for item in found.items}

    assert values["hardware.gpu"] == ("RTX 4090", "answered")
    assert values["hardware.count"] == (2, "answered")
    assert values["hardware.vram_gb"] == (24, "answered")


@pytest.mark.parametrize(
    ("slot", "said", "value"),
    [
        ("time_limit_h", "one day", 24), ("time_limit_h", "三天", 72), ("time_limit_h", "24", 24),
        ("budget_usd", "$200", 200), ("budget_usd", "两千块", 281.69), ("params", "10M", 10_000_000),
        ("params", "1e9", 1_000_000_000),
        ("context_len", "4k", 4096), ("offline", "是", True), ("hardware.count", "two", 2),
        ("task", "dpo", "dpo"), ("language_of_data", "English and Chinese", ["en", "zh"]),
    ],
)  # fmt: skip
def test_answers_are_read_as_people_write_them(tmp_path: Path, slot: str, said: str, value: object) -> None:
    assert write(tmp_path, VAGUE, {slot: (said, "set", 1)}).value(slot) == value


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("hardware.count", "a few"),
        ("hardware.count", "-1"),
        ("time_limit_h", "soon"),
        ("params", "large"),
        ("params", "1e400"),
        ("offline", "?"),
    ],
)
def test_an_answer_that_cannot_be_understood_is_refused(tmp_path: Path, question: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_answer.run(workspace(tmp_path, VAGUE, {}, "en"), question, said)

    assert said in caught.value.message


def test_an_unknown_question_names_the_nearest_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        check_answer.run(workspace(tmp_path, VAGUE, {}, "en"), "hardware.gpus", "A100")

    assert "hardware.gpu" in f"{caught.value.message} {caught.value.hint}"


def test_a_contradiction_is_asked_and_its_answer_settles_it(tmp_path: Path) -> None:
    text = "full fine-tuning of a 30B model on one 24 GB card"
    first = write(tmp_path, text)
    (question,) = (q for q in first.open_questions() if q.id.startswith("contradiction."))

    settled = write(tmp_path, text, {question.id: (question.choices[0], "terminal", 1)})

    asked: list[Question] = [q for q in settled.questions if q.id == question.id]
    assert asked[0].answer == question.choices[0]
    assert not [q for q in settled.open_questions() if q.id == question.id]


def test_evidence_that_is_not_in_the_text_is_dropped_whoever_claims_it(tmp_path: Path) -> None:
    class Boastful:
        name: EngineName = "expert"

        def decide(self, ask: Ask[C, D]) -> D:
            understood = ask.rule(ask.context)
            lie = Item(slot="budget_usd", value=1_000_000, provenance="stated", quote="a million", score=1.0)
            if isinstance(understood, Understanding):
                return understood.model_copy(update={"items": [*understood.items, lie]})
            return understood

    assert write(tmp_path, VAGUE, engine=Boastful()).value("budget_usd") is None


def test_the_same_inputs_give_the_same_bytes_and_the_users_language(tmp_path: Path) -> None:
    first, second = (write(tmp_path / name, "我想做个客服机器人", lang="zh") for name in ("a", "b"))

    assert first == second
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in q.text) for q in first.questions)
