"""The review as a whole, on a small project with the real tools of this environment: found, repaired, reported."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from agents.reviewer.repairs import proposed
from agents.reviewer.review import review
from agents.reviewer.subject import Subject
from agents.reviewer.tools import TOOLS, Report, Tool
from framework.artifacts.files import write_text
from framework.artifacts.review import CheckRun, Repair, ReviewFinding
from framework.errors import FoundryError
from framework.runtime.codetree import CodeTree
from framework.runtime.renders import merge
from framework.runtime.tools import Said, ask, tried
from framework.runtime.venvs import Venv
from framework.runtime.workspace import Workspace
from tests.unit.reviewer.conftest import Plant, desk_at

PYPROJECT = """[project]
name = "tiny"
version = "0.1.0"
readme = "README.md"
license = "MIT"
requires-python = ">=3.11"
dependencies = ["pyyaml>=6", "pandas>=2"]

[tool.mypy]
strict = true
packages = ["tiny"]
"""
FILES = {
    "pyproject.toml": PYPROJECT,
    ".gitignore": "__pycache__/\n",
    "README.md": "# Tiny\n\nSee [the notes](notes.md).\n",
    "docs/notes.md": "# Notes\n",
    "src/tiny/__init__.py": '"""Tiny."""\n',
    "src/tiny/sizes.py": "import yaml\n\n\ndef width(text: str) -> object:\n    return yaml.safe_load(text)\n",
    "scripts/go.py": "import os\n\nfrom tiny.sizes import width\n\nprint( width('1') )\n",
    "tests/test_sizes.py": "from tiny.sizes import width\n\n\ndef test_width() -> None:\n    assert width('1') == 1\n",
}


class Here(Venv):
    """This interpreter's environment, with a place of its own for what the tools remember."""

    @property
    def python(self) -> Path:
        return Path(sys.executable)


@pytest.fixture
def desk(tmp_path: Path) -> Workspace:
    """The reviewer at work on the small project."""
    root = tmp_path / "tiny"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return desk_at(root)


@pytest.fixture
def venv(tmp_path: Path) -> Venv:
    return Here(tmp_path / "venv", "here")


def subject_of(desk: Workspace) -> Subject:
    return Subject(desk.code(), "tiny", None, "en")


def reviewed(desk: Workspace, venv: Venv) -> tuple[list[CheckRun], list[ReviewFinding], list[Repair]]:
    return review(desk, subject_of(desk), partial(ask, venv, desk.files.root), partial(tried, venv))


def looked(desk: Workspace, venv: Venv, name: str) -> Report:
    """One tool's report on the project as it stands."""
    subject, report = subject_of(desk), Report([], [], set())
    report.use(tool_named(name), subject, ask(venv, desk.files.root, tool_named(name).command(subject)))
    return report


def tool_named(name: str) -> Tool:
    return next(tool for tool in TOOLS if tool.name == name)


@pytest.mark.slow
def test_what_is_mechanical_is_repaired_and_committed_and_the_rest_stays_open(desk: Workspace, venv: Venv) -> None:
    runs, findings, repairs = reviewed(desk, venv)
    root = desk.files.root

    assert [repair.check for repair in repairs] == ["ruff", "dependencies", "links"]
    assert (root / "scripts/go.py").read_text() == 'from tiny.sizes import width\n\nprint(width("1"))\n'
    assert 'dependencies = ["pyyaml>=6"]' in (root / "pyproject.toml").read_text()
    assert "(docs/notes.md)" in (root / "README.md").read_text()
    log = subprocess.run(["git", "-C", str(root), "log", "--format=%s"], capture_output=True, text=True, check=True)
    assert log.stdout.splitlines()[:3] == ["review: links", "review: dependencies", "review: ruff"]
    repaired = {(one.check, one.file) for one in findings if one.state == "repaired"}
    assert {("ruff", "scripts/go.py"), ("dependencies", "pyproject.toml"), ("links", "README.md")} <= repaired
    assert '-dependencies = ["pyyaml>=6", "pandas>=2"]' in repairs[1].diff
    left = [one for one in findings if one.state == "open"]
    assert {run.name: run.findings for run in runs if run.findings} == {
        name: sum(one.check == name for one in left) for name in {one.check for one in left}
    }


WRONG = [
    ("ruff", "src/tiny/more.py", "import os\n", 1, "F401"),
    ("ruff_format", "src/tiny/more.py", "x  =  1\n", None, "layout"),
    ("mypy", "src/tiny/more.py", "def f() -> int:\n    return 'a'\n", 2, "return-value"),
    ("compileall", "src/tiny/more.py", "x = 1\ndef f(:\n", 2, "SyntaxError"),
    ("import_all", "src/tiny/more.py", "x = 1\ny = x.z\n", 2, "AttributeError"),
    ("import_all", "src/tiny/more.py", "import sys\n\nsys.exit(3)\n", 3, "SystemExit"),
]


@pytest.mark.parametrize(("name", "file", "text", "line", "words"), WRONG)
def test_a_tools_answer_becomes_a_finding_with_its_place(
    name: str, file: str, text: str, line: int | None, words: str, desk: Workspace, venv: Venv
) -> None:
    (desk.files.root / file).write_text(text)
    report = looked(desk, venv, name)
    [found] = [one for one in report.findings if one.file == file]
    assert (found.check, found.line) == (name, line)
    assert words in found.evidence
    [run] = report.runs
    assert run.receipt is not None
    assert run.receipt.command[0] == "python"
    assert run.looked_at > 0


