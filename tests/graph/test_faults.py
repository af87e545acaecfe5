"""What goes wrong with processes, disks and databases: nothing that was finished is lost, and the end is the same."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import tempfile
from pathlib import Path

import pytest

from framework.artifacts.files import ProjectFiles
from framework.errors import Interrupted, MissingOutside, ProjectLocked
from framework.runtime.events import Event
from framework.workflow.project import Project
from tests.graph.conftest import STAGES, artifacts, finish, in_child, new_project


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The artifacts of a run that nothing disturbed."""
    project = new_project(tmp_path_factory.mktemp("whole"))
    finish(project)
    return artifacts(project.files.root)


@pytest.mark.slow
def test_a_kill_at_any_write_loses_nothing(tmp_path: Path, whole: dict[str, bytes]) -> None:
    writes = in_child(lambda: finish(new_project(tmp_path / "count")), tmp_path / "count")
    assert writes > 20

    for number in range(1, writes + 1):
        out = tmp_path / str(number)
        killed = in_child(lambda out=out: finish(new_project(out)), out, kill_at=number)  # type: ignore[misc]
        assert killed == -number
        _go_on(out)
        assert artifacts(next(p for p in out.iterdir() if not p.name.startswith("."))) == whole, number


def _go_on(out: Path) -> None:
    """What a user would do: resume the project, or, if it was not yet born, start it again."""
    born = [path for path in out.glob("*/.foundry/run.json") if not path.parts[-3].startswith(".")]
    finish(Project(ProjectFiles(born[0].parents[1]), STAGES) if born else new_project(out))


def test_a_kill_in_the_middle_of_nowhere_loses_nothing(tmp_path: Path, whole: dict[str, bytes]) -> None:
    """Between the writes that Python sees there are SQLite's: kill when its journal appears."""
    project = new_project(tmp_path)
    project.advance()
    project.files.cursor.write_bytes(project.files.cursor.read_bytes()[:-512])

    finish(project)

    assert artifacts(project.files.root) == whole


@pytest.mark.parametrize("damage", [b"", b"this is no database", b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_cursor_is_put_aside(project: Project, whole: dict[str, bytes], damage: bytes) -> None:
    project.advance()
    project.files.cursor.write_bytes(damage)
    events: list[Event] = []

    project.advance(events.append)
    finish(project)

    assert artifacts(project.files.root) == whole
    aside = [path.read_bytes() for path in project.files.state.glob("checkpoints.damaged-*.sqlite")]
    assert aside == ([damage] if damage else [])
    assert bool(damage) == any(event.key == "workflow.cursor_damaged" for event in events)


def test_a_cursor_that_another_program_has_locked_is_named(project: Project) -> None:
    project.advance()
    with sqlite3.connect(project.files.cursor, isolation_level=None) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(ProjectLocked, match=r"checkpoints\.sqlite"):
            project.advance()


def test_a_lost_cursor_is_rebuilt_from_the_receipts(project: Project, whole: dict[str, bytes]) -> None:
    finish(project)
    project.files.cursor.unlink()

    assert project.advance().kind == "done"
    assert artifacts(project.files.root) == whole


def test_a_torn_ledger_line_costs_one_stage_at_most(project: Project, whole: dict[str, bytes]) -> None:
    finish(project)
    project.files.ledger.write_bytes(project.files.ledger.read_bytes()[:-40])
    events: list[Event] = []

    assert project.advance(events.append).kind == "done"

    assert artifacts(project.files.root) == whole
    assert [e.stage for e in events if e.kind == "stage_started"] in ([], ["technology"])
    assert any(event.key == "workflow.ledger_damaged" for event in events)


def test_a_full_disk_is_named_and_the_run_goes_on_when_there_is_room(project: Project, whole: dict[str, bytes]) -> None:
    """RLIMIT_FSIZE makes the kernel refuse the write, as a full disk does."""

    def with_no_room() -> None:
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))
        try:
            project.advance()
        except MissingOutside as error:
            assert error.code == 5
            return
        raise AssertionError("the write was not refused")

    in_child(with_no_room, project.files.root)
    finish(project)

    assert artifacts(project.files.root) == whole


def test_a_read_only_folder_is_named_and_nothing_is_lost(whole: dict[str, bytes]) -> None:
    """Root may write everywhere, so the child becomes somebody who may not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    project = new_project(folder)
    if os.geteuid() != 0:
        project.files.state.chmod(0o555)

    def as_somebody_else() -> None:
        if os.geteuid() == 0:
            os.setuid(65534)
        with pytest.raises(MissingOutside, match=re.escape(str(project.files.root))):
            project.advance()

    try:
        in_child(as_somebody_else, folder)
        project.files.state.chmod(0o755)
        finish(project)
        assert artifacts(project.files.root) == whole
    finally:
        shutil.rmtree(folder)


def test_ctrl_c_stops_at_a_safe_point(project: Project, whole: dict[str, bytes]) -> None:
    def press_ctrl_c(event: Event) -> None:
        if event.kind == "stage_started":
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Interrupted) as caught:
        project.advance(press_ctrl_c)

    assert caught.value.code == 130
    finish(project)
    assert artifacts(project.files.root) == whole
