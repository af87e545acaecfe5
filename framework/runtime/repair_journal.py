"""Repairs that were applied and stand in no report yet: a run that is killed leaves commits, and must not hide them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from pydantic import ValidationError

from framework.artifacts.base import Strict, sha256
from framework.artifacts.bugfix import Problem
from framework.artifacts.files import ProjectFiles, append_line, outside_failures, read_text, write_text
from framework.runtime import history


class Applied(Strict):
    """One repair, written down before it is made. `problem` holds it as its only try."""

    problem: Problem
    before: str  # the commit that the project stood at
    message: str
    undone: str  # the message of the commit that would take it back
    hashes: dict[str, str]  # of the files as the repair leaves them


def note(files: ProjectFiles, problem: Problem, texts: dict[str, str], message: str, undone: str) -> None:
    """Write down a repair that is about to be made; it is on the disk when this returns."""
    hashes = {name: sha256(text) for name, text in texts.items()}
    entry = Applied(problem=problem, before=history.head(files), message=message, undone=undone, hashes=hashes)
    append_line(_journal(files), entry.model_dump_json())


def in_no_report(files: ProjectFiles, reported: Collection[Problem]) -> list[Problem]:
    """The repairs in force that no report holds, each with its commit if it came to one; the others are forgotten."""
    commits = {one.commit for problem in reported for one in problem.tries if one.commit}
    told = {(one.signature, one.found) for one in reported}
    left = list[tuple[Applied, Problem]]()
    for entry in _entries(files):
        commit, is_undone = _committed(files, entry)
        is_told = commit in commits or (entry.problem.signature, entry.problem.found) in told
        if not is_told and not is_undone and (commit or _is_on_disk(files.root, entry)):
            tries = [one.model_copy(update={"commit": commit}) for one in entry.problem.tries]
            left.append((entry, entry.problem.model_copy(update={"tries": tries})))
    if _journal(files).is_file():
        write_text(_journal(files), "".join(f"{entry.model_dump_json()}\n" for entry, _ in left))
    return [problem for _, problem in left]


def _journal(files: ProjectFiles) -> Path:
    return files.state / "logs" / "repairs.jsonl"  # not in the history: a revert would meet it there


def _entries(files: ProjectFiles) -> Iterator[Applied]:
    if not _journal(files).is_file():
        return
    for line in read_text(_journal(files)).splitlines():
        try:
            yield Applied.model_validate_json(line)
        except ValidationError:
            continue  # torn by the kill: then the repair was not begun


def _committed(files: ProjectFiles, entry: Applied) -> tuple[str, bool]:
    """The repair's commit, empty where there is none, and whether a later one took it back."""
    reach = f"{entry.before}..HEAD" if entry.before else "HEAD"
    done = history.attempt(files, "log", "--reverse", "--format=%H %s", reach)
    lines = done.stdout.splitlines() if done and done.rc == 0 else []
    commit = ""
    for line in lines:
        found, _, subject = line.partition(" ")
        if not commit and subject.split() == entry.message.split():
            commit = found
        elif commit and subject.split() == entry.undone.split():
            return commit, True
    return commit, False


def _is_on_disk(root: Path, entry: Applied) -> bool:
    """Whether a file stands as the repair wrote it: the kill came before the commit."""
    for name, wanted in entry.hashes.items():
        path = root / name
        with outside_failures(path):
            if path.is_file() and sha256(path.read_bytes()) == wanted:
                return True
    return False
