"""trace.md: a row for each value, and no value rests on another one's evidence."""

from __future__ import annotations

from agents.coder.scratch.case import Covered
from agents.coder.scratch.fill import fill
from agents.planner.family import with_family
from agents.planner.tracing import trace_of
from framework.artifacts.build import BuildLog, BuildTask, LogRow, TaskList, TraceRow
from tests.unit.coder.wishes import tech_for, wanted

PROOF = ["python", "-m", "pytest", "tests/a"]


def traced(**slots: object) -> dict[tuple[str, str], TraceRow]:
    """The rows for requirements of a story model with these slots, all of whose tasks are verified."""
    whole = {"task": "pretrain", "goal": "a small model that writes stories", "hardware__vram_gb": 24} | slots
    needs, tech = wanted(**whole), tech_for(**whole)
    chosen = with_family(needs, tech)
    assert chosen is not None
    filled = fill(needs, chosen, None, "")
    files = sorted({file for covered in filled.covered for file in covered.files})
    task = BuildTask(id="all", title="all", needs=[], serves=[], files=files, proof=PROOF)
    row = LogRow(task="all", title="all", state="verified", files={}, commit="", done=None)
    todo = TaskList(project=tech.project, family="scratch", tasks=[task])
    log = BuildLog(project=tech.project, family="scratch", environment="e", rows=[row], unmet=filled.unmet)
    assert all(isinstance(covered, Covered) for covered in filled.covered)
    return {(one.slot, one.value): one for one in trace_of(needs, todo, log, filled).rows}


def test_what_is_built_is_verified_and_what_is_to_be_measured_is_configured() -> None:
    rows = traced(license="Apache-2.0", sla__latency_ms=2000)
    assert rows["license", "Apache-2.0"].evidence == "verified"
    assert rows["sla.latency_ms", "2000"].evidence == "configured"


def test_each_of_several_wishes_has_its_own_evidence() -> None:
    rows = traced(stack=["PyTorch", "DeepSpeed"])
    assert rows["stack", "PyTorch"].evidence == "verified"
    assert (rows["stack", "DeepSpeed"].evidence, rows["stack", "DeepSpeed"].files) == ("unmet", [])
