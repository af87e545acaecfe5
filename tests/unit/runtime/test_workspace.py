"""A role reaches what its role.yaml names, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from framework.artifacts.base import Artifact
from framework.artifacts.files import ProjectFiles, read_text
from framework.artifacts.ledger import Ledger
from framework.artifacts.records import Answers, RunRecord, Settings
from framework.errors import FoundryError, UsageError
from framework.messages import Lang
from framework.runtime.history import begin
from framework.runtime.workspace import Role, Workspace


class Report(Artifact):
    FILE: ClassVar[str] = "report.md"

    title: str

    @property
    def language(self) -> Lang:
        return "en"

    def body(self) -> str:
        return f"# {self.title}"


class Escape(Report):
    FILE: ClassVar[str] = "../../outside.md"


def workspace(root: Path, **reach: list[str]) -> Workspace:
    role = Role(role="planner", duty="plans", **{"reads": [], "writes": [], "runs": [], "specs": []} | reach)
    run = RunRecord(name="demo", lang="en", request="a model", settings=Settings(), created_at="now")
    return Workspace(ProjectFiles(root), role, "requirements", run, Answers(), lambda _: None)


def test_what_the_role_may_write_goes_to_staging_with_the_users_notes(tmp_path: Path) -> None:
    desk = workspace(tmp_path, writes=["reports/report.md"])
    desk.write(Report(title="first"))
    staged = desk.files.staging("requirements") / "report.md"
    desk.files.report("report.md").parent.mkdir()
    desk.files.report("report.md").write_text(read_text(staged) + "my note\n")

    desk.write(Report(title="second"))

    assert "# second" in read_text(staged)
    assert read_text(staged).endswith("## Notes\nmy note\n")


@pytest.mark.parametrize("writes", [[], ["reports/other.md"], ["specs/*"]])
def test_what_the_role_may_not_write_is_refused(tmp_path: Path, writes: list[str]) -> None:
    with pytest.raises(FoundryError, match=r"planner may not write reports/report\.md"):
        workspace(tmp_path, writes=writes).write(Report(title="x"))


def test_no_glob_lets_a_path_out_of_the_project(tmp_path: Path) -> None:
    with pytest.raises(FoundryError, match="may not write"):
        workspace(tmp_path, writes=["*"]).write(Escape(title="x"))


def test_reading_needs_permission_too(tmp_path: Path) -> None:
    with pytest.raises(FoundryError, match="may not read reports/report"):
        workspace(tmp_path).read(Report)
    with pytest.raises(FoundryError, match=r"may not read the spec document ML\.md"):
        workspace(tmp_path).spec("ML.md")


def repository(root: Path) -> Workspace:
    desk = workspace(root, writes=["*.py"])
    begin(desk.files)
    for name in ("one", "two"):
        (root / f"{name}.py").write_text(f"{name} = 1\n")
    return desk


def test_what_was_changed_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    desk = repository(tmp_path)
    tree = desk.code()
    (tmp_path / "one.py").write_text("one = 'mine'\n")

    with pytest.raises(UsageError, match=r"one\.py was changed while foundry was working on it"):
        desk.put({"two.py": "two = 2\n", "one.py": "one = 2\n"}, "a repair", over=tree)

    assert [read_text(tmp_path / f"{name}.py") for name in ("one", "two")] == ["one = 'mine'\n", "two = 1\n"]


def test_what_was_changed_elsewhere_does_not_hinder(tmp_path: Path) -> None:
    desk = repository(tmp_path)
    tree = desk.code()
    (tmp_path / "one.py").write_text("one = 'mine'\n")

    desk.put({"two.py": "two = 2\n"}, "a repair", over=tree)

    assert [read_text(tmp_path / f"{name}.py") for name in ("one", "two")] == ["one = 'mine'\n", "two = 2\n"]


def test_python_sees_that_a_file_is_another_one_though_size_and_second_are_the_same(tmp_path: Path) -> None:
    desk = repository(tmp_path)
    before = (tmp_path / "one.py").stat()

    desk.put({"one.py": "one = 2\n"}, "a repair")

    now = (tmp_path / "one.py").stat()
    assert (int(now.st_mtime), now.st_size) != (int(before.st_mtime), before.st_size)


def test_what_is_taken_back_takes_no_knowledge_with_it(tmp_path: Path) -> None:
    """What a model has answered, and what it has cost, stays known when the repair that came of it is undone."""
    desk = repository(tmp_path)
    desk.put({"one.py": "one = 1\n"}, "begin")
    decision, journal = desk.files.decisions / "coder.diagnose-1.json", desk.files.llm_journal
    decision.parent.mkdir(parents=True)
    decision.write_text("an answer")
    journal.write_text("a call\n")
    commit = desk.put({"one.py": "one = 2\n"}, "a repair")
    journal.write_text("a call\nanother call\n")

    desk.revert(commit, "taken back")

    assert (tmp_path / "one.py").read_text() == "one = 1\n"
    assert decision.read_text() == "an answer"
    assert journal.read_text() == "a call\nanother call\n"


def test_what_a_stage_writes_is_known_as_its_own_before_it_ends(tmp_path: Path) -> None:
    desk = repository(tmp_path)
    before = desk.code().digest
    desk.put({"one.py": "one = 2\n"}, "half of the work")
    desk.put({}, "the rest", gone=["two.py"])
    after = desk.code().digest
    ledger = Ledger(desk.files)
    assert ledger.code_leads(before, after, apart_from=frozenset())
    assert not ledger.code_leads(before, after, apart_from=frozenset({desk.stage}))
    (tmp_path / "one.py").write_text("one = 3\n")
    assert not ledger.code_leads(before, desk.code().digest, apart_from=frozenset())
