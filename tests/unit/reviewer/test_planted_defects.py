"""Every planted defect is found, where it is; the clean project gives no finding, under any name."""

from __future__ import annotations

import re

import pytest

from agents.reviewer.checks import CHECKS
from agents.reviewer.subject import Subject, package_of
from framework.runtime.codetree import CodeTree
from tests.unit.reviewer.conftest import Plant
from tests.unit.reviewer.planted import DEFECTS, SECRETS, Defect


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name.replace(" ", "-"))
def test_a_planted_defect_is_found_where_it_is(defect: Defect, clean_tree: CodeTree, plant: Plant) -> None:
    subject = plant(defect.plant(clean_tree.texts))
    found = [finding for finding in CHECKS[defect.by](subject) if finding.file == defect.file]
    lines = ["", *subject.tree.texts.get(defect.file, "").splitlines()]
    assert [one for one in found if defect.at in lines[one.line or 0]], [(one.line, one.evidence) for one in found]
    assert not [secret for one in found for secret in SECRETS.values() if secret in one.evidence + one.remedy]


@pytest.mark.parametrize("name", CHECKS)
def test_the_clean_project_gives_no_finding(name: str, clean: Subject) -> None:
    assert [(one.file, one.line, one.evidence) for one in CHECKS[name](clean)] == []


@pytest.fixture(scope="module")
def renamed(clean_tree: CodeTree) -> Subject:
    """The same project as somebody else calls it."""
    names = {"scratch_llm": "tiny_poet", "scratch-llm": "tiny-poet", "Scratch LLM": "Tiny Poet"}
    pattern = re.compile("|".join(rf"\b{old}\b" for old in names))
    files = {
        pattern.sub(lambda found: names[found[0]], path): pattern.sub(lambda found: names[found[0]], text).encode()
        for path, text in clean_tree.texts.items()
    }
    tree = CodeTree(clean_tree.root, files)
    return Subject(tree, package_of(tree), None, "zh")


@pytest.mark.parametrize("name", CHECKS)
def test_the_renamed_project_gives_no_finding(name: str, renamed: Subject) -> None:
    assert renamed.package == "tiny_poet"
    assert [(one.file, one.line, one.evidence) for one in CHECKS[name](renamed)] == []
