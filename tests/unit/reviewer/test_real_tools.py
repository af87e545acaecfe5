"""The tools in the environment of proofs, on the whole project: what each is for it finds, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from agents.reviewer.review import repair
from agents.reviewer.subject import Subject, package_of
from agents.reviewer.tools import TOOLS, Report, Tool
from framework.artifacts.review import ReviewFinding
from framework.runtime import history
from framework.runtime.tools import ask, tried
from framework.runtime.venvs import Venv
from framework.runtime.workspace import Workspace
from tests.unit.reviewer.conftest import desk_at

pytestmark = pytest.mark.slow

EXTRA = "src/scratch_llm/utils/extra.py"
TEST = "tests/utils/test_extra.py"
HEAD = '"""More of it."""\n\nfrom __future__ import annotations\n'


@pytest.fixture(scope="module")
def project(clean_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The reviewer at work on the clean project."""
    return desk_at(Path(shutil.copytree(clean_folder, tmp_path_factory.mktemp("real") / "scratch")))


@pytest.fixture
def desk(project: Workspace) -> Iterator[Workspace]:
    """The same; whatever a test adds to it or commits is taken back afterwards."""
    git = ["git", "-C", str(project.files.root)]
    start = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    yield project
    subprocess.run([*git, "reset", "--quiet", "--hard", start], check=True)
    subprocess.run([*git, "clean", "--quiet", "-d", "--force"], check=True)


def looked(desk: Workspace, venv: Venv, *tools: Tool) -> list[ReviewFinding]:
    """What the tools find in the project as it stands."""
    subject, report = subject_of(desk), Report([], [], set())
    for tool in tools:
        report.use(tool, subject, ask(venv, desk.files.root, tool.command(subject)))
    assert all(run.receipt and run.looked_at > 100 for run in report.runs)
    return report.findings


def subject_of(desk: Workspace) -> Subject:
    tree = desk.code()
    return Subject(tree, package_of(tree), None, "en")


def named(name: str) -> Tool:
    return next(tool for tool in TOOLS if tool.name == name)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_the_clean_project_gives_no_tool_anything_to_say(tool: Tool, desk: Workspace, verification: Venv) -> None:
    assert [(one.file, one.line, one.evidence) for one in looked(desk, verification, tool)] == []


DEFECTS = [
    ("mypy", "\n\ndef width(text: str) -> int:\n    return text\n", 7, "return-value"),
    ("mypy", "\nfrom scratch_llm.utils.files import sha256\n\nDIGEST = sha256(1)\n", 7, "arg-type"),
    ("ruff", "\nimport os\n", 5, "F401"),
    ("ruff_format", "\nWIDTH  =  1\n", None, "layout"),
    ("compileall", "\n\ndef width(:\n    return 1\n", 6, "SyntaxError"),
    ("import_all", "\nimport module_of_nobody\n\nWIDTH = module_of_nobody.WIDTH\n", 5, "module_of_nobody"),
    ("bandit", "\nimport hashlib\n\nDIGEST = hashlib.md5(b'').hexdigest()\n", 7, "B324"),
]


@pytest.mark.parametrize(("tool", "text", "line", "words"), DEFECTS, ids=[f"{one[0]}-{one[3]}" for one in DEFECTS])
def test_a_defect_is_found_by_the_tool_that_is_for_it(
    tool: str, text: str, line: int | None, words: str, desk: Workspace, verification: Venv
) -> None:
    (desk.files.root / EXTRA).write_text(HEAD + text, encoding="utf-8")
    [found] = looked(desk, verification, named(tool))
    assert (found.check, found.file, found.line) == (tool, EXTRA, line)
    assert words in found.evidence


def test_what_is_mechanical_is_repaired_and_committed_and_no_test_is_touched(
    desk: Workspace, verification: Venv
) -> None:
    root = desk.files.root
    wrong = HEAD + "\nimport os\n\nWIDTH  =  1\n"
    (root / TEST).parent.mkdir(exist_ok=True)
    for file in (EXTRA, TEST):
        (root / file).write_text(wrong, encoding="utf-8")
    history.record(desk.files, "work of a person")
    style = (named("ruff"), named("ruff_format"))
    found = looked(desk, verification, *style)
    assert {(one.check, one.file) for one in found} == {(t.name, file) for t in style for file in (EXTRA, TEST)}

    [made] = repair(desk, subject_of(desk), found, partial(tried, verification))

    assert (made.check, made.files) == ("ruff", [EXTRA])
    assert (root / EXTRA).read_text(encoding="utf-8") == HEAD + "\nWIDTH = 1\n"
    assert (root / TEST).read_text(encoding="utf-8") == wrong
    show = ["git", "-C", str(root), "show", "--format=%s", "--name-only", made.commit]
    done = subprocess.run(show, capture_output=True, text=True, check=True).stdout.split()
    assert done == ["review:", "ruff", EXTRA]
    assert {one.file for one in looked(desk, verification, *style)} == {TEST}
