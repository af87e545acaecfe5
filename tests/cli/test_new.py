"""`foundry new` without a terminal: it runs, or says what it needs; what it refuses leaves no trace."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import STAGES, WISH, Foundry

CHINESE = "我想用两张 4090 微调一个 7B 的客服模型,三天之内,要能商用"
FILES = [stage.artifact.FILE for stage in STAGES]


def reports(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "reports").glob("*")) if root.exists() else []


def test_with_yes_it_runs_to_the_end(foundry: Foundry, home: Path) -> None:
    result = foundry("new", WISH, "--name", "tales", "--yes")
    assert (result.code, result.err) == (0, "")
    assert reports(home / "generated" / "tales") == sorted(FILES)
    for stage in STAGES:
        assert f"{stage.name}: passed" in result.out
        assert f"generated/tales/reports/{stage.artifact.FILE}" in result.out
    assert "foundry inspect tales" in result.out


def test_without_a_terminal_it_says_what_it_asks_and_how_to_answer(foundry: Foundry, home: Path) -> None:
    result = foundry("new", WISH, "--name", "tales")
    assert result.code == 3
    for way in ("foundry resume tales", "--answers answers.yaml", "--set ", "--yes", "Why it matters:"):
        assert way in result.out
    assert "technology: passed" not in result.out


def test_the_example_it_prints_is_a_valid_answers_file(foundry: Foundry, home: Path) -> None:
    shown = foundry("new", WISH, "--name", "tales").out
    example = shown.split("answers.yaml, ready to use")[1].partition("\n")[2]
    (home / "answers.yaml").write_text(example, encoding="utf-8")
    asked = yaml.safe_load(example)
    assert asked
    result = foundry("resume", "tales", "--answers", "answers.yaml", "--json")
    assert result.code in (0, 3)
    assert not {question["id"] for question in result.json["questions"]} & set(asked)


def test_json_is_one_document(foundry: Foundry, home: Path) -> None:
    waiting = foundry("new", WISH, "--name", "tales", "--json")
    assert waiting.code == 3
    document = waiting.json
    assert (document["project"], document["outcome"], document["exit_code"]) == ("tales", "waiting", 3)
    assert document["path"] == str(home / "generated" / "tales")
    assert {"id", "text", "why", "choices", "default"} <= document["questions"][0].keys()
    done = foundry("resume", "tales", "--yes", "--json")
    assert (done.code, done.json["outcome"]) == (0, "done")
    assert [stage["state"] for stage in done.json["status"]["stages"]][: len(STAGES)] == ["fresh"] * len(STAGES)


def test_until_stops_after_the_stage(foundry: Foundry, home: Path) -> None:
    first = STAGES[0]
    result = foundry("new", WISH, "--name", "tales", "--yes", "--until", first.name)
    assert result.code == 0
    assert reports(home / "generated" / "tales") == [first.artifact.FILE]


@pytest.mark.parametrize("text", ["", "   ", "😀😀", "what is the weather tomorrow", "a recipe for apple pie"])
def test_what_is_no_project_leaves_nothing(text: str, foundry: Foundry, home: Path) -> None:
    result = foundry("new", text, "--yes")
    assert result.code == 2
    assert result.err.strip()
    assert list(home.rglob("*")) == []


def test_without_a_text_it_says_so(foundry: Foundry, home: Path) -> None:
    result = foundry("new")
    assert result.code == 2
    assert "foundry new" in result.err


def test_a_dry_run_writes_nothing(foundry: Foundry, home: Path) -> None:
    result = foundry("new", CHINESE, "--dry-run")
    assert result.code == 0
    assert "RTX 4090" in result.out
    assert "reports/requirements.md" in result.out
    document = foundry("new", CHINESE, "--dry-run", "--json").json
    assert document["language"] == "zh"
    assert document["understanding"]["items"]
    assert list(home.iterdir()) == []


def test_the_text_may_come_from_a_file_or_a_pipe(foundry: Foundry, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "wish.txt").write_text(CHINESE, encoding="gb18030")
    from_file = foundry("new", "@wish.txt", "--dry-run", "--json").json
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(CHINESE.encode())))
    from_pipe = foundry("new", "-", "--dry-run", "--json").json
    assert from_file == from_pipe == foundry("new", CHINESE, "--dry-run", "--json").json


def test_words_need_no_quotes(foundry: Foundry) -> None:
    assert foundry("new", *WISH.split(), "--dry-run").out == foundry("new", WISH, "--dry-run").out


def test_a_chinese_wish_is_answered_in_chinese(foundry: Foundry, home: Path) -> None:
    result = foundry("new", CHINESE, "--name", "kefu", "--yes")
    assert result.code == 0
    assert "推荐" in result.out
    assert "完成" in foundry("status", "kefu").out


@pytest.mark.parametrize(
    "given",
    [
        ["--set", "hardware.gpus=A100"],
        ["--set", "hardware.count=many"],
        ["--set", "nonsense=null"],
        ["--set", "hardware.count"],
        ["--answers", "missing.yaml"],
    ],
)
def test_a_wrong_answer_leaves_nothing(given: list[str], foundry: Foundry, home: Path) -> None:
    result = foundry("new", WISH, "--name", "tales", "--yes", *given)
    assert result.code == 2
    assert not (home / "generated" / "tales").exists()


def test_a_wrong_answer_in_a_file_is_named_with_its_place(foundry: Foundry, home: Path) -> None:
    (home / "answers.yaml").write_text("hardware.gpu: A100\nhardware.count: many\n", encoding="utf-8")
    result = foundry("new", WISH, "--name", "tales", "--answers", "answers.yaml")
    assert result.code == 2
    assert "answers.yaml, line 2, hardware.count" in result.err


def test_an_answer_given_at_once_reaches_the_report(foundry: Foundry, home: Path) -> None:
    assert foundry("new", WISH, "--name", "tales", "--yes", "--set", "budget_usd=123").code == 0
    model = foundry("inspect", "tales", "requirements", "--json").json["model"]
    item = next(item for item in model["items"] if item["slot"] == "budget_usd")
    assert (item["value"], item["provenance"]) == (123, "answered")


@pytest.mark.parametrize(
    "injected",
    [
        "{{ 7*7 }} {% import os %}",
        "../../etc/passwd",
        "$(touch x) `touch x`",
        "[red]x[/red] [/]",
        "\x1b[2J\x1b]0;x\x07",
    ],
)
def test_a_text_is_never_more_than_text(injected: str, foundry: Foundry, home: Path) -> None:
    result = foundry("new", f"{WISH} {injected}", "--yes")
    assert result.code == 0
    shown = result.out + foundry("status").out + foundry("new", f"{WISH} {injected}", "--dry-run").out
    assert "\x1b" not in shown
    assert not (home / "x").exists()
    assert [path.parent for path in home.rglob(".foundry")] == list((home / "generated").iterdir())


def test_a_taken_name_gets_a_number(foundry: Foundry, project: Path) -> None:
    assert foundry("new", WISH, "--name", "tales", "--yes", "--json").json["project"] == "tales_2"


@pytest.mark.parametrize("name", ["Tales", "1st", "class", "torch", "../up", "a"])
def test_a_name_that_cannot_be_is_refused(name: str, foundry: Foundry, home: Path) -> None:
    result = foundry("new", WISH, "--name", name)
    assert result.code == 2
    assert name in result.err
    assert list(home.iterdir()) == []
