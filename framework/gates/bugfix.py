"""The gate of bugfix_report.md (W-T3): one epoch succeeded, nothing critical is open, and its checkpoint is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from framework.artifacts.base import sha256
from framework.artifacts.bugfix import CHECKS, Bugfix
from framework.artifacts.build import BuildLog
from framework.artifacts.files import ProjectFiles, outside_failures
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.records import Finding, Verdict
from framework.messages import say
from framework.rendering.pristine import probe_names


def judge(files: ProjectFiles) -> Verdict:
    """The epoch, the problems, the checks and probes, the tests, and the checkpoint on disk."""
    report = files.read_artifact(Bugfix)
    failed = [*_epoch(report), *_problems(report)]  # what did not run after that needs no words
    missing = (
        [] if failed else [*_checks(report), *_probes(files, report), *_tests(report), *_checkpoint(files, report)]
    )
    return Verdict(findings=[*failed, *missing])


def _error(report: Bugfix, where: str, key: str, **fields: object) -> Finding:
    return Finding(severity="error", where=where, message=say(report.language, f"debug.gate_{key}", **fields))


def _epoch(report: Bugfix) -> Iterator[Finding]:
    run = report.epoch
    if run is None:
        yield _error(report, "epoch", "no_epoch")
    elif run.rc != 0 or run.ended != "exit":
        yield _error(report, "epoch", "epoch", command=" ".join(run.command), rc=run.rc, ended=run.ended)


def _problems(report: Bugfix) -> Iterator[Finding]:
    for one in report.open_problems:
        where = f"{one.where.file}:{one.where.line}" if one.where else one.signature
        yield _error(report, where, "open", error=one.error, message=one.message, tries=len(one.tries))
    for one in report.problems:
        if one.state == "fixed" and one.proof is None:
            yield _error(report, one.signature, "unproven", message=one.message)


def _checks(report: Bugfix) -> Iterator[Finding]:
    found = {check.name: check for check in report.checks}
    for name in CHECKS:
        if name not in found:
            yield _error(report, name, "not_checked", name=say(report.language, f"debug.check_{name}"))
        elif not found[name].passed:
            fields = {"measured": found[name].measured, "wanted": found[name].wanted}
            yield _error(report, name, "check", name=say(report.language, f"debug.check_{name}"), **fields)


def _probes(files: ProjectFiles, report: Bugfix) -> Iterator[Finding]:
    if report.probed is None or not report.probes:
        yield _error(report, "probes", "not_probed")
    elif not report.probed.passed:
        yield _error(report, "probes", "probed", rc=report.probed.rc, tail=report.probed.tail)
    elif left_out := _demanded(files) - {one.name for one in report.probes}:
        yield _error(report, "probes", "probes_left_out", names=", ".join(sorted(left_out)))
    for one in report.probes:
        if not one.passed:
            yield _error(report, one.name, "probe", name=one.name, measured=one.measured, limit=one.limit, why=one.why)


def _demanded(files: ProjectFiles) -> frozenset[str]:
    """All probes of the family that the project was built from."""
    family = files.read_artifact(BuildLog).family if files.report(BuildLog.FILE).exists() else None
    return probe_names(family) if family else frozenset()


def _tests(report: Bugfix) -> Iterator[Finding]:
    """After a repair all of them must have run, not only the fast ones."""
    if len(report.tests) < (2 if report.repaired and report.final_tests == "all" else 1):
        yield _error(report, "tests", "not_tested")
    for receipt in report.tests:
        if not receipt.passed:
            yield _failed(report, receipt)


def _failed(report: Bugfix, receipt: CommandReceipt) -> Finding:
    return _error(report, "tests", "tests", command=" ".join(receipt.command), proved=receipt.proved, tail=receipt.tail)


def _checkpoint(files: ProjectFiles, report: Bugfix) -> Iterator[Finding]:
    one = report.checkpoint
    if one is None:
        yield _error(report, "checkpoint", "no_checkpoint")
        return
    path = files.root / one.path
    if not _inside(files.root, path) or not path.is_file():
        yield _error(report, one.path, "gone", path=one.path)
        return
    with outside_failures(path):
        found = sha256(path.read_bytes())
    if found != one.sha256:
        yield _error(report, one.path, "changed", path=one.path, found=found, wanted=one.sha256)


def _inside(root: Path, path: Path) -> bool:
    return path.resolve().is_relative_to(root.resolve())
