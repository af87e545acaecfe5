"""Rules that are decided: which answers are taken, what the gate sees, and what later stages may not do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agents.planner.check_rule import run as check
from agents.planner.conventions.choices import read_choice, read_side
from agents.planner.conventions.documents import added_rules
from framework.artifacts.files import write_text
from framework.errors import FoundryError, InvalidDocument, UsageError
from framework.messages import LANGUAGES, Lang
from framework.runtime.workspace import Role
from tests.unit.planner.rules_desk import Place

ADDED = "never use the network; at most 3 attempts; never touch `configs/serve/`"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "demo").begin()


@pytest.mark.parametrize("harm", ["missing", "both", "source", "log", "choice"])
def test_the_gate_sees_what_is_wrong(place: Place, harm: str) -> None:
    rules = place.answer(added=ADDED).work()
    if harm == "missing":
        (place.root / "CLAUDE.local.md").unlink()
    elif harm == "both":
        write_text(place.root / "CLAUDE.inherited.md", "x")
    elif harm == "source":
        write_text(place.root / "CLAUDE.md", "# Other\n- One\n")
    elif harm == "log":
        place.put_report(rules.model_copy(update={"changes": rules.changes[1:]}))
    else:
        place.put_report(rules.model_copy(update={"choice": "inherit"}))
    assert place.judged().findings


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("rules.choice", "perhaps"),
        ("rules.added", " ; "),
        ("rules.file", "# only a title\n"),
        ("rules.conflict.1", "whatever"),
        ("rules.what", "inherit"),
    ],
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_answer_that_means_nothing_is_refused_with_an_example(
    tmp_path: Path, lang: Lang, question: str, text: str
) -> None:
    with pytest.raises(UsageError) as error:
        check(Place(tmp_path, lang).desk(), question, text)
    assert question in error.value.message
    assert error.value.hint


def test_a_wrong_block_in_an_answer_is_refused(place: Place) -> None:
    with pytest.raises(InvalidDocument, match=r"rules\.file, line 2, key enforced\.max_attempts"):
        check(place.desk(), "rules.file", "```yaml\nenforced: {max_attempts: 999}\n```\n- a rule")


@pytest.mark.parametrize(
    ("question", "text", "meant"),
    [
        ("rules.choice", "原样沿用", "inherit"),
        ("rules.choice", "2", "customise"),
        ("rules.choice", "customise", "customise"),
        ("rules.conflict.7", "theirs", "existing"),
        ("rules.conflict.1", "保留新增规则", "added"),
    ],
)
def test_a_good_answer_is_taken_for_what_it_means(place: Place, question: str, text: str, meant: str) -> None:
    check(place.desk(), question, text)
    assert (read_choice(text) if question == "rules.choice" else read_side(text)) == meant


def test_a_rule_in_words_is_taken(place: Place) -> None:
    check(place.desk(), "rules.added", "禁止联网")
    assert [rule.text for rule in added_rules("禁止联网")] == ["禁止联网"]


def test_later_stages_may_not_change_what_the_rules_forbid(place: Place) -> None:
    place.answer(added="Never touch `src/`").work()
    role = Role(role="coder", duty="", reads=[], writes=["*"], runs=[], specs=[])
    later = replace(place.desk(), role=role, stage="debug")

    with pytest.raises(UsageError, match=r"src/train\.py may not be changed"):
        later.put({"src/train.py": "x = 2\n"}, "a repair")

    assert place.text("src/train.py") == "x = 1\n"
    assert later.put({"notes.txt": "fine\n"}, "another")
    replace(later, own_specs=False, stage="build").put({"src/train.py": "x = 2\n"}, "an earlier stage")


def test_a_file_that_is_gone_was_allowed_to_go(place: Place) -> None:
    with pytest.raises(FoundryError, match=r"may not write src/train\.py"):
        place.desk().put({"CLAUDE.local.md": "x"}, "no", gone=["src/train.py"])
    assert (place.root / "src/train.py").is_file()
