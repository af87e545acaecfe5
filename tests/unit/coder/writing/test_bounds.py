"""What a model may write at all: new modules with tests, in their places, that open no door and change nobody."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.coder.writing.bounds import Written, written_faults
from tests.unit.coder.writing.little import CODE, FILES, GOOD, MODULE, TEST, TESTS, answer, tree


def faults(given_answer: Any) -> str:
    return " | ".join(written_faults(tree(), Written.model_validate(given_answer)))


def test_a_new_module_with_its_test_may_be_tried() -> None:
    assert faults(GOOD) == ""


def test_who_cannot_do_it_writes_nothing() -> None:
    assert faults({"files": [], "claim": ""}) == ""


PLACES = [
    "src/small/evaluation/metrics.py",
    "src/small/evaluation/chrf.py",
    "src/small/extra_chrf.py",
    "src/small/data/extra_chrf.py",
    "src/small/../evaluation/extra_chrf.py",
    "../src/small/evaluation/extra_chrf.py",
    "/src/small/evaluation/extra_chrf.py",
    "src/other/evaluation/extra_chrf.py",
    "src/small/evaluation/.extra_chrf.py",
    "src/small/evaluation/extra_chrf.pyc",
    "src/small/evaluation/extra_chrf.py ",
    "src/small/evaluation/extra_chrf.py\x00",
    "src\\small\\evaluation\\extra_chrf.py",
    "src/small/evaluation/extra_CHRF.py",
    "tests/extra/conftest.py",
    "tests/evaluation/test_metrics.py",
    "tests/extra/../test_chrf.py",
    ".git/hooks/pre-commit",
    ".foundry/ledger.jsonl",
    "pyproject.toml",
    "conftest.py",
    "sitecustomize.py",
]


@pytest.mark.parametrize("path", PLACES)
def test_nowhere_else(path: str) -> None:
    assert faults(answer(module=path)) != ""


@pytest.mark.parametrize("there", [MODULE, TEST])
def test_nothing_that_is_there_is_written_over(there: str) -> None:
    written = Written.model_validate(GOOD)
    assert "is there already" in " ".join(written_faults(tree({there: "x = 1\n"}), written))


def test_a_module_comes_with_a_test_and_a_test_with_a_module() -> None:
    both = GOOD["files"]
    assert "there must be a test" in faults({"files": both[:1], "claim": "It counts."})
    assert "there must be a module" in faults({"files": both[1:], "claim": "It counts."})
    assert "stands there once" in faults({"files": [*both, both[0]], "claim": "It counts."})


FUNCTION = "\n\ndef other(text: str) -> float:\n    {}\n    return 1.0 * len(text)\n"
DOORS = [
    "import os",
    "import subprocess",
    "import socket",
    "from pathlib import Path",
    "import requests",
    "import sys",
    "import pytest",
    "from . import metrics",
    "__import__('o' + 's')",
    "eval(text)",
    "open(text, 'w')",
    "getattr(text, 'upper')",
    "().__class__.__base__.__subclasses__()",
    "\uff45\uff58\uff45\uff43(text)",
    "text = 'small/.foundry/ledger.jsonl'",
    "import small.evaluation.metrics as m; m.exact = other",
    "from small.evaluation.metrics import TABLE; TABLE['exact'] = other",
    "from small.evaluation.metrics import TABLE; TABLE.update(exact=other)",
    "from small.evaluation.metrics import TABLE; del TABLE['exact']",
    "import small; small.evaluation.metrics.exact = other",
]


@pytest.mark.parametrize("line", DOORS)
def test_code_opens_no_door_and_changes_nobody(line: str) -> None:
    assert "may not" in faults(answer(CODE + FUNCTION.format(line)))
    assert faults(answer(tests=TESTS + FUNCTION.format(line))) != "" or line == "import pytest"


@pytest.mark.parametrize(
    "line", ["print(1)", "for one in (1, 2):\n    X = one", "if True:\n    X = 1", "assert 1 == 1"]
)
def test_an_import_does_nothing(line: str) -> None:
    assert "only imports" in faults(answer(f"{CODE}\n\n{line}\n"))


TOOTHLESS = [
    "def test_a() -> None:\n    pass\n",
    "import pytest\n\n\n@pytest.mark.skip\ndef test_a() -> None:\n    assert chrf('a', 'a') == 2\n",
    "import pytest\n\n\n@pytest.mark.xfail\ndef test_a() -> None:\n    assert chrf('a', 'a') == 2\n",
    "def test_a(monkeypatch: object) -> None:\n    assert chrf('a', 'a') == 2\n",
    "from unittest import mock\n\n\ndef test_a() -> None:\n    assert mock\n",
    "def helper() -> None:\n    assert chrf('a', 'a') == 2\n",
]


@pytest.mark.parametrize("rest", TOOTHLESS)
def test_a_test_has_teeth(rest: str) -> None:
    assert faults(answer(tests=f"from small.evaluation.extra_chrf import chrf\n\n\n{rest}")) != ""


def test_a_test_imports_what_it_tests() -> None:
    assert "no test imports" in faults(answer(tests="def test_a() -> None:\n    assert 1 + 1 == 2\n"))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (CODE + "X = 1\n" * 201, "200 lines"),
        (CODE + "# \x1b[2J\n", "cannot be printed"),
        ("def broken(:\n", "not valid"),
        ("X = " + "-" * 3000 + "1\n", "nested"),
        ("# \u202e reversed\n" + CODE, "cannot be printed"),
    ],
)
def test_it_is_short_plain_python(code: str, words: str) -> None:
    assert words in faults(answer(code))


@pytest.mark.parametrize(
    "claim", ["", "  ", "See https://example.org for it.", "It **works**.", "Run `make`.", "See src/x.py."]
)
def test_a_claim_is_a_sentence(claim: str) -> None:
    assert "claim" in faults(answer(claim=claim))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from([MODULE, TEST, *PLACES, ""]))
def test_whatever_it_writes_is_judged(code: str, tests: str, path: str) -> None:
    said = written_faults(tree(), Written.model_validate(answer(code, tests, module=path)))
    assert said or (path == MODULE and "assert" in tests)


def test_nothing_in_the_project_is_touched_by_looking() -> None:
    before = dict(tree().files)
    faults(GOOD)
    assert {name: text.encode() for name, text in FILES.items()} == before
