"""The silent-bug probes, run on a project: foundry's own copy of them, whatever has become of the project's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from framework.artifacts.base import sha256
from framework.artifacts.files import read_text
from framework.artifacts.ledger import now
from framework.artifacts.receipts import CommandReceipt
from framework.rendering.pristine import probe_names, write_pristine
from framework.runtime.passing_folders import passing_folder
from framework.runtime.restricted import Limits, Ran, run_restricted

if TYPE_CHECKING:
    from framework.runtime.venvs import Venv

PROBE = "scripts/probe.py"
_OWN = (PROBE, "src/scratch_llm/probes/")


class Finding(BaseModel):
    """What one probe saw."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str
    passed: bool
    measured: Any = ""
    limit: Any = ""
    why: str = ""


class _Report(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    probes: list[Finding]


@dataclass(frozen=True)
class Probed:
    """The run of the probes, and what they found; nothing where they could not run."""

    ran: Ran
    findings: list[Finding]
    receipt: CommandReceipt


def probe(root: Path, family: str, package: str, venv: Venv, words: Sequence[str], limits: Limits) -> Probed:
    """Run the probes in the project's folder; `words` are those of its own command line (--config and overrides)."""
    with passing_folder("probe") as place:
        write_pristine(family, package, _OWN, place)
        report = place / "report.json"
        command = ["python", str(place / PROBE), "--report", str(report), *words]
        ran = run_restricted(venv, root, command, limits)
        findings = _complete(family, _findings(report))
    return Probed(ran, findings, _receipt(ran, findings, ["python", PROBE, *words]))


def _complete(family: str, findings: list[Finding]) -> list[Finding]:
    """The project's own code runs in the same process: a probe that is not spoken of has not passed."""
    if not findings or not all(one.passed for one in findings):
        return findings
    left_out = probe_names(family) - {one.name for one in findings}
    return [*findings, *(Finding(name=name, passed=False, why="it did not run") for name in sorted(left_out))]


def _findings(report: Path) -> list[Finding]:
    if not report.is_file():
        return []
    try:
        return _Report.model_validate(json.loads(read_text(report))).probes
    except (ValueError, ValidationError):
        return []


def _receipt(ran: Ran, findings: Sequence[Finding], command: list[str]) -> CommandReceipt:
    passed = sum(one.passed for one in findings)
    return CommandReceipt(
        command=command,
        rc=ran.rc if ran.rc or findings else 2,
        output_hash=sha256("\n".join(f"{one.name} {one.passed}" for one in findings)),
        proved=f"{passed} of {len(findings)} passed",
        tail="" if ran.rc == 0 else "\n".join((ran.stdout + ran.stderr).strip().splitlines()[-30:]),
        seconds=ran.seconds,
        at=now(),
    )
