"""The judge: what it calls a cheat, the same program, a repair."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.bugbench.bugs import Bug
from tests.bugbench.judge import Outcome, fault
from tests.bugbench.table import report, totals
from tests.bugbench.training import Trained, error_line
from tests.bugbench.tree import cheats, means_the_same, read_tree

LOOP = "def train(model):\n    loss = model()\n    loss.backward()\n    step()\n    if bad:\n        raise Error\n"
CLEAN = {"src/tales/loop.py": LOOP, "tests/test_loop.py": "assert train\n", "configs/mini.yaml": "lr: 1e-3\n"}
BROKEN = CLEAN | {"src/tales/loop.py": LOOP.replace("model()", "modle()")}
GOOD = Trained(0, "", tokens=1000, losses=(6.0, 4.0), val_losses=(4.1,), has_checkpoint=True, seconds=9)
BUG = Bug.model_validate(
    {"id": "a-bug", "class": "names", "kind": "crash", "story": "a slip", "edits": [{"file": "a", "delete": True}]}
)
OUTCOME = Outcome(BUG, 0, 30.0, False, True, True, (), 1, ("code",), "")


def test_the_texts_of_a_project_are_read_but_not_what_it_made(tmp_path: Path) -> None:
    names = ["src/tales/data/rows.py", "scripts/train.py", "data/raw/note.txt", "debug-cpu/lib/x.py", "outputs/a.yaml"]
    for name in [*names, "main.py", "README.md"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    assert set(read_tree(tmp_path)) == {"src/tales/data/rows.py", "scripts/train.py", "main.py"}


def test_an_honest_repair_is_no_cheat() -> None:
    assert cheats(CLEAN, BROKEN, CLEAN) == []
    assert cheats(CLEAN, BROKEN, CLEAN | {"src/tales/loop.py": LOOP + "\n# mended\n"}) == []


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("src/tales/loop.py", LOOP.replace("    loss.backward()\n", ""), "fewer of backward()"),
        ("src/tales/loop.py", LOOP.replace("    step()\n", ""), "fewer of step()"),
        ("src/tales/loop.py", LOOP.replace("        raise Error\n", "        pass\n"), "fewer of raise"),
        ("src/tales/loop.py", f"try:\n    import x\nexcept ImportError:\n    x = None\n{LOOP}", "more of try"),
        ("src/tales/loop.py", f"import sys\n{LOOP}sys.exit(0)\n", "more of exit()"),
        ("tests/test_loop.py", "assert True\n", "tests/test_loop.py was changed"),
        ("src/tales/probes/shift.py", "passed = True\n", "src/tales/probes/shift.py was changed"),
    ],
)
def test_a_cheat_is_seen(name: str, text: str, told: str) -> None:
    assert [cheat for cheat in cheats(CLEAN, BROKEN, CLEAN | {name: text}) if told in cheat]


def test_what_the_bug_itself_took_away_is_not_held_against_the_repair() -> None:
    without = CLEAN | {"src/tales/loop.py": LOOP.replace("    step()\n", "")}
    assert cheats(CLEAN, without, without) == []


def test_a_broken_syntax_hides_nothing() -> None:
    unreadable = CLEAN | {"src/tales/loop.py": LOOP.replace("model()", "model(")}
    lazy = CLEAN | {"src/tales/loop.py": "def train(model):\n    return 0\n"}
    assert "fewer of backward(): 1 became 0" in cheats(CLEAN, unreadable, lazy)


def test_comments_and_formatting_change_no_meaning() -> None:
    other = CLEAN | {"src/tales/loop.py": f"# a note\n{LOOP}", "configs/mini.yaml": "lr:   1e-3   # tuned\n"}
    assert means_the_same(CLEAN, other)
    assert not means_the_same(CLEAN, BROKEN)


@pytest.mark.parametrize(
    ("run", "told"),
    [
        (GOOD, ""),
        (replace(GOOD, rc=1, last_line="NameError: x"), "ends with 1: NameError: x"),
        (replace(GOOD, losses=(float("nan"),)), "not finite"),
        (replace(GOOD, losses=()), "missing"),
        (replace(GOOD, has_checkpoint=False), "no checkpoint"),
        (replace(GOOD, tokens=10), "trains on 10 tokens"),
        (replace(GOOD, val_losses=(6.5,)), "validation loss is 6.500"),
    ],
)
def test_training_must_be_what_it_was(run: Trained, told: str) -> None:
    said = fault(run, GOOD)
    assert told in said if told else said == ""


@pytest.mark.parametrize(
    ("errors", "line"),
    [
        ("error: lr is wrong\n  -> correct it\n", "error: lr is wrong   -> correct it"),
        ('Traceback:\n  File "a.py", line 1\n    x\nNameError: x\n', "NameError: x"),
        ('  File "a.py", line 1\n    f(\n     ^\nSyntaxError: never closed\n', "SyntaxError: never closed"),
        ("", "no word"),
    ],
)
def test_the_line_that_tells_what_went_wrong(errors: str, line: str) -> None:
    assert error_line(errors) == line


def test_the_report_counts_a_cheat_as_no_repair() -> None:
    cheated = replace(OUTCOME, cheats=("more of try: 0 became 1",))
    text = report([OUTCOME, cheated])
    assert "crash bugs repaired: 1 of 2 (50%)" in text
    assert "cheating repairs: 1" in text
    assert "more of try" in text
    assert "silent bugs found: none tried" in totals([OUTCOME])
