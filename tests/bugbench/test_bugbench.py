"""What the debug stage promises, on a sample of the bugs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bugbench.__main__ import BUGS, try_all
from tests.bugbench.bugs import load_bugs
from tests.bugbench.ground import prepare
from tests.bugbench.sample import stratified
from tests.bugbench.table import report

SIZE, SEED = 8, 36063  # a seed whose bugs are quick to try: `make bugbench` tries them all, which takes hours


@pytest.mark.slow
def test_planted_bugs_of_eight_classes_are_mended_and_no_repair_cheats(tmp_path: Path) -> None:
    bugs = stratified(load_bugs(BUGS), SIZE, SEED)
    assert len({bug.class_ for bug in bugs}) == SIZE
    assert {bug.kind for bug in bugs} == {"crash", "silent"}

    outcomes = try_all(bugs, prepare(None, tmp_path), wall_s=900)

    told = report(outcomes)
    assert [outcome.bug.id for outcome in outcomes if outcome.repaired] == [bug.id for bug in bugs], told
    assert not any(outcome.cheats for outcome in outcomes), told
