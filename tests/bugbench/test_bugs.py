"""The set of bugs: large enough, of all classes, and every one of them fits the template as it is."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from framework import resources
from tests.bugbench.__main__ import BUGS
from tests.bugbench.bugs import Bug, FileEdit, TextEdit, load_bugs
from tests.bugbench.ground import site_of
from tests.bugbench.inject import DoesNotApply, Site, inject
from tests.bugbench.sample import stratified

EDIT = {"file": "a.py", "find": "x", "replace": "y"}
ENTRY = {"id": "one", "class": "names", "kind": "crash", "story": "a slip", "edits": [EDIT]}


@pytest.fixture(scope="module")
def bugs() -> list[Bug]:
    return load_bugs(BUGS)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "src" / "tales").mkdir(parents=True)
    (tmp_path / "src" / "tales" / "__init__.py").write_text("", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "the-tales"\n', encoding="utf-8")
    return site_of(tmp_path, "configs/mini.yaml", tmp_path / "debug-cpu" / "bin" / "python")


def bug(**changes: object) -> Bug:
    return Bug.model_validate(ENTRY | changes)


def test_there_are_enough_of_both_kinds_and_of_every_class(bugs: list[Bug]) -> None:
    kinds = [bug.kind for bug in bugs]
    assert kinds.count("crash") >= 55
    assert kinds.count("silent") >= 15
    classes = "dependency environment imports paths names syntax config shapes dtypes devices memory divergence"
    pipeline = "tokenizer masks data checkpoints launch workers"
    training = "causality shift loop schedule accumulation eval split labels resume"
    assert {*f"{classes} {pipeline} {training}".split()} <= {bug.class_ for bug in bugs}


def test_every_bug_fits_the_template(bugs: list[Bug], tmp_path: Path) -> None:
    family = resources.path("templates/scratch/project")
    package = site_of(family, "configs/pretrain/mini.yaml", family)
    misfits = []
    for one in bugs:
        site = replace(package, root=tmp_path / one.id)
        edits = tuple(edit for edit in one.edits if isinstance(edit, TextEdit | FileEdit))
        for name in {site.fill(edit.file) for edit in edits}:
            (site.root / name).parent.mkdir(parents=True, exist_ok=True)
            if (family / name).is_file():
                shutil.copy(family / name, site.root / name)
        try:
            inject(one.model_copy(update={"edits": edits}), site)
        except DoesNotApply as error:
            misfits.append(f"{one.id}: {error}")
    assert misfits == []


def test_placeholders_are_filled_and_other_braces_stay(site: Site) -> None:
    path = site.root / "src" / "tales" / "__init__.py"
    path.write_text("from tales.x import y\nprint(f'{y}')\n", encoding="utf-8")
    edit = {"file": "src/{package}/__init__.py", "find": "from {package}.x", "replace": "from {package}.z"}
    inject(bug(edits=[edit]), site)
    assert path.read_text(encoding="utf-8") == "from tales.z import y\nprint(f'{y}')\n"


def test_an_edit_that_finds_its_text_twice_does_not_apply(site: Site) -> None:
    (site.root / "a.py").write_text("x\nx\n", encoding="utf-8")
    with pytest.raises(DoesNotApply, match="2 times, not 1"):
        inject(bug(), site)


def test_a_pattern_keeps_its_groups(site: Site) -> None:
    (site.root / "a.py").write_text("size: 12\n", encoding="utf-8")
    inject(bug(edits=[{"file": "a.py", "pattern": r"size: (\d+)", "replace": r'size: "\1"'}]), site)
    assert (site.root / "a.py").read_text(encoding="utf-8") == 'size: "12"\n'


@pytest.mark.parametrize(
    ("become", "content"),
    [
        ("renamed column", '{"content": "hello"}\n{"content": "you"}\n'),
        ("one row", '{"text": "hello"}\n'),
        ("numbers", '{"text": 17}\n{"text": 15}\n'),
        ("python repr", "{'text': 'hello'}\n{'text': 'you'}\n"),
        ("empty", ""),
    ],
)
def test_data_becomes_what_is_said(site: Site, become: str, content: str) -> None:
    path = site.root / "data" / "mini" / "train.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text('{"text": "hello"}\n{"text": "you"}\n', encoding="utf-8")
    inject(bug(edits=[{"data": "train", "become": become}]), site)
    assert path.read_text(encoding="utf-8") == content


@pytest.mark.parametrize(
    "wrong",
    [
        {"file": "a.py", "find": "x", "pattern": "x", "replace": "y"},
        {"file": "a.py", "replace": "y", "find": ""},
        {"file": "a.py", "delete": True, "move": "b.py"},
        {"file": "a.py"},
        {"data": "train", "become": "better"},
        {"file": "a.py", "find": "x", "replace": "y", "often": 2},
    ],
)
def test_a_wrong_edit_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        bug(edits=[wrong])


def test_two_bugs_of_one_id_are_refused(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(str(ENTRY), encoding="utf-8")
    with pytest.raises(ValueError, match="two bugs have one id: one"):
        load_bugs(tmp_path)


def test_a_sample_takes_from_many_classes_and_is_the_same_for_a_seed(bugs: list[Bug]) -> None:
    chosen = stratified(bugs, 8, 3)
    assert chosen == stratified(bugs, 8, 3)
    assert len({bug.class_ for bug in chosen}) == 8
    assert [bug.kind for bug in chosen].count("silent") == 2
    assert chosen != stratified(bugs, 8, 4)
