"""A process that is killed while it merges: the next run ends as if nothing had been, and edits meanwhile are kept."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

from framework.runtime.renders import merge, prune
from tests.unit.runtime.place import BODY, Place, Tree, changed, killed_at

OLD: Tree = {"a.txt": BODY, "b.txt": BODY, "c.txt": BODY, "gone/d.txt": BODY}
MINE: Tree = {"b.txt": changed(2, "mine"), "c.txt": changed(2, "mine"), "new.txt": "mine\n"}
NEW: Tree = {"a.txt": changed(2, "x"), "b.txt": changed(8, "x"), "c.txt": changed(2, "x"), "deep/e.txt": "e\n"}


def _build(place: Place) -> list[str]:
    """Bring the next render in; what clashes."""
    merged = merge(place.files, place.root.parent / "new", sorted(NEW), "build: new")
    gone = prune(place.files, NEW.keys(), "build: gone")
    return [clash.path for clash in (*merged.clashes, *gone.clashes)]


@pytest.fixture
def edited(tmp_path: Path) -> Place:
    """A project with a render and edits in it, and the next render beside it."""
    place = Place(tmp_path / "edited").begin()
    place.render(OLD)
    place.write(MINE)
    place.write(NEW, tmp_path / "new")
    return place


@pytest.mark.slow
def test_a_kill_anywhere_and_a_second_run_end_like_one_run(edited: Place) -> None:
    whole = Place(Path(shutil.copytree(edited.root, edited.root.with_name("whole"))))
    assert _build(whole) == ["c.txt"]
    expected = whole.state()
    for number in itertools.count(1):
        place = Place(Path(shutil.copytree(edited.root, edited.root.with_name("killed"))))
        if not killed_at(number, lambda place=place: _build(place)):  # type: ignore[misc]
            break
        assert _build(place) == ["c.txt"]
        assert place.state() == expected, number
        shutil.rmtree(place.root)
    assert number > 40


@pytest.mark.slow
@pytest.mark.parametrize("number", range(5, 45, 5))
def test_edits_between_a_kill_and_the_second_run_are_kept(edited: Place, number: int) -> None:
    place = edited
    assert killed_at(number, lambda: _build(place))
    for name in ("a.txt", "b.txt", "deep/e.txt"):
        before = (place.root / name).read_text() if (place.root / name).exists() else ""
        place.write({name: f"{before}edited {name}\n"})
    _build(place)
    for name in ("a.txt", "b.txt", "deep/e.txt"):
        assert f"edited {name}\n" in (place.root / name).read_text()
    assert _build(place) == _build(place)
