"""What the debug stage promises, on a sample of the bugs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bugbench.__main__ import BUGS, try_all
from tests.bugbench.bugs import load_bugs
from tests.bugbench.ground import prepare
from tests.bugbench.sample import stratified
from tests.bugbench.table import report

SIZE, SEED = 8, 5


@pytest.mark.slow
def test_most_bugs_are_repaired_and_no_repair_cheats(tmp_path: Path) -> None:
    outcomes = try_all(stratified(load_bugs(BUGS), SIZE, SEED), prepare(None, tmp_path), wall_s=900)
    crashes = [outcome.repaired for outcome in outcomes if outcome.bug.kind == "crash"]
    silent = [outcome.found for outcome in outcomes if outcome.bug.kind == "silent"]
    told = report(outcomes)
    assert [outcome.bug.id for outcome in outcomes if outcome.cheats] == [], told
    assert sum(crashes) >= 0.9 * len(crashes), told
    assert sum(silent) >= 0.9 * len(silent), told
