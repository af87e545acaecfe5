"""The project as it was last proven: the newest commit with which a stage passed that runs its code."""

from __future__ import annotations

from framework.artifacts.files import ProjectFiles
from framework.runtime.codetree import NOT_CODE, CodeTree
from framework.runtime.history import attempt
from framework.runtime.passing_folders import passing_folder
from framework.runtime.trees import content, entries
from framework.runtime.worktree import standing

_PROVING = ("build", "review", "venv-spec", "debug")


def proven_texts(files: ProjectFiles, tree: CodeTree) -> dict[str, str]:
    """The texts at that commit, by path; none where no stage has passed yet. `tree` saves reading what is the same."""
    commit = _last_proof(files)
    if not commit:
        return {}
    was = {path: blob for path, blob in entries(files, commit).items() if not path.startswith(NOT_CODE)}
    now = standing(files, list(was))
    same = {path: tree.texts[path] for path, blob in was.items() if now.get(path) == blob and path in tree.texts}
    with passing_folder("proven") as place:
        other = {path: content(files, blob, place) for path, blob in was.items() if now.get(path) != blob}
    return same | {path: text for path, data in other.items() if (text := _text(data)) is not None}


def _text(data: bytes) -> str | None:
    try:
        return None if b"\0" in data else data.decode()
    except UnicodeDecodeError:
        return None


def _last_proof(files: ProjectFiles) -> str:
    """foundry commits after each gate, with the gate's word as the message."""
    wanted = [part for stage in _PROVING for part in ("--grep", f"^{stage}: passed$")]
    done = attempt(files, "log", "-1", "--format=%H", "--author=foundry@localhost", *wanted)
    return done.stdout.strip() if done and done.rc == 0 else ""
