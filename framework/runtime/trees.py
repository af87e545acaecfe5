"""Git's trees, commits and branches as values: content goes in and comes out byte for byte, no filter touches it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from framework.artifacts.files import ProjectFiles, outside_failures
from framework.runtime.history import attempt, git

# The content of a file as git names it; None where there is no file.
Blob = str | None


def find(files: ProjectFiles, name: str) -> str:
    """The id of a branch, a commit or a tree; empty where there is none."""
    done = attempt(files, "rev-parse", "--verify", "--quiet", name)
    return done.stdout.strip() if done and done.rc == 0 else ""


def contains(files: ProjectFiles, commit: str, other: str) -> bool:
    """Whether the other commit is the commit or one that it stands on."""
    done = attempt(files, "merge-base", "--is-ancestor", other, commit)
    return done is not None and done.rc == 0


def entries(files: ProjectFiles, tree: str) -> dict[str, str]:
    """Every path of a tree with its blob; nothing of a tree that does not exist."""
    if not tree:
        return {}
    rows = git(files, "ls-tree", "-r", "-z", "--full-tree", tree).split("\0")
    return {path: fields.split()[2] for fields, _, path in (row.partition("\t") for row in rows if row)}


def blobs(files: ProjectFiles, folder: Path, paths: Sequence[str], *, keep: bool = False) -> dict[str, str]:
    """The blobs of files in a folder; `keep` puts them into the repository."""
    if not paths:
        return {}
    ids = git(files, "hash-object", *(["-w"] if keep else []), "--no-filters", "--", *paths, folder=folder).split()
    return dict(zip(paths, ids, strict=True))


def content(files: ProjectFiles, blob: str, scratch: Path) -> bytes:
    """The bytes of a blob."""
    name = git(files, "unpack-file", blob, folder=scratch).strip()
    with outside_failures(scratch / name):
        data = (scratch / name).read_bytes()
        (scratch / name).unlink()
    return data


def make_tree(files: ProjectFiles, start: str, changes: Mapping[str, Blob], scratch: Path) -> str:
    """The tree of a commit with some files changed, added or taken out. Nobody's index is touched."""
    index = scratch / "index"
    git(files, "read-tree", start or "--empty", index=index)
    if not start:
        git(files, "hash-object", "-w", "-t", "tree", os.devnull)  # git knows it without having it, and fsck complains
    rows = [f"{_mode(files.root / path)},{blob},{path}" for path, blob in changes.items() if blob]
    put = [part for row in rows for part in ("--cacheinfo", row)]
    gone = [path for path, blob in changes.items() if blob is None]
    if changes:
        git(files, "update-index", "--add", "--replace", *put, "--force-remove", "--", *gone, index=index)
    return git(files, "write-tree", index=index).strip()


def _mode(path: Path) -> str:
    """A program that the user has made executable stays so."""
    return "100755" if path.is_file() and path.stat().st_mode & 0o100 else "100644"


def make_commit(files: ProjectFiles, tree: str, parents: Sequence[str], message: str) -> str:
    """A commit that no branch knows yet."""
    standing_on = [part for parent in parents if parent for part in ("-p", parent)]
    return git(files, "commit-tree", tree, *standing_on, "-m", message).strip()


def point(files: ProjectFiles, name: str, commit: str) -> None:
    """Let a branch point at a commit; an empty one takes the branch away."""
    if commit:
        git(files, "update-ref", name, commit)
    elif find(files, name):
        git(files, "update-ref", "-d", name)
