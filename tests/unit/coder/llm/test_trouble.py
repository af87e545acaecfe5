"""What a model is told of a failure: enough to find the cause, within bounds, and the same whenever it is the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.coder.debugging.by_model.trouble import Trouble, trouble_of
from agents.coder.debugging.failure import Failure, Frame, Raised, failed_probe
from agents.coder.debugging.scene import Scene
from framework.artifacts.bugfix import Try
from framework.runtime.codetree import CodeTree

LONG = "".join(f"line_{number} = {number}\n" for number in range(1, 501))
FILES = {
    "src/small/model.py": "def rate(step):\n    return 1 / step\n",
    "src/small/attention.py": "mask = None\n",
    "src/small/long.py": LONG,
    "scripts/train.py": "from small.model import rate\n",
    "configs/mini.yaml": "rate: 0.5\n",
}


def told(failure: Failure, *tries: Try, root: str = "/data/me/small", **more: str) -> Trouble:
    files = FILES | more
    tree = CodeTree(Path(root), {name: text.encode() for name, text in files.items()})
    scene = Scene(failure, tree, {}, "configs/mini.yaml", [], Path("python"), {}, "en")
    return trouble_of(scene, tries)


def crash(message: str, *places: tuple[str, int], log: str = "") -> Failure:
    frames = [Frame(file=file, line=line, function="f", code="g()", own=file in FILES) for file, line in places]
    command = ["python", "scripts/train.py"]
    return Failure(command=command, rc=1, ended="exit", error="ValueError", message=message, frames=frames, log=log)


def test_the_code_around_the_failing_line_is_shown_and_no_more_of_a_long_file() -> None:
    shown = told(crash("no", ("scripts/train.py", 1), ("src/small/long.py", 250))).code
    assert "=== src/small/long.py, lines 220 to 280 of 500\nline_220 = 220\n" in shown
    assert "line_281" not in shown
    assert shown.index("long.py") < shown.index("scripts/train.py")
    assert shown.endswith("=== configs/mini.yaml, lines 1 to 1 of 1\nrate: 0.5")


def test_the_same_failure_is_told_in_the_same_words_on_every_machine() -> None:
    one = crash("<f at 0x7f12ab> in /data/me/small/src/x.py, /tmp/tmpabc123x", ("src/small/model.py", 2), log="12.3 s")
    two = crash("<f at 0x7e99> in /srv/you/src/x.py, /tmp/tmpzzz999x", ("src/small/model.py", 2), log="99.1 s")
    assert told(one) == told(two, root="/srv/you")


def test_steps_and_their_speeds_are_no_part_of_it() -> None:
    said = told(crash("no", log="step 1/4 at 0.3 s\nWarning: odd\nstep 2/4 at 0.4 s")).failure
    assert "Warning: odd" in said
    assert "step 2" not in said


def test_what_it_followed_from_and_what_was_tried_is_told() -> None:
    first = Raised(error="KeyError", message="'rate'", frames=[])
    failure = crash("no", ("/x/site-packages/torch/nn.py", 3)).model_copy(update={"chain": [first]})
    tried = Try(entry="a", kind="code", title="T", why="W", guess=True, diff="", outcome="refused", said=["a cheat"])
    trouble = told(failure, tried)
    assert "KeyError: 'rate'" in trouble.failure
    assert "torch/nn.py:3 in f" in trouble.failure
    assert "site-packages" not in trouble.failure
    assert trouble.tried == "- T: refused. a cheat"


def test_for_a_probe_the_files_of_its_topic_are_shown() -> None:
    shown = told(failed_probe(["python", "scripts/probe.py"], "causal_mask", "the future is seen")).code
    assert "=== src/small/attention.py" in shown
    assert "long.py" not in shown


@pytest.mark.parametrize("size", [10, 10_000, 1_000_000])
def test_however_much_is_said_the_question_stays_short(size: int) -> None:
    places = [("src/small/model.py", 1), ("src/small/long.py", 3), *[("/a/b.py", n) for n in range(90)]]
    failure = crash("x" * size, *places, log="y\n" * size)
    trouble = told(failure, **{"src/small/model.py": "z" * size})
    assert len(trouble.model_dump_json()) < 40_000
