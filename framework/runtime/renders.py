"""Renders come into a project as merges: what the user has changed is kept, merged, or reported, and never lost.

Three branches. The project's own one (main) is the user's as much as foundry's. `foundry/render` holds pure renders,
no more of them than the project's own branch has taken in, so it is what a file is compared with: whatever differs
from it is the user's. `foundry/next` is there while files clash: it stands on `foundry/render` and holds what foundry
would have written. A clashing file stays as the user has it, and clashes again in every run until it is resolved:

- make the file what `git show foundry/next:PATH` shows; or
- `git merge foundry/next`, which brings up just the clashing files, mend them, commit; or
- `git merge --strategy=ours foundry/next`, to keep all of one's own files as they are.

Once `foundry/next` is part of the project's branch, the next run takes it for settled, whatever the files look like.

A merge is made as a commit first and noted as pending, then the files are written, then the branches move. A run that
was killed is undone by the next one (files with just the content of the pending commit go back), or finished if the
project's branch had moved already. So hand edits, which get a commit of their own, are never mixed up with ours.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from framework.artifacts.build import Clash
from framework.artifacts.files import ProjectFiles, outside_failures
from framework.runtime.history import NEXT, RENDER, attempt, git, head, record_edits, refuse_unfinished
from framework.runtime.trees import Blob, blobs, contains, content, entries, find, make_commit, make_tree, point
from framework.runtime.worktree import IN_THE_WAY, difference, make_last, put, standing, take_away

_PENDING = "refs/foundry/pending"


@dataclass(frozen=True)
class Merged:
    """What came of it: the commit the project stands at, what was written or deleted, what the user must settle."""

    commit: str
    written: list[str]
    clashes: list[Clash]


def merge(files: ProjectFiles, folder: Path, paths: Sequence[str], message: str) -> Merged:
    """Bring these files of the render in the folder into the project."""
    folder = folder.absolute()
    with _ready(files) as (files, scratch):
        return _Merge(files, scratch, folder, blobs(files, folder, paths, keep=True)).carry_out(message)


def prune(files: ProjectFiles, keep: Collection[str], message: str) -> Merged:
    """Take out what earlier renders had and this one has not; what the user has changed there is a clash."""
    with _ready(files) as (files, scratch):
        known = entries(files, find(files, RENDER)) | entries(files, find(files, NEXT))
        return _Merge(files, scratch, scratch, dict.fromkeys(sorted(known.keys() - set(keep)))).carry_out(message)


def rendered(files: ProjectFiles) -> str:
    """The commit with the pure render, as far as the project has taken it in; empty where there is none."""
    return find(files, RENDER)


@dataclass(frozen=True)
class _Plan:
    """What is to be written, with the file that holds it (none: it is to be deleted), and what clashes."""

    blobs: dict[str, Blob] = field(default_factory=dict)
    sources: dict[str, Path] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)


@dataclass(frozen=True)
class _Merge:
    """Three sides of every file: the last render (old), the project's folder (mine), the new render (theirs)."""

    files: ProjectFiles
    scratch: Path
    folder: Path
    theirs: Mapping[str, Blob]

    def carry_out(self, message: str) -> Merged:
        last, before = find(self.files, RENDER), head(self.files)
        plan = self._plan(entries(self.files, last))
        clashing = {clash.path for clash in plan.clashes}
        settled = {path: blob for path, blob in self.theirs.items() if path not in clashing}
        tree = make_tree(self.files, last, settled, self.scratch)
        render = last
        if not last or tree != find(self.files, f"{last}^{{tree}}"):
            render = make_commit(self.files, tree, [last], f"render of {message}")
        self._offer_next(render, tree, message)
        if render == last:
            return Merged(before, [], plan.clashes)
        changed = make_tree(self.files, before, plan.blobs, self.scratch)
        commit = make_commit(self.files, changed, [before, render], message)
        self._write(plan, before, commit)
        return Merged(commit, sorted(plan.blobs), plan.clashes)

    def _plan(self, old: Mapping[str, str]) -> _Plan:
        plan = _Plan()
        mine = standing(self.files, list(self.theirs))
        for path, new in self.theirs.items():
            if new in (mine.get(path), old.get(path)):
                continue
            if mine.get(path) == old.get(path):
                plan.blobs[path] = new
                plan.sources.update({path: self.folder / path} if new else {})
            elif both := self._three_way(path, old.get(path), mine.get(path), new):
                plan.blobs[path] = blobs(self.files, self.scratch, [both.name], keep=True)[both.name]
                plan.sources[path] = both
            else:
                plan.clashes.append(Clash(path=path, diff=difference(path, self.files.root, self.folder)))
        return plan

    def _three_way(self, path: str, old: Blob, mine: Blob, new: Blob) -> Path | None:
        """A file with the changes of both sides, if they are in different places."""
        if not (old and mine and new) or mine == IN_THE_WAY:
            return None
        result, base = self.scratch / f"merged-{mine}-{new}", self.scratch / "base"
        with outside_failures(result):
            shutil.copyfile(self.files.root / path, result)
            base.write_bytes(content(self.files, old, self.scratch))
        sides = [result.name, base.name, str(self.folder / path)]
        done = attempt(self.files, "merge-file", "--quiet", *sides, folder=self.scratch)
        return result if done and done.rc == 0 else None

    def _offer_next(self, render: str, tree: str, message: str) -> None:
        """What the user has to settle stands on foundry/next, on top of what is settled; of other files too."""
        following = find(self.files, NEXT)
        wanted = make_tree(self.files, following or render, self.theirs, self.scratch)
        if wanted == tree:
            point(self.files, NEXT, "")
        elif [wanted, render] != [find(self.files, f"{NEXT}^{{tree}}"), find(self.files, f"{NEXT}^")]:
            point(self.files, NEXT, make_commit(self.files, wanted, [render], message))

    def _write(self, plan: _Plan, before: str, commit: str) -> None:
        point(self.files, _PENDING, commit)
        for path in plan.blobs:
            if path in plan.sources:
                put(plan.sources[path], self.files.root / path, self.scratch)
            else:
                take_away(self.files.root, path)
        make_last(self.files.root / path for path in plan.sources)
        git(self.files, "update-ref", "-m", "foundry: merge of a render", "HEAD", commit, before)
        _finish(self.files, commit)


