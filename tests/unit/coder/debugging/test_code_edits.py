"""Edits of code: each does what it says, leaves the rest byte for byte, and gives Python or nothing."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from agents.coder.debugging.code_edits.edits import CodeEdit, Edit, applied, apply_all, changed_files, filled_in

_EDIT: TypeAdapter[Edit] = TypeAdapter(Edit)


def _edit(do: str, **fields: object) -> CodeEdit:
    return _EDIT.validate_python({"do": do, **fields})


CASES = yaml.safe_load((Path(__file__).parent / "code_edits.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_an_edit_does_what_it_says(case: dict[str, Any]) -> None:
    assert _EDIT.validate_python(case["edit"]).apply(case["before"]) == case["after"]
    ast.parse(case["after"])


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_ends_of_lines_stay(ending: str) -> None:
    edit = _edit("add_keyword", call=["f"], name="a", value="1")
    before, after = "x = 1\nf(\n    y,\n)\n", "x = 1\nf(\n    y,\n    a=1,\n)\n"
    assert edit.apply(before.replace("\n", ending)) == after.replace("\n", ending)


NOT = [
    ("no Python", _edit("rename", old="a", new="b"), "a = = 1\n"),
    ("a null byte", _edit("rename", old="a", new="b"), "a\0"),
    ("the keyword is there under both names", _edit("rename_keyword", old="a", new="b"), "f(a=1, b=2)\n"),
    ("nothing of that name", _edit("remove_keyword", name="a"), "f(b=1)\n"),
    ("no call to move it to", _edit("move_keyword", into=["C"], name="a"), "f(a=1)\n"),
    ("a value that comes too late", _edit("move_keyword", call=["f"], into=["C"], name="a"), "C()\nx = 1\nf(a=x)\n"),
    ("an argument that is a generator", _edit("replace", find="(i for i in x)", put="y + 1"), "sum(i for i in x)\n"),
    ("a hole that was not found", _edit("replace", find="f($x)", put="g($y)"), "f(1)\n"),
    ("a template that is no Python", _edit("replace", find="f($x)", put="g($x"), "f(1)\n"),
    ("a statement on a shared line", _edit("insert_statement", statement="b()", at="a()"), "a(); c()\n"),
    ("what is already there", _edit("replace", find="x", put="x.long()", line=1), "y = x.long()\n"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "edit", "before"), NOT, ids=[name for name, _, _ in NOT])
def test_an_edit_that_does_not_apply_gives_nothing(name: str, edit: CodeEdit, before: str) -> None:
    assert applied(before, edit) is None


def test_an_edit_brings_its_imports() -> None:
    edit = _edit("replace", find="AdamW($x)", put="torch.optim.AdamW($x)", imports=["import torch"])
    assert applied("o = AdamW(p)\n", edit) == "import torch\n\no = torch.optim.AdamW(p)\n"


def test_edits_apply_together_or_not_at_all() -> None:
    first, second = _edit("rename", old="a", new="b"), _edit("remove_keyword", name="z")
    assert apply_all("f(z=a)\n", [first, second]) == "f()\n"
    assert apply_all("f(a)\n", [first, second]) is None
    assert changed_files({"x.py": "f(z=a)\n", "y.py": "f(a)\n", "z.md": "a"}, [first, second]) == {"x.py": "f()\n"}


def test_only_names_and_numbers_from_outside_become_code() -> None:
    edit = _edit("rename_keyword", call=["{who}"], old="{old}", new="b")
    filled = filled_in(edit, {"who": "trl.SFTTrainer", "old": "tokenizer"})
    assert filled == _edit("rename_keyword", call=["trl.SFTTrainer"], old="tokenizer", new="b")
    assert filled_in(edit, {"who": "f", "old": "a=1); import os; f(b"}) is None
    assert filled_in(edit, {"who": "f"}) is None


def test_a_name_must_be_one() -> None:
    with pytest.raises(ValidationError):
        _edit("rename_keyword", old="a b", new="c")
