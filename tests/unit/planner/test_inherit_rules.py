"""Stage rules in a small project: inherited or customised, contradictions asked about, every decision in the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.planner.conventions.documents import listed_rules
from agents.planner.conventions.enforcing import enforced_block
from framework.artifacts.files import write_text
from framework.artifacts.project_rules import Rules
from framework.knowledge.specs import given_document
from framework.messages import LANGUAGES, Lang, say
from tests.unit.planner.rules_desk import Place

ADDED = "never use the network; at most 3 attempts; never touch `configs/serve/`"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "demo").begin()


def test_the_key_rules_are_shown_and_inheriting_is_the_default(place: Place) -> None:
    rules = place.work()

    (question,) = rules.open_questions()
    assert question.id == "rules.choice"
    assert "Never overwrite data" in question.text
    assert question.default == question.choices[0] == "inherit them as they are"
    assert place.there() == []
    assert not place.judged().passed


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("words", ["inherit", "1", "the sentence"])
def test_inherited_rules_are_those_of_the_document(tmp_path: Path, lang: Lang, words: str) -> None:
    place = Place(tmp_path / "demo", lang).begin()
    said = say(lang, "rules.choice_inherit") if words == "the sentence" else words
    rules = place.answer(choice=said).work()

    assert place.judged().findings == []
    assert place.there() == ["CLAUDE.inherited.md"]
    assert rules.source_sha256 in place.text("CLAUDE.inherited.md")
    assert len(rules.rules) == len(listed_rules(place.text("CLAUDE.md")))
    assert rules.enforced.max_attempts == 8
    assert rules.forbids("tests/test_model.py")
    assert not rules.forbids("src/train.py")
    assert [(change.what, change.by) for change in rules.changes] == [("rules.choice", "person")]


def test_a_default_and_a_skipped_question_are_nobodys_decision(place: Place) -> None:
    rules = place.answer("default", choice="inherit them as they are").work()
    assert [change.by for change in rules.changes] == ["default"]
    rules = place.answer("skip", choice=None).work()
    assert place.judged().findings == []
    assert [change.by for change in rules.changes] == ["default"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_added_rules_are_enforced_and_logged(tmp_path: Path, lang: Lang) -> None:
    place = Place(tmp_path / "demo", lang).begin()
    added = ADDED if lang == "en" else "禁止联网；最多尝试 3 次；不得修改 configs/serve/ 目录"
    rules = place.answer(added=added).work()

    assert place.judged().findings == []
    assert rules.choice == "customise"
    assert place.there() == ["CLAUDE.local.md"]
    assert (rules.enforced.network, rules.enforced.downloads, rules.enforced.max_attempts) == (False, False, 3)
    assert rules.forbids("configs/serve/default.yaml")
    assert rules.forbids("tests/test_model.py"), "what CLAUDE.md enforces goes on"
    assert [rule.enforced for rule in rules.rules if rule.origin == "added"] == [
        ["downloads", "network"],
        ["max_attempts"],
        ["forbidden_paths"],
    ]
    logged = {change.what: (change.before, change.after, change.by) for change in rules.changes}
    assert logged["enforced.max_attempts"] == ("8", "3", "person")
    assert all(change.why and change.at for change in rules.changes)


def test_the_customised_file_holds_all_rules_and_is_read_as_it_was_meant(place: Place) -> None:
    rules = place.answer(added=ADDED).work()
    text = place.text("CLAUDE.local.md")

    assert [rule.text for rule in listed_rules(text)] == [rule.text for rule in rules.rules]
    assert enforced_block(given_document("CLAUDE.local.md", text)) == rules.enforced
    assert "replaces CLAUDE.md" in text.splitlines()[3]
    assert not text.startswith("<!-- foundry spec")


def test_who_wants_to_add_is_asked_what(place: Place) -> None:
    rules = place.answer(choice="add rules of our organisation").work()
    assert [question.id for question in rules.open_questions()] == ["rules.added"]
    assert place.there() == []

    assert place.answer(added="Comments are written in French").work().choice == "customise"
    assert place.judged().findings == []


def test_who_then_adds_nothing_inherits(place: Place) -> None:
    place.answer(choice="customise").answer("skip", added=None).work()
    assert place.judged().findings == []
    assert place.there() == ["CLAUDE.inherited.md"]


def test_a_contradiction_becomes_a_question(place: Place) -> None:
    rules = place.answer(added="You may overwrite data; lines of at most 100 characters").work()

    overwrite, lines = rules.open_questions()
    assert (overwrite.id, lines.id) == ("rules.conflict.1", "rules.conflict.2")
    assert "You may overwrite data" in overwrite.text
    assert "Never overwrite data" in overwrite.text
    assert overwrite.default == "keep the existing rule", "the stricter one"
    assert lines.default == "keep the added rule", "the stricter one"
    assert place.there() == []
    assert len(place.judged().findings) == 2


@pytest.mark.parametrize(
    ("side", "kept", "dropped"),
    [
        ("existing", "- Never overwrite data", "You may overwrite data"),
        ("added", "- You may overwrite data\n", "Never overwrite data"),
        ("both", "- You may overwrite data (an exception to: Never overwrite data", ""),
        ("2", "- You may overwrite data\n", "Never overwrite data"),
        ("keep both, the added rule as an exception", "an exception to", ""),
    ],
)
def test_a_contradiction_is_settled_as_the_person_says(place: Place, side: str, kept: str, dropped: str) -> None:
    place.answer(added="You may overwrite data").work()
    rules = place.answer(conflict_1=side).work()

    text = place.text("CLAUDE.local.md")
    assert place.judged().findings == []
    assert kept in text
    assert not dropped or dropped not in text
    assert rules.conflicts[0].settled in [change.after for change in rules.changes if change.what == "rules.conflict.1"]


def test_a_conflicts_answer_is_never_taken_for_another_one(place: Place) -> None:
    place.answer(added="You may overwrite data").work()
    place.answer(conflict_1="added").work()

    rules = place.answer(added="Secrets may be committed").work()

    assert [question.id for question in rules.open_questions()] == ["rules.conflict.2"]


def test_from_one_to_the_other_and_back_leaves_one_file_and_the_whole_log(place: Place) -> None:
    place.answer("default", choice="inherit").work()
    place.answer(added=ADDED).work()
    assert place.there() == ["CLAUDE.local.md"]
    assert place.judged().findings == []

    rules = place.answer(choice="inherit", added=None).work()

    assert place.there() == ["CLAUDE.inherited.md"]
    assert place.judged().findings == []
    assert [change.after for change in rules.changes if change.what == "rules.choice"] == [
        "inherit",
        "customise",
        "inherit",
    ]
    withdrawn = [change.before for change in rules.changes if change.after == ""]
    assert "never use the network" in withdrawn
    assert "CLAUDE.local.md" in place.git("log", "--diff-filter=D", "--name-only", "--format=")


def test_the_newer_of_two_answers_counts(place: Place) -> None:
    place.answer(choice="inherit").work()
    assert place.answer(added=ADDED).work().choice == "customise"
    assert place.work().choice == "customise", "and still does when nothing new was said"


def test_the_same_again_changes_nothing(place: Place) -> None:
    first = place.answer(added=ADDED).work()
    head = place.git("rev-parse", "HEAD")
    again = place.work()
    assert again.changes == first.changes
    assert place.git("rev-parse", "HEAD") == head


def test_a_file_adds_its_rules_and_its_block(place: Place) -> None:
    text = (
        "# Our house\n## Privacy\n- Prompts are never logged\n\n```yaml\nenforced: {no_new_dependencies: true}\n```\n"
    )
    rules = place.answer(file=text).work()

    assert place.judged().findings == []
    assert rules.enforced.no_new_dependencies
    assert rules.enforced.max_attempts == 8
    assert "## Privacy\n- Prompts are never logged" in place.text("CLAUDE.local.md")


def test_a_file_that_calls_itself_claude_md_replaces_all_rules(place: Place) -> None:
    rules = place.answer(file="<!-- foundry spec: CLAUDE.md -->\n# Ours\n## Only this\n- No new dependencies\n").work()

    assert place.judged().findings == []
    assert [rule.text for rule in rules.rules] == ["No new dependencies"]
    assert rules.enforced.max_attempts is None
    assert rules.enforced.no_new_dependencies
    assert "Never commit" not in place.text("CLAUDE.local.md")


def test_an_edited_file_is_noticed_by_the_gate_and_can_be_given_back(place: Place) -> None:
    place.answer(added=ADDED).work()
    edited = place.text("CLAUDE.local.md").replace("- Never commit secrets, data, weights or outputs.\n", "")
    write_text(place.root / "CLAUDE.local.md", edited)
    assert "--set rules.file=CLAUDE.local.md" in place.judged().findings[0].message

    rules = place.answer(file=edited, added=None).work()

    assert place.judged().findings == []
    assert "Never commit" not in place.text("CLAUDE.local.md")
    assert rules.enforced.max_attempts == 3
    assert "never use the network" in [rule.text for rule in rules.rules]


def test_user_text_stays_text(place: Place) -> None:
    nasty = (
        "Never `rm -rf`\n```\n- x | y <b>|</b> ${HOME} {{ braces }} {fields}\n- \"quoted\" 'paths' `../../etc/passwd`"
    )
    rules = place.answer(added=nasty).work()
    assert place.judged().findings == []
    assert "{fields}" in rules.body()
    assert not any(path.startswith(("/", "..")) for path in rules.enforced.forbidden_paths)


def test_the_report_says_what_the_program_sees_to(place: Place) -> None:
    rules: Rules = place.answer(added=ADDED).work()
    body = rules.body()
    assert "No stage changes `LICENSE`" in body
    assert "A failing run is repaired at most 3 times." in body
    assert "| never use the network | added | program |" in body
    assert "3 of them added" in rules.headline()


@pytest.mark.parametrize(("rule", "is_idle"), [("Never change src/train.py", False), ("Leave src/gone.py alone", True)])
def test_the_report_says_which_forbidden_path_is_no_file(place: Place, rule: str, is_idle: bool) -> None:
    rules = place.answer(added=rule).work()
    (path,) = (one for one in rules.enforced.forbidden_paths if one.startswith("src/"))
    assert (path in rules.idle_paths) == is_idle
    said = next((line for line in rules.body().splitlines() if "has no file at the moment" in line), "")
    assert (f"`{path}`" in said) == is_idle
