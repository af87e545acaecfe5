"""trace.md: each value of each requirement, followed to what it became, to files, tests and evidence."""

from __future__ import annotations

from collections.abc import Iterator

from agents.coder.scratch.case import Covered
from agents.coder.scratch.fill import Filled
from framework.artifacts.build import BuildLog, BuildTask, TaskList, Trace, TraceRow
from framework.artifacts.requirements import Item, Requirements
from framework.artifacts.slots import REPEATABLE
from framework.artifacts.tech import Unmet
from framework.messages import say

# The proofs show that these are set, and not that they are kept: that is measured on the machine that serves or trains.
_MEASURED_LATER = (
    *("sla.latency_ms", "sla.percentile", "sla.throughput", "sla.availability"),
    *("time_limit_h", "budget_usd", "success_metric", "benchmarks", "hardware.vram_gb"),
)


def trace_of(wanted: Requirements, todo: TaskList, log: BuildLog, filled: Filled | None) -> Trace:
    """A row for each value, and for what was read in the request beyond the slots."""
    tracer = _Tracer(todo, log, filled.covered if filled else [], log.unmet)
    rows = [row for item in wanted.items for row in tracer.rows(item)]
    return Trace(project=log.project, rows=[*rows, *tracer.beyond(wanted)])


class _Tracer:
    def __init__(self, todo: TaskList, log: BuildLog, covered: list[Covered], unmet: list[Unmet]) -> None:
        self._todo, self._log, self._covered, self._unmet = todo, log, covered, unmet

    def rows(self, item: Item) -> Iterator[TraceRow]:
        values = item.value if isinstance(item.value, list) else [str(item.value)]
        for value in values:
            alone = len(values) == 1 and item.slot not in REPEATABLE
            covered = self._of(item.slot, value, alone=alone)
            missing = [one for one in self._unmet if one.slot == item.slot and (alone or one.wish == value)]
            yield self._row(item.slot, value, item.provenance, covered, missing)

    def beyond(self, wanted: Requirements) -> Iterator[TraceRow]:
        """What the request says and no slot holds."""
        told = {
            (item.slot, value)
            for item in wanted.items
            for value in (item.value if isinstance(item.value, list) else [str(item.value)])
        }
        single = {i.slot for i in wanted.items if not isinstance(i.value, list) and i.slot not in REPEATABLE}
        for covered in self._covered:
            if (covered.slot, covered.value) not in told and covered.slot not in single:
                yield self._row(covered.slot, covered.value, "stated", covered, [])
        for unmet in self._unmet:
            if (unmet.slot, unmet.wish) not in told and unmet.slot not in single:
                yield self._row(unmet.slot, unmet.wish, "stated", None, [unmet])

    def _of(self, slot: str, value: str, *, alone: bool) -> Covered | None:
        mine = [one for one in self._covered if one.slot == slot]
        exact = [one for one in mine if one.value == value]
        return next(iter(exact or (mine if alone else [])), None)

    def _row(self, slot: str, value: str, provenance: str, covered: Covered | None, missing: list[Unmet]) -> TraceRow:
        files = covered.files if covered else []
        tasks = [task for task in self._todo.tasks if set(task.files) & set(files)]
        nothing = say(self._log.language, "build.trace_nothing")
        return TraceRow(
            slot=slot,
            value=value,
            provenance=provenance,
            how=" ".join(one.why for one in missing) or (covered.how if covered else nothing),
            tasks=[task.id for task in tasks],
            files=files,
            tests=sorted({part for task in tasks for part in task.proof if part.startswith("tests")}),
            evidence="unmet" if missing or covered is None else self._evidence(slot, tasks),
        )

    def _evidence(self, slot: str, tasks: list[BuildTask]) -> str:
        states = {row.state for row in self._log.rows if row.task in {task.id for task in tasks}}
        if "failed" in states:
            return "failed"
        if states != {"verified"}:
            return "unverified"
        return "configured" if slot in _MEASURED_LATER else "verified"
