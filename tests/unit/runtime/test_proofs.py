"""Proofs leave receipts: of their own tests, also where several are run as one."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from framework.errors import MissingOutside
from framework.runtime.proofs import prove

TEST = ["python", "-m", "pytest", "-q"]


@dataclass(frozen=True)
class Here:
    """The environment that these tests run in."""

    root: Path
    python: Path = Path(sys.executable)
    key: str = "here"

    def program(self, name: str) -> Path:
        return self.python.parent / name


@pytest.fixture
def here(tmp_path_factory: pytest.TempPathFactory) -> Here:
    return Here(tmp_path_factory.mktemp("environment"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    tests = {
        "tests/good/test_one.py": "def test_a():\n    assert 1\n\ndef test_b():\n    assert 2\n",
        "tests/bad/test_two.py": "def test_a():\n    assert 1\n\ndef test_c():\n    assert 1 == 2, 'one is not two'\n",
        "tests/broken/test_three.py": "import nothing_of_that_name\n\ndef test_d():\n    pass\n",
        "tests/empty/test_four.py": "",
        "src/tale.py": "NAME = 'tale'\n",
    }
    for name, text in tests.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_each_proof_gets_the_outcome_of_its_own_tests(project: Path, here: Here) -> None:
    commands = [[*TEST, f"tests/{name}"] for name in ("good", "bad", "broken", "empty")]
    good, bad, broken, empty = prove(here, project, commands)
    assert (good.rc, good.proved, good.tail) == (0, "2 passed", "")
    assert (bad.rc, bad.proved) == (1, "1 failed, 1 passed")
    assert "one is not two" in bad.tail
    assert broken.rc == 1
    assert "nothing_of_that_name" in broken.tail
    assert (empty.rc, empty.proved) == (1, "0 passed")  # nothing was shown


def test_the_same_outcome_has_the_same_hash(project: Path, here: Here) -> None:
    [first] = prove(here, project, [[*TEST, "tests/good"]])
    [again] = prove(here, project, [[*TEST, "tests/good"]])
    assert first.output_hash == again.output_hash
    (project / "tests/good/test_one.py").write_text("def test_a():\n    pass\n")
    [fewer] = prove(here, project, [[*TEST, "tests/good"]])
    assert fewer.passed
    assert fewer.output_hash != first.output_hash


def test_another_command_is_judged_by_its_exit_code_and_finds_the_package(project: Path, here: Here) -> None:
    good, bad = prove(
        here,
        project,
        [["python", "-c", "import tale"], ["python", "-c", "raise SystemExit('no luck')"]],
    )
    assert (good.rc, good.proved) == (0, "exit 0")
    assert (bad.rc, bad.tail) == (1, "no luck")


def test_a_proof_leaves_nothing_behind(project: Path, here: Here) -> None:
    before = sorted(path for path in project.rglob("*"))
    prove(here, project, [[*TEST, "tests/good"], ["python", "-c", "import tale"]])
    assert sorted(path for path in project.rglob("*")) == before


def test_a_program_that_is_not_there_is_missing_outside(project: Path, here: Here) -> None:
    with pytest.raises(MissingOutside, match="no_such_program"):
        prove(here, project, [["no_such_program"]])