@contextmanager
def _ready(files: ProjectFiles) -> Iterator[tuple[ProjectFiles, Path]]:
    """The project with nothing half done in it and all edits committed, and a folder to work in."""
    files = ProjectFiles(files.root.absolute())
    refuse_unfinished(files)
    scratch = files.staging("merge")
    with outside_failures(scratch):
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
    try:
        _recover(files)
        record_edits(files)
        _take_settled(files)
        yield files, scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _recover(files: ProjectFiles) -> None:
    """Finish or undo what a killed run has begun."""
    pending = find(files, _PENDING)
    if pending and contains(files, "HEAD", pending):
        _finish(files, pending)
    elif pending:
        _undo(files, pending)
        point(files, _PENDING, "")


def _finish(files: ProjectFiles, commit: str) -> None:
    git(files, "reset", "--quiet")  # the index; the project's files stay as they are
    point(files, RENDER, find(files, f"{commit}^2"))
    point(files, _PENDING, "")


def _undo(files: ProjectFiles, pending: str) -> None:
    """Put back what is just as the killed run wrote it. All else is the user's."""
    touched = git(files, "diff-tree", "-r", "-z", "--no-renames", "--name-only", f"{pending}^", pending).split("\0")
    made, had, mine = entries(files, pending), entries(files, "HEAD"), standing(files, touched[:-1])
    ours = [path for path in touched[:-1] if mine.get(path) == made.get(path) != had.get(path)]
    back = [f":(top,literal){path}" for path in ours if path in had]
    if back:
        git(files, "checkout", "--quiet", "HEAD", "--", *back)
    for path in ours:
        if path not in had:
            take_away(files.root, path)


def _take_settled(files: ProjectFiles) -> None:
    """Once the user has merged foundry/next, it is a render like any other."""
    following = find(files, NEXT)
    if following and contains(files, "HEAD", following):
        point(files, RENDER, following)
        point(files, NEXT, "")
