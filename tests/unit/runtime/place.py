"""A project that renders come into and that its user works on, and a process that dies while it works there."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from framework.artifacts.files import ProjectFiles
from framework.runtime import history
from framework.runtime.renders import Merged, merge

BODY = "".join(f"line {number}\n" for number in range(1, 10))
Tree = dict[str, str | bytes]


def changed(number: int, text: str, body: str = BODY) -> str:
    """The body with one line replaced."""
    return body.replace(f"line {number}\n", f"{text}\n")


class Place:
    """A project, and renders that come into it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = ProjectFiles(root)

    def begin(self) -> Place:
        self.root.mkdir(parents=True)
        history.begin(self.files)
        self.write({"reports/tech.md": "a report\n"})
        assert history.record(self.files, "begin") == ""
        return self

    def write(self, tree: Tree, below: Path | None = None) -> None:
        for name, content in tree.items():
            path = (below or self.root) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def render(self, tree: Tree, message: str = "build") -> Merged:
        """A render with just these files, as a stage would bring it in."""
        folder = self.root.with_name(f"{self.root.name}.render")
        shutil.rmtree(folder, ignore_errors=True)
        self.write(tree, folder)
        return merge(self.files, folder, sorted(tree), message)

    def git(self, *args: str) -> str:
        me = ["-c", "user.name=me", "-c", "user.email=me@localhost"]
        done = subprocess.run(["git", "-C", str(self.root), *me, *args], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def commits(self) -> list[str]:
        """The project's own commits, oldest first."""
        return self.git("log", "--reverse", "--first-parent", "--format=%s").splitlines()

    def tree(self) -> dict[str, bytes]:
        """The files in the project's folder, without foundry's records."""
        own = (path for path in self.root.rglob("*") if path.is_file() or path.is_symlink())
        names = (path.relative_to(self.root).as_posix() for path in own)
        return {n: (self.root / n).read_bytes() for n in sorted(names) if n.split("/")[0] not in (".git", ".foundry")}

    def branch(self, name: str) -> dict[str, str]:
        """The files of a branch; none where it does not exist."""
        if not self.git("for-each-ref", f"refs/heads/{name}"):
            return {}
        rows = self.git("ls-tree", "-r", name).splitlines()
        return {row.split("\t")[1]: row.split()[2] for row in rows}

    def state(self) -> tuple[object, ...]:
        """All that a run leaves behind, apart from times."""
        head = self.git("ls-tree", "-r", "HEAD")
        clean = self.git("status", "--porcelain", "--ignored", "--", ".", ":(exclude).foundry")
        pending = self.git("for-each-ref", "refs/foundry")
        branches = [self.branch("foundry/render"), self.branch("foundry/next")]
        return (self.tree(), self.commits(), head, branches, clean, pending)


CHANGING = {"add", "commit", "update-ref", "reset", "checkout"}  # the commands of git that a project shows


def killed_at(number: int, job: Callable[[], object]) -> bool:
    """Run the job in a forked process that kills itself as it begins its n-th write; whether it did."""
    child = os.fork()
    if child == 0:
        _count(number)
        try:
            job()
        finally:
            os._exit(0 if sys.exception() is None else 1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or status == 0
    return os.WIFSIGNALED(status)


def _count(number: int) -> None:
    seen = 0

    def hook(event: str, args: tuple[Any, ...]) -> None:
        nonlocal seen
        flags = args[2] if event == "open" else 0
        writing = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR) and args[0] != os.devnull
        starting = event == "subprocess.Popen" and not CHANGING.isdisjoint(map(str, args[1]))
        if writing or starting or event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir"):
            seen += 1
            if seen == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
