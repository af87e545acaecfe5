"""Silent bugs without proven code: the typical cause of each is among the first few proposals, and honest."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from agents.coder.debugging.failure import Failure, failed_probe
from agents.coder.debugging.guards.violations import violations
from agents.coder.debugging.scene import Scene
from agents.coder.debugging.silent.proposals import silent_proposals
from framework.messages import LANGUAGES, Lang
from framework.runtime.introspection import Python
from tests.unit.coder.debugging.guarded import FILES, Edit, edited, tree_of


def _scene(texts: dict[str, str], probe: str, lang: Lang = "en") -> Scene:
    return Scene(
        failure=failed_probe(["python", "scripts/probe.py"], probe, "no"),
        tree=tree_of(texts),
        proven={},
        config="configs/run.yaml",
        overrides=[],
        python=Python(Path("python")),
        modules={},
        lang=lang,
    )


_READ = yaml.safe_load((Path(__file__).parent / "silent_bugs.yaml").read_text(encoding="utf-8"))
BUGS = [(one.pop("probe"), Edit(**one)) for one in _READ]


# Where another place than the proven one is as good, what must stand there.
AS_GOOD = {
    "stays in eval": r"(?s)self\.model\.eval\(\).*count \+= 1\n        self\.model\.train\(\)",
    "no eval": r"self\.model\.eval\(\)\n        (total|with)",
    "never zeroed": r"self\.optimizer\.step\(\)\n        self\.optimizer\.zero_grad\(\)",
    "not stepped": r"self\.optimizer\.step\(\)\n        self\.scheduler\.step\(\)",
    "not divided": r"\(loss / self\.config\.accumulate\)\.backward\(\)",
    "divided twice": r"loss = loss\n",
    "frozen": r"model\.head\.requires_grad_\(True\)",
    "not seeded": r"set_seed\(self\.config\.seed\)\n        self\.model\.train",
    "optimizer not loaded": r'trainer\.optimizer\.load_state_dict\(state\["optimizer"\]\)',
}


def _is_mended(edit: Edit, text: str) -> bool:
    if edit.name in AS_GOOD:
        return re.search(AS_GOOD[edit.name], text) is not None
    return ast.dump(ast.parse(text)) == ast.dump(ast.parse(FILES[edit.file]))


@pytest.mark.parametrize(("probe", "edit"), BUGS, ids=lambda one: one.name if isinstance(one, Edit) else one)
def test_the_typical_cause_is_among_the_first(probe: str, edit: Edit) -> None:
    offered = list(silent_proposals(_scene(edited(edit), probe)))[:4]
    assert any(_is_mended(edit, one.texts[edit.file]) for one in offered if edit.file in one.texts)


@pytest.mark.parametrize(("probe", "edit"), BUGS, ids=lambda one: one.name if isinstance(one, Edit) else one)
def test_what_mends_is_honest_and_marked_as_a_guess(probe: str, edit: Edit) -> None:
    texts = edited(edit)
    offered = list(silent_proposals(_scene(texts, probe)))
    assert all(one.guess for one in offered)
    mending = next(one for one in offered if edit.file in one.texts and _is_mended(edit, one.texts[edit.file]))
    assert violations(tree_of(texts), tree_of(texts | mending.texts), "en") == []


def test_no_probe_no_proposal() -> None:
    crash = Failure(command=[], rc=1, ended="exit", error="ValueError", message="", frames=[], log="")
    assert list(silent_proposals(replace(_scene(FILES, "causality"), failure=crash))) == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("probe", "edit"), BUGS, ids=lambda one: one.name if isinstance(one, Edit) else one)
def test_every_cause_can_be_said(probe: str, edit: Edit, lang: Lang) -> None:
    assert all(one.title and one.why for one in silent_proposals(_scene(edited(edit), probe, lang)))
