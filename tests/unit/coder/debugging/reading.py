"""Runs that have ended, and the failures that are read of them."""

from __future__ import annotations

from pathlib import Path

from agents.coder.debugging.failure import Failure, read_failure
from agents.coder.debugging.scene import Scene
from framework.runtime.codetree import CodeTree
from framework.runtime.restricted import Isolation, Ran

ROOT = Path("/projects/anna")


def ran(stderr: str, *, stdout: str = "", rc: int = 1, ended: str = "exit") -> Ran:
    """A run that ended so."""
    whole = Isolation(network=True, memory_bytes=1, wall_s=1, level="", why="")
    return Ran(("python", "scripts/train.py"), rc, stdout, stderr, 3.0, 1.0, 5, ended, whole)  # type: ignore[arg-type]


def failed(stderr: str, **more: object) -> Failure:
    """What is read of such a run."""
    return read_failure(ran(stderr, **more), ROOT)  # type: ignore[arg-type]


def traceback(error: str, code: str = "run()", file: str = "train.py", line: int = 1) -> str:
    """A traceback with one frame in the project."""
    if error.startswith("error: "):
        return error
    head = "Traceback (most recent call last):\n"
    return f'{head}  File "{ROOT}/{file}", line {line}, in main\n    {code}\n{error}\n'


def scene_of(failure: Failure, files: dict[str, str], *, config: str = "", lang: str = "en", **more: object) -> Scene:
    """The scene of a failure in a project with these files."""
    tree = CodeTree(ROOT, {name: text.encode() for name, text in files.items()})
    values: dict[str, object] = {
        "proven": {},
        "overrides": [],
        "python": Path("python"),
        "modules": {"torch": ["torch"]},
    }
    return Scene(failure=failure, tree=tree, config=config, lang=lang, **(values | more))  # type: ignore[arg-type]
