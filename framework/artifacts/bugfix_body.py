"""bugfix_report.md for people: the epoch, each problem in its standard form, the probes, the tests, the measures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from framework.artifacts.markdown import bullets, table, text
from framework.messages import say

if TYPE_CHECKING:
    from framework.artifacts.base import Question
    from framework.artifacts.bugfix import Bugfix, Execution, Figure, Problem, Try
    from framework.artifacts.receipts import CommandReceipt

_MB = 1e6


def render(report: Bugfix) -> str:
    """The whole report."""
    parts = [
        f"# {_say(report, 'title', title=text(report.project.title))}",
        headline(report),
        _section(report, "epoch", bullets(_epoch(report))),
        _section(report, "problems", "\n\n".join(_problem(report, *pair) for pair in enumerate(report.problems, 1))),
        _section(report, "questions", bullets(_question(report, one) for one in report.questions)),
        _section(report, "checks", _checks(report)),
        _section(report, "probes", _probes(report)),
        _section(report, "tests", _receipts(report, report.tests)),
        _section(report, "measures", _measures(report)),
        _section(report, "warnings", bullets(text(line) for line in report.warnings)),
    ]
    return "\n\n".join(part for part in parts if part)


def headline(report: Bugfix) -> str:
    """How it went, in one line."""
    fixed = len(report.problems) - len(report.open_problems)
    passed = sum(one.passed for one in report.probes)
    fields = {"fixed": fixed, "open": len(report.open_problems), "probes": f"{passed}/{len(report.probes)}"}
    key = "headline_passed" if report.epoch and report.epoch.rc == 0 else "headline_failed"
    return _say(report, key, **fields)


def _say(report: Bugfix, key: str, **fields: object) -> str:
    return say(report.language, f"debug.{key}", **fields)


def _section(report: Bugfix, key: str, content: str) -> str:
    return f"## {_say(report, f'section_{key}')}\n\n{content}" if content else ""


def _heads(report: Bugfix, *names: str) -> list[str]:
    return [_say(report, f"head_{name}") for name in names]


def _code(content: str, kind: str = "text") -> str:
    """A block that nothing inside of it can end."""
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", content)), default=0))
    return f"{ticks}{kind}\n{content.rstrip()}\n{ticks}"


def _command(words: list[str]) -> str:
    return text(" ".join("..." if "\n" in word else word for word in words))


def _epoch(report: Bugfix) -> Iterator[str]:
    if report.epoch:
        yield _ran(report, report.epoch)
    if report.bounds:
        memory = f"{report.bounds.memory_bytes / 1024**3:.1f}"
        yield _say(report, f"bounds_{report.bounds.level}", memory=memory, seconds=f"{report.bounds.wall_s:.0f}")
        if report.bounds.why:
            yield _say(report, "bounds_why", why=text(report.bounds.why))
    if report.checkpoint:
        one = report.checkpoint
        yield _say(report, "checkpoint", path=one.path, step=one.step, sha256=one.sha256)


def _ran(report: Bugfix, run: Execution) -> str:
    return _say(
        report,
        f"ran_{run.ended}",
        command=_command(run.command),
        rc=run.rc,
        seconds=f"{run.seconds:.1f}",
        cpu=f"{run.cpu_seconds:.1f}",
        memory=f"{run.peak_bytes / _MB:,.0f}",
    )


def _problem(report: Bugfix, number: int, one: Problem) -> str:
    where = one.where
    place = f"{text(f'{where.file}:{where.line}')} ({text(where.function)}): {text(where.code)}" if where else "-"
    why = text(one.why) or _say(report, "unknown")
    rows = [
        (_say(report, "part_command"), _ran(report, one.execution)),
        (_say(report, "part_where"), place),
        (_say(report, "part_why"), f"{why} {_say(report, 'a_guess')}" if one.guess else why),
    ]
    proof = [f"**{_say(report, 'part_proof')}**: {_ran(report, one.proof)}"] if one.proof else []
    by_hand = [_say(report, "by_hand")] if one.state == "fixed" and one.repair is None else []
    title = text(f"{one.error}: {one.message}" if one.error else one.message)
    return "\n\n".join(
        [
            f"### {number}. {_say(report, f'state_{one.state}')}: {title[:200]}",
            bullets(f"**{name}**: {content}" for name, content in rows),
            f"**{_say(report, 'part_log')}**",
            _code(one.log),
            *(_try(report, one) for one in one.tries),
            *by_hand,
            *proof,
        ]
    )


def _try(report: Bugfix, one: Try) -> str:
    notes = [text(line) for line in one.said]
    notes += [_say(report, "setting", name=text(s.key), old=text(s.old), new=text(s.new)) for s in one.settings]
    if one.requirement:
        notes.append(_say(report, "changes_requirement", requirement=text(one.requirement)))
    if one.again:
        notes.append(_say(report, f"again_{one.again}"))
    if one.commit:
        notes.append(_say(report, "commit", commit=one.commit[:12]))
    if one.reverted:
        notes.append(_say(report, "reverted", commit=one.reverted[:12]))
    head = f"**{_say(report, 'part_repair')}** ({_say(report, f'outcome_{one.outcome}')}): {text(one.title)}"
    said = bullets([text(one.why) + (f" {_say(report, 'a_guess')}" if one.guess else ""), *notes])
    return "\n\n".join(part for part in (head, said, _code(one.diff, "diff") if one.diff else "") if part)


def _question(report: Bugfix, one: Question) -> str:
    return f"`{text(one.id)}`: {text(one.answer) if one.answer else _say(report, 'unanswered')}"


def _checks(report: Bugfix) -> str:
    rows = [
        [_say(report, f"check_{one.name}"), _mark(report, one.passed), text(one.measured), text(one.wanted)]
        for one in report.checks
    ]
    return table(_heads(report, "check", "passed", "measured", "wanted"), rows) if rows else ""


def _probes(report: Bugfix) -> str:
    rows = [
        [text(one.name), _mark(report, one.passed), text(one.measured), text(one.limit), text(one.why)]
        for one in report.probes
    ]
    head = _receipts(report, [report.probed] if report.probed else [])
    listed = table(_heads(report, "probe", "passed", "measured", "wanted", "why"), rows) if rows else ""
    return "\n\n".join(part for part in (head, listed) if part)


def _mark(report: Bugfix, passed: bool) -> str:
    return _say(report, "yes") if passed else f"**{_say(report, 'no')}**"


def _receipts(report: Bugfix, receipts: list[CommandReceipt]) -> str:
    rows = [[_command(one.command), str(one.rc), text(one.proved), f"{one.seconds:.1f}"] for one in receipts]
    tails = [_code(one.tail) for one in receipts if one.tail]
    return "\n\n".join([table(_heads(report, "command", "exit", "result", "seconds"), rows), *tails]) if rows else ""


def _measures(report: Bugfix) -> str:
    if report.measures is None:
        return ""
    found = report.measures
    rows = [[_say(report, f"figure_{one.name}"), *_numbers(one), f"{one.factor:.2f}"] for one in found.figures]
    gflops = f"{found.flops_per_s / 1e9:,.0f}"
    share = f"{found.training_share:.0%}"
    said = _say(report, "machine", machine=text(found.machine), threads=found.threads, gflops=gflops, share=share)
    return "\n\n".join(
        [said, table(_heads(report, "figure", "predicted", "measured", "factor"), rows), _say(report, "calibration")]
    )


def _numbers(figure: Figure) -> list[str]:
    whole = figure.name == "parameters"
    return [
        f"{value:,.0f}" if whole or value >= 100 else f"{value:.3g}" for value in (figure.predicted, figure.measured)
    ]
