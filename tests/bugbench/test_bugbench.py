"""What the debug stage promises, on a sample of the bugs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bugbench.__main__ import BUGS, try_all
from tests.bugbench.bugs import load_bugs
from tests.bugbench.ground import prepare
from tests.bugbench.table import report

# One that was seen to be mended: `make bugbench` tries them all, which takes hours.
IDS = ("open-bracket",)


@pytest.mark.slow
def test_a_planted_bug_is_mended_and_no_repair_cheats(tmp_path: Path) -> None:
    bugs = [bug for bug in load_bugs(BUGS) if bug.id in IDS]
    outcomes = try_all(bugs, prepare(None, tmp_path), wall_s=900)
    told = report(outcomes)
    assert [outcome.bug.id for outcome in outcomes if outcome.repaired and not outcome.cheats] == list(IDS), told
