"""A project made from a sentence, and ways to hurt the process that works on it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from framework.artifacts.records import Settings
from framework.workflow.project import Project
from framework.workflow.start import NewProject, create
from framework.workflow.table import stages_until

# How the workflow behaves is the same for every stage; those that need an environment are tried in tests/e2e.
STAGES = stages_until("technology")
SENTENCE = "A small model that writes bedtime stories in English, we have one 24 GB card"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project that nothing has been done for yet."""
    return new_project(tmp_path / "generated")


def new_project(out: Path, sentence: str = SENTENCE, data: str | None = None) -> Project:
    return Project(create(NewProject(request=sentence, out=out, settings=Settings(data=data))).files, STAGES)


def finish(project: Project) -> None:
    """Advance to the end, taking the default of every question."""
    while (outcome := project.advance()).kind == "waiting":
        project.answer({q.id: (q.default, "default") for q in outcome.questions})
    assert outcome.kind == "done", outcome


def artifacts(root: Path) -> dict[str, bytes]:
    """Every artifact of a project, byte for byte."""
    return {path.name: path.read_bytes() for path in sorted((root / "reports").glob("*.md"))}


def in_child(job: Callable[[], None], root: Path, kill_at: int | None = None) -> int:
    """Run a job in a forked process, which SIGKILLs itself as it begins its n-th write under the folder.

    Returns how many writes it began; a negative number says that the process was killed.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _count_writes(writer, str(root), kill_at)
        job()
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        writes = len(pipe.read())
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return -writes
    assert status == 0
    return writes


def _count_writes(pipe: int, root: str, kill_at: int | None) -> None:
    """An audit hook sees every file that Python opens, renames or removes, before it happens."""
    seen = 0

    def hook(event: str, args: tuple[object, ...]) -> None:
        nonlocal seen
        if not _is_write(event, args, root):
            return
        seen += 1
        os.write(pipe, b".")
        if seen == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def _is_write(event: str, args: tuple[object, ...], root: str) -> bool:
    if event not in ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree"):
        return False
    if not str(args[0]).startswith(root):
        return False
    return event != "open" or bool(int(str(args[2])) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND))