def test_nothing_is_left_in_the_projects_folder_by_a_tool(desk: Workspace, venv: Venv) -> None:
    before = sorted(desk.files.root.rglob("*"))
    for name in ("ruff", "compileall", "import_all"):
        looked(desk, venv, name)
    assert sorted(desk.files.root.rglob("*")) == before


def test_a_tool_that_is_not_there_or_breaks_down_is_a_finding(desk: Workspace) -> None:
    said = Said(("python", "-m", "bandit"), 1, "", "No module named bandit", 0.1)
    report = Report([], [], set())
    report.use(tool_named("bandit"), subject_of(desk), said)
    [found] = report.findings
    assert (found.severity, report.runs[0].findings) == ("error", 1)
    assert "No module named bandit" in found.evidence


def test_bandit_is_read_and_what_ruff_has_said_is_not_said_again(desk: Workspace) -> None:
    issue = '{"filename": "./src/tiny/sizes.py", "line_number": 7, "test_id": "B324", "issue_text": "weak hash"}'
    said = Said(("python", "-m", "bandit"), 1, f'{{"results": [{issue}]}}', "", 0.1)
    first, second = Report([], [], set()), Report([], [], {("src/tiny/sizes.py", 7, "S324")})
    first.use(tool_named("bandit"), subject_of(desk), said)
    second.use(tool_named("bandit"), subject_of(desk), said)
    assert [(one.file, one.line) for one in first.findings] == [("src/tiny/sizes.py", 7)]
    assert second.findings == []


def test_a_repair_never_touches_a_test(desk: Workspace, venv: Venv) -> None:
    (desk.files.root / "tests/test_sizes.py").write_text("import os\ndef test_a() -> None:  assert int('1')\n")
    subject = subject_of(desk)
    found = [subject.finding("ruff", "unformatted", "tests/test_sizes.py", None)]
    assert proposed("ruff", subject, found, partial(tried, venv)) == {}
    with pytest.raises(FoundryError, match=r"may not write tests/test_sizes\.py"):
        desk.put({"tests/test_sizes.py": ""}, "review: no")


def test_what_was_rendered_is_there_to_compare_where_it_was_changed(desk: Workspace, tmp_path: Path) -> None:
    rendered = {
        "tests/test_sizes.py": FILES["tests/test_sizes.py"],
        "tests/test_more.py": "def test_b() -> None: ...\n",
    }
    for name, text in rendered.items():
        write_text(tmp_path / "render" / name, text)
    merge(desk.files, tmp_path / "render", sorted(rendered), "build: tests")
    assert desk.render_of("tests") == {}

    (desk.files.root / "tests/test_more.py").write_text("def test_c() -> None: ...\n")
    assert desk.render_of("tests") == {"tests/test_more.py": rendered["tests/test_more.py"]}
    assert desk.render_of("src") == {}


def _no_rewrite(tree: CodeTree, commands: Sequence[Sequence[str]]) -> CodeTree:
    raise AssertionError("no program is needed for this repair")


@pytest.mark.parametrize("extra", ["pandas>=2,<3", "lightning[extra]>=2 ; python_version < '3.13'"])
@pytest.mark.parametrize("before", ['    "tqdm', '    "tensorboard'])
def test_an_unused_dependency_leaves_its_list_and_nothing_else(
    extra: str, before: str, plant: Plant, clean_tree: CodeTree
) -> None:
    clean = clean_tree.texts["pyproject.toml"]
    subject = plant({"pyproject.toml": clean.replace(before, f'    "{extra}",\n{before}', 1)})
    found = [subject.finding("dependencies", "unused", "pyproject.toml", 1, requirement=extra, name="x")]
    assert proposed("dependencies", subject, found, _no_rewrite) == {"pyproject.toml": clean}


def test_a_link_is_led_to_the_only_file_of_its_name_and_else_left_alone(plant: Plant) -> None:
    text = "# A\n\n[one](serving.md#limits) [two](nowhere.md) [three](index.md) [web](https://example.org/serving.md)\n"
    subject = plant({"docs/en/deep/a.md": text})
    found = [subject.finding("links", "doc_dead_link", "docs/en/deep/a.md", 3, target="serving.md")]
    changed = proposed("links", subject, found, _no_rewrite)["docs/en/deep/a.md"]
    assert "[one](../serving.md#limits) [two](nowhere.md) [three](../index.md)" in changed
    assert "[web](https://example.org/serving.md)" in changed


@pytest.mark.parametrize(
    ("page", "link", "there", "led"),
    [
        ("docs/zh/a.md", "gone.md", "docs/en/deep/gone.md", "gone.md"),
        ("README.zh.md", "docs/zh/gone.md", "docs/en/gone.md", "docs/zh/gone.md"),
        ("docs/zh/a.md", "gone.md", "docs/zh/deep/gone.md", "deep/gone.md"),
        ("README.zh.md", "docs/zh/gone.md", "docs/zh/deep/gone.md", "docs/zh/deep/gone.md"),
        ("docs/zh/a.md", "../gone.yaml", "configs/gone.yaml", "../../configs/gone.yaml"),
    ],
)
def test_a_link_is_not_led_to_another_language(page: str, link: str, there: str, led: str, plant: Plant) -> None:
    subject = plant({page: f"# A\n\n[one]({link})\n", there: "# Gone\n"})
    found = [subject.finding("links", "doc_dead_link", page, 3, target=link)]
    texts = proposed("links", subject, found, _no_rewrite)
    assert (subject.tree.texts | texts)[page] == f"# A\n\n[one]({led})\n"
