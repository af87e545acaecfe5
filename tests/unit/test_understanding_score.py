"""The scorer of the understanding benchmark: it must reward what is right and see what is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType

import pytest
from pydantic import ValidationError

from benchmarks.understanding.labels import TASKS, VALUE_SLOTS, Entry, load, same
from benchmarks.understanding.score import Understood, accepts, main, score
from framework.errors import NotAProject
from framework.resources import read_text


@dataclass
class Found:
    slot: str
    value: object
    provenance: str = "stated"


@dataclass
class Clash:
    slots: list[str]


@dataclass
class Reading:
    items: list[Found] = field(default_factory=list)
    contradictions: list[Clash] = field(default_factory=list)


def fixed(*items: Found, clashes: tuple[list[str], ...] = ()) -> Callable[[str], Understood]:
    """A program that understands every text in the same way."""
    return lambda text: Reading(list(items), [Clash(slots) for slots in clashes])


def refuse(text: str) -> Understood:
    raise NotAProject("not a project")


ENTRY = Entry(
    id="t1",
    lang="en",
    text="full fine-tune a 7B on my two 4090s with 300 tickets",
    task="sft",
    slots={"hardware.count": 2, "params": 7_000_000_000},
    text_slots={"dataset": ["ticket"]},
    optional=["domain"],
    contradictions=[["hardware.vram_gb", "params", "method"]],
)
RIGHT = (
    Found("task", "sft", "inferred"),
    Found("hardware.count", 2),
    Found("params", 7e9),
    Found("dataset", "300 Tickets"),
)
CLASH = ["params", "method"]


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (100, 101.9),
        ("Qwen2.5-7B", "qwen2.5 7b"),
        (["zh", "en"], ("en", "zh")),
        ("vLLM", ["vllm"]),
        ({"any": ["A6000", "RTX A6000"]}, "rtx a6000"),
        ({"value": 50, "unit": "req/s"}, {"value": 50.0, "unit": "req/s"}),
        (True, True),
    ],
)
def test_equal_values(expected: object, got: object) -> None:
    assert same(expected, got)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (100, 103),
        (1, True),
        (0, 1),
        ("3.10", 3.1),
        ("A100", "A10"),
        (["zh", "en"], ["zh"]),
        (["zh"], ["zh", "en"]),
        (["sft", "dpo"], ["sft", "sft"]),
        ({"value": 50, "unit": "req/s"}, {"value": 50, "unit": "tokens/s"}),
        ({"value": 50, "unit": "req/s"}, 50),
    ],
)
def test_different_values(expected: object, got: object) -> None:
    assert not same(expected, got)


def test_a_perfect_reading_has_perfect_rates() -> None:
    report = score([ENTRY], fixed(*RIGHT, clashes=(CLASH,)))
    assert report.total.rates == {"recall": 1, "precision": 1, "invented": 0, "task": 1, "contradictions": 1}
    assert report.misses == []
    assert report.failures == []


def test_a_wrong_value_costs_recall_and_precision_but_is_not_invented() -> None:
    report = score([ENTRY], fixed(*RIGHT[:3], Found("dataset", "Alpaca"), clashes=(CLASH,)))
    assert report.total.rates["recall"] == pytest.approx(2 / 3)
    assert report.total.rates["precision"] == pytest.approx(2 / 3)
    assert report.total.rates["invented"] == 0
    assert [(miss.id, miss.slot, miss.got) for miss in report.misses] == [("t1", "dataset", ["Alpaca"])]


def test_a_value_that_the_text_does_not_state_is_invented() -> None:
    report = score([ENTRY], fixed(*RIGHT, Found("license", "MIT", "inferred"), clashes=(CLASH,)))
    assert report.total.rates["precision"] == pytest.approx(3 / 4)
    assert report.total.rates["invented"] == pytest.approx(1 / (len(VALUE_SLOTS) - 4))


@pytest.mark.parametrize(
    "harmless", [Found("domain", "anything"), Found("goal", "a bot"), Found("license", "MIT", "defaulted")]
)
def test_optional_open_and_defaulted_items_change_nothing(harmless: Found) -> None:
    assert score([ENTRY], fixed(*RIGHT, harmless)) == score([ENTRY], fixed(*RIGHT))


def test_a_contradiction_needs_two_shared_slots() -> None:
    report = score([ENTRY], fixed(*RIGHT, clashes=(["params", "time_limit_h"],)))
    assert report.total.named == 0
    assert report.total.alarms == 1
    assert any("contradictions" in line for line in report.failures)


def test_a_refused_sentence_is_one_miss_and_finds_nothing() -> None:
    report = score([ENTRY], refuse)
    assert [miss.slot for miss in report.misses] == ["(refused)"]
    assert report.total.rates["recall"] == 0
    assert report.total.rates["task"] == 0


def test_two_tasks_are_no_task() -> None:
    report = score([ENTRY], fixed(*RIGHT, Found("task", "dpo"), clashes=(CLASH,)))
    assert report.total.rates["task"] == 0


def test_refusal_is_told_from_acceptance() -> None:
    assert accepts("chatbot", fixed())
    assert not accepts("hi", refuse)


def test_the_command_names_every_threshold_that_is_missed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reader = ModuleType("agents.planner.understanding")
    vars(reader)["understand"] = fixed(Found("task", "sft"))
    monkeypatch.setitem(sys.modules, "agents.planner", ModuleType("agents.planner"))
    monkeypatch.setitem(sys.modules, "agents.planner.understanding", reader)
    assert main(["--misses"]) == 1
    printed = capsys.readouterr().out
    assert "FAILED recall 0.000, at least 0.85" in printed
    assert "FAILED not ours, but accepted: 'make a todo app'" in printed
    assert "ours, but refused" not in printed
    assert "en02   base_model         expected 'Llama-3', got []" in printed


def test_labels_may_not_say_two_things() -> None:
    with pytest.raises(ValidationError, match="labelled twice: domain"):
        Entry(id="x", lang="en", text="t", task="sft", slots={"domain": "law"}, optional=["domain"])
    with pytest.raises(ValidationError, match="no slot"):
        Entry(id="x", lang="en", text="t", task="sft", slots={"gpu": "T4"})


def test_the_sentences_are_valid_and_cover_every_slot_and_task() -> None:
    sentences = load()
    assert len({entry.id for entry in sentences.entries}) == len(sentences.entries)
    assert set().union(*(entry.labelled for entry in sentences.entries)) >= VALUE_SLOTS
    assert {task for entry in sentences.entries for task in entry.tasks} == TASKS


def test_the_slots_are_those_of_the_documentation() -> None:
    documented = read_text("docs/slots.md")
    assert [slot for slot in sorted(VALUE_SLOTS) if f"`{slot}`" not in documented] == []
