"""What the run on little data showed of this machine."""

from __future__ import annotations

import re
from math import isfinite

from framework.artifacts.bugfix import Bugfix
from framework.artifacts.guidance import Measured

_FIGURE = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|\b(?:nan|inf)\b")


def measured_in(bugfix: Bugfix | None) -> Measured | None:
    """The calibration of bugfix_report.md, where there is one."""
    if bugfix is None or bugfix.measures is None:
        return None
    measures = bugfix.measures
    figures = {figure.name: figure for figure in measures.figures}
    checked = {check.name: check.measured for check in bugfix.checks}
    probed = {probe.name: probe.measured for probe in bugfix.probes}
    speed, memory = figures.get("tokens_per_s"), figures.get("memory_gb")
    return Measured(
        machine=measures.machine,
        device=measures.device,
        tokens_per_s=speed.measured if speed else None,
        memory_gb=memory.measured if memory else None,
        speed_factor=speed.factor if speed else None,
        first_loss=_number(probed.get("initial_loss", "")),
        last_loss=_number(checked.get("evaluated", "")),
        memory_extra_gb=max(0.0, memory.measured - memory.predicted) if memory else 0.0,
    )


def _number(text: str) -> float | None:
    """The last figure of a text in the report, such as "loss 6.676"; a dash is none."""
    figures = _FIGURE.findall(text)
    value = float(figures[-1]) if figures else None
    return value if value is not None and isfinite(value) else None
