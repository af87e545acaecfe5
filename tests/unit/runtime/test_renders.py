"""Renders merged into a project that its user works on: every kind of edit, and nothing of it is ever lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from framework.artifacts.files import ProjectFiles
from framework.errors import MissingOutside, UsageError
from framework.runtime import history
from framework.runtime.renders import Merged, merge, prune, rendered
from tests.unit.runtime.place import BODY, Place, Tree, changed


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "project").begin()


def test_a_first_render_is_written_and_committed(place: Place) -> None:
    merged = place.render({"a.txt": "a\n", "src/b.bin": b"\0\xff\r\n", "src/c.txt": "no end"}, "build: files")
    assert merged == Merged(place.git("rev-parse", "HEAD"), ["a.txt", "src/b.bin", "src/c.txt"], [])
    assert place.tree() == {
        "a.txt": b"a\n",
        "reports/tech.md": b"a report\n",
        "src/b.bin": b"\0\xff\r\n",
        "src/c.txt": b"no end",
    }
    assert place.commits() == ["begin", "build: files"]
    assert place.branch("foundry/render").keys() == {"a.txt", "src/b.bin", "src/c.txt"}
    assert place.git("rev-parse", "HEAD^2") == place.git("rev-parse", "foundry/render") == rendered(place.files)
    assert place.git("status", "--porcelain") == ""


def test_the_same_again_does_nothing(place: Place) -> None:
    first = place.render({"a.txt": "a\n", "b.txt": "b\n"})
    place.write({"b.txt": "mine\n"})
    edited = place.render({"a.txt": "a\n", "b.txt": "b\n"})
    again = place.render({"a.txt": "a\n", "b.txt": "b\n"})
    assert edited.commit != first.commit
    assert again == Merged(edited.commit, [], [])
    assert place.commits() == ["begin", "build", "edits by hand"]


def test_the_user_may_ignore_what_is_foundrys(place: Place) -> None:
    place.render({"a.txt": "a\n", ".gitignore": "/out/\n"})
    place.write({".gitignore": "/out/\n.foundry/\nreports/\n", "a.txt": "mine\n", ":(top)odd *.txt": "odd\n"})
    place.render({"a.txt": "a\n", ".gitignore": "/out/\n", "b.txt": "b\n"})
    assert place.commits()[-2:] == ["edits by hand", "build"]
    assert place.tree()["a.txt"] == b"mine\n"
    assert place.tree()[":(top)odd *.txt"] == b"odd\n"


# What the user has made of the file (None: deleted), what the new render has, and what comes of it (None: a clash).
EDITS: dict[str, tuple[str | bytes, str, str | None]] = {
    "only the render changed": (BODY, changed(2, "theirs"), changed(2, "theirs")),
    "only the user changed": (changed(2, "mine"), BODY, changed(2, "mine")),
    "both changed the same": (changed(2, "same"), changed(2, "same"), changed(2, "same")),
    "in different places": (changed(2, "mine"), changed(8, "new"), changed(8, "new", changed(2, "mine"))),
    "in the same place": (changed(2, "mine"), changed(2, "theirs"), None),
    "deleted, not rendered anew": ("", BODY, ""),
    "deleted, and rendered anew": ("", changed(2, "theirs"), None),
    "no text any more": (b"\0mine", changed(2, "theirs"), None),
    "other ends of lines": (BODY.replace("\n", "\r\n"), changed(2, "theirs"), None),
}


@pytest.mark.parametrize("case", EDITS)
def test_both_sides_of_a_file(place: Place, case: str) -> None:
    mine, theirs, result = EDITS[case]
    place.render({"a.txt": BODY, "other.txt": "1\n"})
    tree: Tree = {"a.txt": mine}
    place.write(tree)
    if not mine:
        (place.root / "a.txt").unlink()

    merged = place.render({"a.txt": theirs, "other.txt": "2\n"})

    expected = mine if result is None else result
    found = place.tree().get("a.txt", b"")
    assert found == (expected.encode() if isinstance(expected, str) else expected)
    assert [clash.path for clash in merged.clashes] == (["a.txt"] if result is None else [])
    assert place.tree()["other.txt"] == b"2\n"
    assert place.git("status", "--porcelain") == ""


def test_a_clash_shows_what_differs_and_comes_back_until_it_is_settled(place: Place) -> None:
    place.render({"a.txt": BODY})
    place.write({"a.txt": changed(2, "mine")})
    first = place.render({"a.txt": changed(2, "theirs")})
    lines = first.clashes[0].diff.splitlines()
    assert lines[:2] == ["--- HEAD:a.txt", "+++ foundry/next:a.txt"]
    assert {"-mine", "+theirs"} <= set(lines)
    assert place.git("show", "foundry/next:a.txt") == changed(2, "theirs").strip()
    assert place.render({"a.txt": changed(2, "theirs")}) == Merged(first.commit, [], first.clashes)

    place.write({"a.txt": changed(2, "theirs")})

    assert place.render({"a.txt": changed(2, "theirs")}).clashes == []
    assert place.branch("foundry/next") == {}


@pytest.mark.parametrize(("strategy", "kept"), [("ours", "mine"), ("theirs", "theirs")])
def test_merging_what_was_offered_settles_a_clash(place: Place, strategy: str, kept: str) -> None:
    place.render({"a.txt": BODY, "b.txt": BODY})
    place.write({"a.txt": changed(2, "mine"), "b.txt": changed(2, "mine")})
    new: Tree = {"a.txt": changed(2, "theirs"), "b.txt": changed(3, "near", changed(9, "far"))}
    assert len(place.render(new).clashes) == 2

    place.git("merge", "--quiet", "--no-edit", f"--strategy-option={strategy}", "foundry/next")

    settled = place.render(new)
    assert (settled.written, settled.clashes) == ([], [])
    assert place.tree()["a.txt"] == changed(2, kept).encode()
    assert place.branch("foundry/next") == {}
    assert place.branch("foundry/render").keys() == {"a.txt", "b.txt"}


def test_only_clashing_files_come_up_when_the_user_merges(place: Place) -> None:
    place.render({"a.txt": BODY, "b.txt": BODY})
    place.write({"a.txt": changed(2, "mine"), "b.txt": changed(2, "mine")})
    place.render({"a.txt": changed(2, "theirs"), "b.txt": changed(8, "theirs")})
    with pytest.raises(AssertionError, match="CONFLICT"):
        place.git("merge", "foundry/next")
    assert place.git("status", "--porcelain") == "UU a.txt"

    with pytest.raises(UsageError, match="not finished"):
        place.render({"a.txt": BODY})

    place.git("merge", "--abort")


def test_the_branches_that_foundry_writes_are_not_worked_on(place: Place) -> None:
    place.render({"a.txt": BODY})
    place.git("switch", "--quiet", "foundry/render")
    with pytest.raises(UsageError, match="stands on the branch foundry/render"):
        place.render({"a.txt": BODY})
    place.git("switch", "--quiet", "--create", "mine", "main")
    assert place.render({"a.txt": "2\n"}).written == ["a.txt"]
    assert place.git("rev-parse", "HEAD^2") == place.git("rev-parse", "foundry/render")


def test_clashes_of_several_tasks_are_offered_together(place: Place) -> None:
    place.render({"a.txt": "1\n", "b.txt": "1\n", "c.txt": "1\n"})
    place.write({"a.txt": "mine\n", "b.txt": "mine\n"})
    for name in ("a.txt", "b.txt", "c.txt"):
        place.render({name: "2\n"}, f"build: {name}")
    assert [place.git("show", f"foundry/next:{name}") for name in ("a.txt", "b.txt", "c.txt")] == ["2", "2", "2"]
    place.git("merge", "--strategy=ours", "--no-edit", "foundry/next")
    assert [place.render({name: "2\n"}).clashes for name in ("a.txt", "b.txt")] == [[], []]
    assert place.tree()["a.txt"] == b"mine\n"


def test_a_file_of_the_user_in_the_way_of_the_first_render_is_a_clash(place: Place) -> None:
    place.write({"a.txt": "mine\n", "same.txt": "same\n"})
    merged = place.render({"a.txt": "theirs\n", "b.txt": "b\n", "same.txt": "same\n"})
    assert (merged.written, [clash.path for clash in merged.clashes]) == (["b.txt"], ["a.txt"])
    assert place.tree()["a.txt"] == b"mine\n"
    assert place.commits() == ["begin", "edits by hand", "build"]
    place.git("merge", "--strategy=ours", "--no-edit", "foundry/next")
    assert place.render({"a.txt": "theirs\n", "b.txt": "b\n", "same.txt": "same\n"}).clashes == []


def test_nothing_is_written_through_a_link_or_over_a_folder(place: Place, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (place.root / "linked").symlink_to(outside)
    (place.root / "file").symlink_to(outside / "target.txt")
    place.write({"folder/mine.txt": "mine\n", "plain": "mine\n"})
    merged = place.render(dict.fromkeys(("linked/a.txt", "file", "folder", "plain/a.txt", "fine.txt"), "theirs\n"))
    assert merged.written == ["fine.txt"]
    assert [clash.path for clash in merged.clashes] == ["file", "folder", "linked/a.txt", "plain/a.txt"]
    assert list(outside.iterdir()) == []


def test_an_ignored_and_an_executable_file_stay_what_they_are(place: Place) -> None:
    place.render({".gitignore": "*.log\n", "run.sh": "1\n", "kept.log": "1\n"})
    (place.root / "run.sh").chmod(0o755)
    merged = place.render({".gitignore": "*.log\n", "run.sh": "2\n", "kept.log": "2\n"})
    assert merged.written == ["kept.log", "run.sh"]
    assert os.access(place.root / "run.sh", os.X_OK)
    assert place.git("status", "--porcelain") == ""


def test_what_is_rendered_no_more_is_taken_out_unless_it_was_edited(place: Place) -> None:
    place.render({"a.txt": "a\n", "deep/er/b.txt": "b\n", "mine.txt": "1\n", "gone.txt": "1\n"})
    place.write({"mine.txt": "2\n", "deep/notes.txt": "notes\n"})
    (place.root / "gone.txt").unlink()
    merged = prune(place.files, {"a.txt"}, "build: gone")
    assert (merged.written, [clash.path for clash in merged.clashes]) == (["deep/er/b.txt"], ["mine.txt"])
    assert place.tree().keys() == {"a.txt", "deep/notes.txt", "mine.txt", "reports/tech.md"}
    assert not (place.root / "deep" / "er").exists()
    assert prune(place.files, {"a.txt"}, "build: gone") == Merged(merged.commit, [], merged.clashes)
    (place.root / "mine.txt").unlink()
    assert prune(place.files, {"a.txt"}, "build: gone").clashes == []


def test_a_file_becomes_a_folder(place: Place) -> None:
    place.render({"a": "file\n"})
    prune(place.files, set(), "build: gone")
    assert place.render({"a/b.txt": "b\n"}).clashes == []
    assert place.tree()["a/b.txt"] == b"b\n"


def test_inside_another_repository_that_would_interfere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outer = Place(tmp_path / "outer")
    outer.root.mkdir()
    history.begin(outer.files)
    outer.write({".gitignore": "*\n", ".gitattributes": "* text eol=crlf\n"})
    monkeypatch.setenv("GIT_DIR", str(outer.root / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    place = Place(outer.root / "generated" / "demo").begin()
    hook = place.root / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    monkeypatch.chdir(outer.root)
    assert place.render({".gitattributes": "* text=auto eol=crlf\n", "a.txt": "a\r\nb\n"}).clashes == []
    assert place.tree()["a.txt"] == b"a\r\nb\n"
    assert not (tmp_path / "index").exists()
    assert not (outer.root / ".git" / "index").exists()
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert place.render({".gitattributes": "* text=auto eol=crlf\n", "a.txt": "a\r\nb\n"}).written == []


def test_a_project_that_was_renamed_after_its_birth(place: Place) -> None:
    place.render({"a.txt": BODY})
    moved = Place(place.root.rename(place.root.with_name("moved")))
    assert moved.render({"a.txt": changed(2, "theirs")}).written == ["a.txt"]
    assert moved.commits() == ["begin", "build", "build"]


def test_a_relative_project_folder(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.root.parent)
    place.write({"a.txt": "1\n"}, Path("new"))
    assert merge(ProjectFiles(Path("project")), Path("new"), ["a.txt"], "build").written == ["a.txt"]


def test_a_project_without_history_is_refused(tmp_path: Path) -> None:
    place = Place(tmp_path / "bare")
    place.root.mkdir()
    with pytest.raises(MissingOutside, match="git"):
        place.render({"a.txt": "a\n"})


LINES = st.lists(st.sampled_from("abcdef"), max_size=6)
TREES = st.dictionaries(st.sampled_from(["1.txt", "2.txt", "d/3.txt"]), LINES)
CHANGES = st.lists(
    st.tuples(st.sampled_from(["1.txt", "2.txt", "d/3.txt"]), st.integers(0, 6), st.booleans()), max_size=5
)


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=TREES, changes=CHANGES, new=TREES)
def test_no_line_of_the_user_is_ever_lost(
    tmp_path_factory: pytest.TempPathFactory,
    old: dict[str, list[str]],
    changes: list[tuple[str, int, bool]],
    new: dict[str, list[str]],
) -> None:
    """Lines are put in or replace others; each is of the user's own making, so it can be found again."""
    place = Place(tmp_path_factory.mktemp("random") / "project").begin()
    place.render({name: _text(lines) for name, lines in old.items()})
    written: dict[str, list[str]] = {}
    for number, (name, at, replacing) in enumerate(changes):
        path = place.root / name
        lines = path.read_text().splitlines() if path.exists() else []
        lines[at : at + replacing] = [f"mine {number}"]
        place.write({name: _text(lines)})
        written[name] = lines
    render: Tree = {name: _text(lines) for name, lines in new.items()}

    first = [place.render(render), prune(place.files, render.keys(), "gone")]

    for name, lines in written.items():
        found = (place.root / name).read_text().splitlines()
        assert {line for line in lines if line.startswith("mine")} <= set(found)
        assert place.git("log", "--format=%h", "--first-parent", "--", name)
    again = [place.render(render), prune(place.files, render.keys(), "gone")]
    assert [(merged.written, merged.clashes) for merged in again] == [([], merged.clashes) for merged in first]
    assert {merged.commit for merged in again} == {first[-1].commit}
