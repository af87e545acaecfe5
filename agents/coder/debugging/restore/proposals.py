"""Repair from proven code: what was changed since it was proven, and could explain the failure, is put back.

The smallest change first: single hunks by how well they fit the failure, hunks that belong together, whole files, files
that are gone, and at last everything. A user's other edits stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from agents.coder.debugging.restore.hunks import Hunk, differences, is_readable, undone
from agents.coder.debugging.restore.ranking import Ranking, missing_score
from agents.coder.debugging.scene import Proposal, Scene
from framework.messages import say

_STRONG = 60  # something points at these very lines
_NOT_RUN = (
    *("docs/", "reports/", "specs/", "tutorials/", "notebooks/"),
    *("README", "CHANGELOG", "LICENSE", "CONTRIBUTING", "AGENTS", "CLAUDE"),
)
_INSTALLED = ("requirements", "pyproject.toml")


def restore_proposals(scene: Scene) -> Iterator[Proposal]:
    """Best first, each made when it is asked for; none where nothing was changed. A weak one is marked as a guess."""
    ranking = Ranking(scene)
    ranked = sorted(_hunks(scene), key=lambda one: (-ranking.score(one), one.file, one.first))
    seen: set[str] = set()
    for one in _all(scene, ranking, ranked):
        key = repr(sorted(one.texts.items()))
        if key not in seen and all(is_readable(file, text) for file, text in one.texts.items()):
            seen.add(key)
            yield one


def _hunks(scene: Scene) -> list[Hunk]:
    """What differs, where a run could notice it; tests only if they are what failed."""
    tests = any("pytest" in word for word in scene.failure.command)
    left_out = _NOT_RUN if tests else (*_NOT_RUN, "tests/")
    return [one for one in differences(scene.tree.texts, scene.proven) if not one.file.startswith(left_out)]


def _all(scene: Scene, ranking: Ranking, ranked: Sequence[Hunk]) -> Iterator[Proposal]:
    gone = sorted(
        (file for file in scene.proven if file not in scene.tree.files), key=lambda f: -missing_score(scene, f)
    )
    gone = [file for file in gone if not file.startswith((*_NOT_RUN, "tests/"))]
    best = ranking.score(ranked[0]) if ranked else 0
    yield from (
        _whole(scene, file, "missing", guess=False) for file in gone if missing_score(scene, file) > max(best, _STRONG)
    )
    for index, hunk in enumerate(ranked):
        score = ranking.score(hunk)
        yield _lines(scene, [hunk], guess=score < _STRONG or hunk.only_adds)
        if index == 0 and (linked := _linked(hunk, ranked)):
            yield _lines(scene, [hunk, *linked], guess=score < _STRONG)
        if index == 1:
            yield from _files(scene, ranked[:1])
    yield from _files(scene, ranked)
    yield from (_whole(scene, file, "missing", guess=True) for file in gone)
    if ranked:
        yield _everything(scene, ranked, gone)


def _linked(hunk: Hunk, others: Sequence[Hunk]) -> list[Hunk]:
    """Hunks that change the same names: one thing that was renamed or moved."""
    return [one for one in others if one is not hunk and len(one.words & hunk.words) >= min(2, len(hunk.words)) > 0]


def _lines(scene: Scene, chosen: Sequence[Hunk], *, guess: bool) -> Proposal:
    files = dict.fromkeys(one.file for one in chosen)
    places = ", ".join(f"{one.file}:{one.first}" for one in sorted(chosen, key=lambda one: (one.file, one.first)))
    return Proposal(
        entry=f"restore {places}",
        kind="restore",
        title=say(scene.lang, "restore.title_lines", places=places),
        why=say(scene.lang, "restore.why_lines", why=_reason(scene, chosen[0])),
        guess=guess,
        texts={file: _undone(scene, file, chosen) for file in files},
        again=_again(files),
    )


def _undone(scene: Scene, file: str, chosen: Sequence[Hunk]) -> str:
    return undone(scene.tree.texts[file], [one for one in chosen if one.file == file])


def _reason(scene: Scene, hunk: Hunk) -> str:
    """What points at these lines, in the words of a person."""
    ranking = Ranking(scene)
    probe = scene.failure.error.removeprefix("probe:")
    if any(one.file == hunk.file and not hunk.distance(one.line) for one in ranking.frames):
        return say(scene.lang, "restore.at_the_line")
    named = sorted(word for word in hunk.words & ranking.said.keys() if ranking.said[word] > 12)
    if named:
        return say(scene.lang, "restore.names", name=named[0])
    if probe != scene.failure.error:
        return say(scene.lang, "restore.probe", probe=probe)
    if any(one.file == hunk.file for one in ranking.frames):
        return say(scene.lang, "restore.in_the_file", file=hunk.file)
    return say(scene.lang, "restore.on_the_way")


def _files(scene: Scene, ranked: Sequence[Hunk]) -> Iterator[Proposal]:
    """Whole files, in the order of their likeliest hunks; one hunk alone was a proposal already."""
    for file in dict.fromkeys(one.file for one in ranked):
        yield _whole(scene, file, "file", guess=True)


def _whole(scene: Scene, file: str, what: Literal["file", "missing"], *, guess: bool) -> Proposal:
    """The file as it was proven: instead of the one that stands there, or where none stands any more."""
    return Proposal(
        entry=f"restore {file}",
        kind="restore",
        title=say(scene.lang, f"restore.title_{what}", file=file),
        why=say(scene.lang, f"restore.why_{what}", file=file),
        guess=guess,
        texts={file: scene.proven[file]},
        again=_again([file]),
    )


def _everything(scene: Scene, ranked: Sequence[Hunk], gone: Sequence[str]) -> Proposal:
    files = [*dict.fromkeys(one.file for one in ranked), *gone]
    return Proposal(
        entry="restore *",
        kind="restore",
        title=say(scene.lang, "restore.title_all", count=len(files)),
        why=say(scene.lang, "restore.why_all"),
        guess=True,
        texts={file: scene.proven[file] for file in files},
        again=_again(files),
    )


def _again(files: Iterable[str]) -> Literal["", "install"]:
    return "install" if any(file.startswith(_INSTALLED) for file in files) else ""
