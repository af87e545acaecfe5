"""The clean template as a subject of review, and copies of it with something planted."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

from agents.reviewer.subject import Subject, package_of
from framework.artifacts.files import ProjectFiles
from framework.artifacts.records import Answers, RunRecord, Settings
from framework.messages import Lang
from framework.runtime import history
from framework.runtime.codetree import CodeTree
from framework.runtime.workspace import Workspace
from framework.workflow.skills import load_role

FAMILY = Path(__file__).resolve().parents[3] / "templates/scratch"


class Plant(Protocol):
    """The clean project with files replaced, added, or (None) removed."""

    def __call__(self, edits: Mapping[str, str | None], lang: Lang = "en") -> Subject: ...


@pytest.fixture(scope="session")
def clean_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template as a repository of its own, as a user gets it. Nobody writes into it."""
    folder = tmp_path_factory.mktemp("clean") / "scratch"
    for name in (FAMILY / "files.txt").read_text(encoding="utf-8").splitlines():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FAMILY / "project" / name, target)
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    return folder


def desk_at(root: Path) -> Workspace:
    """The reviewer at work on the files of a folder, which get a history."""
    files = ProjectFiles(root)
    history.begin(files)
    history.record(files, "the project")
    run = RunRecord(name=root.name, lang="en", request="a model", settings=Settings(), created_at="now")
    return Workspace(files, load_role("reviewer"), "review", run, Answers(), lambda _: None)


@pytest.fixture(scope="session")
def clean_tree(clean_folder: Path) -> CodeTree:
    """The clean project as data, read and parsed once."""
    tree = CodeTree.read(clean_folder)
    assert len(tree.python) > 200
    return tree


@pytest.fixture(scope="session")
def clean(clean_tree: CodeTree) -> Subject:
    """The clean project under review."""
    return Subject(clean_tree, package_of(clean_tree), None, "en")


@pytest.fixture
def plant(clean_tree: CodeTree) -> Plant:
    """Makes a project with defects; what is not touched is not parsed again."""

    def planted(edits: Mapping[str, str | None], lang: Lang = "en") -> Subject:
        new = CodeTree(clean_tree.root, {name: text.encode() for name, text in edits.items() if text is not None})
        files = {name: data for name, data in clean_tree.files.items() if name not in edits} | dict(new.files)
        tree = CodeTree(clean_tree.root, files)
        for part in ("texts", "python"):
            kept = {name: value for name, value in getattr(clean_tree, part).items() if name not in edits}
            tree.__dict__[part] = kept | getattr(new, part)
        return Subject(tree, package_of(tree), None, lang)

    return planted
