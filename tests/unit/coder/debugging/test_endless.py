"""No text of a run and no pattern of a person's may take for ever."""

from __future__ import annotations

import pytest

from agents.coder.debugging.endless import is_endless
from agents.coder.debugging.entries import fits
from agents.coder.debugging.logs import without_bars
from agents.coder.debugging.playbook import Playbook
from framework.artifacts.document import parse_mapping
from framework.errors import InvalidDocument
from tests.unit.coder.debugging.reading import failed, scene_of, traceback

BOOK = """
limits: {{attempts: 6, per_failure: 4, seconds: 60, memory_gib: 1}}
entries:
  - id: moon-phase
    class: config
    when: {{says: {{any_of: ['{pattern}']}}}}
    why: {{en: "x", zh: "x"}}
"""


@pytest.mark.parametrize(
    "pattern", ["(a+)+", "(a*)*b", "(a|a)*", "(a|aa)+", r"(\w+\s?)*", "x(?P<n>.*)*", "((a+))*", "(?=(a+)+)"]
)
def test_a_repetition_of_a_repetition_is_refused_with_its_entry(pattern: str) -> None:
    with pytest.raises(InvalidDocument, match="moon-phase"):
        parse_mapping(Playbook, BOOK.format(pattern=pattern), "DEBUG_CODE.md")


@pytest.mark.parametrize("pattern", [r"(?:\w+\.)*x", "a+b*", "(?:ab|cd)*", "(?P<n>.*)", r"(?:\w+, )+and", "(a{1,3})+"])
def test_the_usual_repetitions_are_let_through(pattern: str) -> None:
    assert not is_endless(pattern)


def test_a_search_reads_a_bounded_text() -> None:
    book = parse_mapping(Playbook, BOOK.format(pattern="here$"), "DEBUG_CODE.md")
    for text, found in (("here", True), ("x" * 50_000 + "here", False), ("x\\n" * 9 + "here", True)):
        scene = scene_of(failed(traceback(f"ValueError: {text}")), {})
        assert (fits(scene, book.entries[0]) is not None) is found


def test_bars_are_known_and_no_line_takes_long() -> None:
    bars = [
        " 40%|####      | 4/10 [00:01<00:02,  3.1it/s]", "100%|##| 2/2 [00:04<00:00, 2.0s/it]",
        "  0%|  | 0/2 [00:00<?, ?it/s]",
        "12it [00:01, 9.8it/s]",
    ]  # fmt: skip
    kept = ["accuracy 40% | fine", "100%|" * 80_000, "9" * 80_000, "done"]
    assert without_bars([*bars, *kept]) == kept
