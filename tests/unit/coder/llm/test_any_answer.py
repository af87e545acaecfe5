"""Whatever a model answers: nothing breaks, and what is taken is what the bounds say."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.coder.debugging.by_model.allowed import Diagnosis, diagnosis_faults
from agents.coder.debugging.guards.violations import violations
from agents.reviewer.remarks import Remark, finding, unfounded
from framework.runtime.codetree import CodeTree
from tests.unit.coder.llm.test_diagnosis_bounds import FILES, MODEL, TREE
from tests.unit.reviewer.llm.test_senior_look import LOSS, subject

WORDS = "return |x|(|)|[|'|\"|\\d|#|import torch\n|@|\t|{|:|=|&a|*a|!x|0.5|é|await |f'{x}'|not |1if x else|-"
PIECES = st.sampled_from(["\n", "    ", "\u2028", "\x0c", *WORDS.split("|")])


@st.composite
def edits(draw: Any) -> Diagnosis:
    file = draw(st.sampled_from([MODEL, "src/small/broken.py", "configs/mini.yaml", "scripts/train.py"]))
    text = FILES[file]
    start = draw(st.integers(0, len(text) - 1))
    old = text[start : start + draw(st.integers(1, 25))]
    return Diagnosis(file=file, old=old, new="".join(draw(st.lists(PIECES, max_size=8))), why="The cause.")


@settings(max_examples=400, deadline=None)
@given(edits())
def test_an_edit_is_refused_or_can_be_judged(found: Diagnosis) -> None:
    if not diagnosis_faults(TREE, found):
        text = FILES[found.file].replace(found.old, found.new)
        after = CodeTree(TREE.root, {**TREE.files, found.file: text.encode()})
        assert text != FILES[found.file]
        assert not found.file.endswith(".py") or found.file in after.python
        violations(TREE, after, "en")


LINES = LOSS.split("\n")


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_what_is_kept_of_a_remark_stands_in_the_file(data: Any) -> None:
    words = data.draw(st.sampled_from(LINES) | st.text(max_size=20))
    start = data.draw(st.integers(0, max(0, len(words) - 1)))
    remark = Remark(
        file=data.draw(st.sampled_from(["src/small/loss.py", "src/small/gone.py", "tests/test_loss.py", "", "/"])),
        line=data.draw(st.integers(1, 12)),
        evidence=words[start:],
        why=data.draw(st.text(max_size=20)),
        severity="note",
    )
    if not unfounded(subject(), remark):
        found = finding(subject(), remark)
        assert found.line is not None
        assert abs(found.line - remark.line) <= 2
        assert remark.evidence.strip() in LINES[found.line - 1]
        assert found.severity == "warning"
