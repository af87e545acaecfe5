"""Every cheat that the guards know, proposed by a model, is refused; what mends honestly is looked at."""

from __future__ import annotations

import pytest

from agents.coder.debugging.by_model.allowed import Diagnosis, diagnosis_faults
from agents.coder.debugging.guards.violations import violations
from tests.unit.coder.debugging.guarded import CHEATS, FILES, HONEST, Edit, edited, tree_of

TREE = tree_of(FILES)
# What rules may do and a model may not: files of dependencies, and imports that reach out of the code.
_NOT_A_MODELS = {"import added", "import with a fallback", "dependency bounded", "dependency pinned"}


def faults(edit: Edit) -> list[str]:
    return diagnosis_faults(TREE, Diagnosis(file=edit.file, old=edit.old or "", new=edit.new, why="The cause."))


@pytest.mark.parametrize("cheat", [one for one in CHEATS if one.old], ids=lambda one: one.name)
def test_a_cheat_is_refused(cheat: Edit) -> None:
    assert faults(cheat) or violations(TREE, tree_of(edited(cheat)), "en")


@pytest.mark.parametrize("repair", [one for one in HONEST if one.old], ids=lambda one: one.name)
def test_an_honest_repair_is_looked_at(repair: Edit) -> None:
    assert bool(faults(repair)) == (repair.name in _NOT_A_MODELS)
