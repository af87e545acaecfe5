"""The gate of mini_dataset.md: the files are counted and compared again, whatever the report says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framework.artifacts.codec import encode
from framework.artifacts.files import ProjectFiles, write_text
from framework.artifacts.mini_dataset import MiniDataset
from framework.artifacts.requirements import Project
from framework.gates.mini_data import findings
from framework.messages import LANGUAGES, Lang
from tests.unit.dataset.mini_project import PLOTS, RULES, body_of, facts, jsonl, make, notebook, picture, report, texts

TRAIN, VALIDATION, TEST = jsonl(texts(0, 40)), jsonl(texts(40, 5)), jsonl(texts(45, 5))


def said(files: ProjectFiles) -> list[str]:
    return [finding.message for finding in findings(files)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_dataset_that_is_as_described_passes(tmp_path: Path, lang: Lang) -> None:
    assert said(make(tmp_path, lang)) == []


def test_a_file_that_is_gone_or_changed_is_named(tmp_path: Path) -> None:
    files = make(tmp_path)
    (tmp_path / "data/mini/train.jsonl").unlink()
    write_text(tmp_path / "data/mini/test.jsonl", TEST + jsonl(texts(90, 1)))
    missing, changed = said(files)[:2]
    assert "data/mini/train.jsonl is missing" in missing and "`foundry resume` makes it again" in missing
    assert "data/mini/test.jsonl is not the file" in changed and "6 rows, not 5" in changed


@pytest.mark.parametrize(("lang", "says"), [("en", "edited by hand in data/mini"), ("zh", "手工修改")])
def test_what_was_edited_and_put_aside_is_told_and_does_no_harm(tmp_path: Path, lang: Lang, says: str) -> None:
    files = make(tmp_path, lang)
    write_text(tmp_path / "data/mini-edited-1/train.jsonl", jsonl(["mine"]))
    [found] = findings(files)
    assert found.severity == "warning"
    assert "data/mini-edited-1" in found.message and says in found.message and "--data" in found.message


@pytest.mark.parametrize(
    ("copied", "exact", "near"),
    [
        (texts(3, 1), 1, 0),
        ([texts(3, 1)[0].upper() + "  \n"], 1, 0),
        ([" ".join(texts(60, 10)) + " and so on"], 0, 1),
    ],
)
def test_a_row_that_stands_in_two_parts_is_found(tmp_path: Path, copied: list[str], exact: int, near: int) -> None:
    train = jsonl([*texts(0, 40), " ".join(texts(60, 10))])
    [found] = said(make(tmp_path, parts={"train": train, "validation": jsonl([*texts(40, 5), *copied]), "test": TEST}))
    assert f"{exact} rows stand in two of them, and {near} nearly so" in found


def test_texts_that_differ_in_a_number_are_no_overlap(tmp_path: Path) -> None:
    sums = [f"What is {i} + {j}?" for i in range(10) for j in range(10)]
    files = make(
        tmp_path, parts={"train": jsonl(sums[:80]), "validation": jsonl(sums[80:90]), "test": jsonl(sums[90:])}
    )
    assert said(files) == []


def test_lines_that_are_no_record_are_named(tmp_path: Path) -> None:
    parts = {"train": TRAIN + "not json\n{}\n", "validation": VALIDATION, "test": TEST}
    [found] = said(make(tmp_path, parts=parts))
    assert "2 lines are no record (lines 41, 42)" in found


def test_an_empty_part_and_one_that_the_rules_ask_for(tmp_path: Path) -> None:
    missing, empty = said(make(tmp_path, parts={"train": TRAIN, "validation": ""}))[:2]
    assert "parts that are not there: test" in missing
    assert "data/mini/validation.jsonl holds no row" in empty


def test_shares_that_are_far_off_are_a_warning(tmp_path: Path) -> None:
    files = make(tmp_path, parts={"train": TRAIN, "validation": jsonl(texts(50, 40)), "test": TEST})
    found = list(findings(files))
    assert {finding.severity for finding in found} == {"warning"}
    assert "validation has 40 of 85 rows" in found[1].message


def test_other_rules_and_too_many_tokens(tmp_path: Path) -> None:
    files = make(tmp_path, rules=RULES.model_dump() | {"seed": 5})
    assert said(files) == ["it was not drawn by the rules of venv.md."]
    found = facts({"train": TRAIN, "validation": VALIDATION, "test": TEST})
    large = {name: part.model_copy(update={"tokens": 900}) for name, part in found.splits.items()}
    report(files, found.model_copy(update={"splits": large}))
    assert said(files) == ["it holds 2700 tokens, and the rules allow 1000."]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (notebook({"output_type": "error", "ename": "KeyError", "evalue": "'x'"}), "shows errors: KeyError: 'x'"),
        (notebook(count=None), "cell 1 was not executed"),
        ("{", "explore_mini_data.ipynb is missing or cannot be read"),
        (json.dumps({"cells": [{"cell_type": "code"}]}), "is missing or cannot be read"),
    ],
)
def test_a_notebook_that_did_not_run_well_is_told(tmp_path: Path, content: str, says: str) -> None:
    files = make(tmp_path)
    write_text(tmp_path / "reports/explore_mini_data.ipynb", content)
    [found] = said(files)
    assert says in found


def test_a_notebook_that_failed_says_so_and_nothing_else(tmp_path: Path) -> None:
    files = make(tmp_path)
    report(files, facts({"train": TRAIN, "validation": VALIDATION, "test": TEST}), exit_code=1)
    [found] = said(files)
    assert "scripts/explore_mini_data.ipynb could not be executed" in found


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", picture(9, 9), picture(shades=2), picture()[:80]]
)
def test_a_plot_that_shows_nothing_is_told(tmp_path: Path, data: bytes) -> None:
    files = make(tmp_path)
    (tmp_path / PLOTS[0]).write_bytes(data)
    assert said(files) == [f"{PLOTS[0]} is missing, or is no picture that shows something."]


def test_while_nothing_is_drawn_it_does_not_pass(tmp_path: Path) -> None:
    files = make(tmp_path)
    empty = MiniDataset(project=Project(name="demo", title="Demo", language="en"), wanted="TinyStories")
    write_text(files.report(MiniDataset.FILE), encode(empty, ""))
    assert said(files) == ["nothing was drawn."]
    assert (empty.config, empty.overrides) == ("", [])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_shows_everything_and_nothing_in_it_is_markup(tmp_path: Path, lang: Lang) -> None:
    body = body_of(make(tmp_path, lang))
    assert "my\\_data.csv" in body and "GBK" in body and "2 cells \\| where" in body
    assert "a\\*\\*\\*@" in body
    assert "<script>" not in body and "\\<script\\>" in body and "\n# no heading" not in body
    assert "](plots/mini_a.png)" in body
    assert "--config configs/pretrain/mini.yaml data.path=data/mini" in body
