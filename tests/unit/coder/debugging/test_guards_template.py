"""The guards on the code of the template: cheats are refused, taking back a bug is honest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.coder.debugging.guards.violations import violations
from framework.runtime.codetree import CodeTree
from tests.conftest import family_tree

_EDITS = yaml.safe_load((Path(__file__).parent / "template_edits.yaml").read_text(encoding="utf-8"))
_CHEATS = [one for one in _EDITS if one["kind"] == "cheat"]
_BUGS = [one for one in _EDITS if one["kind"] == "bug"]


@pytest.fixture(scope="module")
def project() -> CodeTree:
    """The template as it lies."""
    return family_tree("scratch")


def _edited(project: CodeTree, edit: dict[str, Any]) -> CodeTree:
    file = f"src/scratch_llm/{edit['file']}"
    text = project.texts[file]
    assert edit["old"] in text, edit
    return CodeTree(project.root, dict(project.files) | {file: text.replace(edit["old"], edit["new"]).encode()})


@pytest.mark.parametrize("edit", _CHEATS, ids=lambda one: f"{one['file']}: {one['new'].strip()}")
def test_a_cheat_is_refused(project: CodeTree, edit: dict[str, Any]) -> None:
    assert violations(project, _edited(project, edit), "en")


@pytest.mark.parametrize("edit", _BUGS, ids=lambda one: f"{one['file']}: {one['old'].strip()}")
def test_to_take_back_a_bug_is_honest(project: CodeTree, edit: dict[str, Any]) -> None:
    assert violations(_edited(project, edit), project, "en") == []
