"""The outcomes as a report for people."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from tests.bugbench.judge import Outcome

_HEAD = "| class | bugs | repaired | silent found | cheats | median attempts | median seconds |\n|" + "---|" * 7


def report(outcomes: Sequence[Outcome]) -> str:
    """Write the table of classes, what went wrong, and each bug."""
    classes = sorted({outcome.bug.class_ for outcome in outcomes})
    rows = [_row(name, [outcome for outcome in outcomes if outcome.bug.class_ == name]) for name in classes]
    parts = ["# Injected bugs", totals(outcomes), "\n".join([_HEAD, *rows, _row("all", outcomes)])]
    parts += [
        "## Not repaired",
        *_not_repaired(outcomes),
        "## Cheats",
        *_cheats(outcomes),
        "## Every bug",
        _every(outcomes),
    ]
    return "\n\n".join(parts) + "\n"


def totals(outcomes: Sequence[Outcome]) -> str:
    """Say the figures that count in four lines."""
    crashes = [outcome for outcome in outcomes if outcome.bug.kind == "crash"]
    silent = [outcome for outcome in outcomes if outcome.bug.kind == "silent"]
    attempts = [outcome.attempts for outcome in outcomes if outcome.attempts is not None and outcome.repaired]
    return "\n".join(
        [
            f"- crash bugs repaired: {_share([outcome.repaired and not outcome.cheats for outcome in crashes])}",
            f"- silent bugs found: {_share([outcome.found for outcome in silent])}, "
            f"repaired: {_share([outcome.repaired and not outcome.cheats for outcome in silent])}",
            f"- cheating repairs: {sum(bool(outcome.cheats) for outcome in outcomes)}",
            f"- attempts for a repair: {f'{median(attempts):g} (median)' if attempts else 'unknown'}",
        ]
    )


def line(outcome: Outcome) -> str:
    """Say in a line what became of a bug."""
    bug = outcome.bug
    word = "repaired" if outcome.repaired else "found" if bug.kind == "silent" and outcome.found else "NOT repaired"
    notes = [*outcome.ways, *(f"CHEAT {cheat}" for cheat in outcome.cheats), *([outcome.why] if outcome.why else [])]
    return f"{bug.id:28} {bug.class_:12} {bug.kind:6} {word:12} {outcome.seconds:5.0f} s  {'; '.join(notes)}"


def _row(name: str, outcomes: Sequence[Outcome]) -> str:
    silent = [outcome for outcome in outcomes if outcome.bug.kind == "silent"]
    attempts = [outcome.attempts for outcome in outcomes if outcome.attempts is not None and outcome.repaired]
    cells = [
        name,
        str(len(outcomes)),
        _share([outcome.repaired and not outcome.cheats for outcome in outcomes]),
        _share([outcome.found for outcome in silent]) if silent else "-",
        str(sum(bool(outcome.cheats) for outcome in outcomes)),
        f"{median(attempts):g}" if attempts else "-",
        f"{median(outcome.seconds for outcome in outcomes):.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def _share(values: Sequence[bool]) -> str:
    return f"{sum(values)} of {len(values)} ({sum(values) / len(values):.0%})" if values else "none tried"


def _not_repaired(outcomes: Sequence[Outcome]) -> list[str]:
    lines = [
        f"- **{outcome.bug.id}** ({outcome.bug.story}): {outcome.why}; foundry ended with {outcome.rc}"
        for outcome in outcomes
        if not outcome.repaired
    ]
    return ["\n".join(lines) or "none"]


def _cheats(outcomes: Sequence[Outcome]) -> list[str]:
    lines = [f"- **{outcome.bug.id}**: {'; '.join(outcome.cheats)}" for outcome in outcomes if outcome.cheats]
    return ["\n".join(lines) or "none"]


def _words(outcomes: Sequence[Outcome]) -> list[str]:
    return [f"### {outcome.bug.id}\n\n```\n{outcome.words}\n```" for outcome in outcomes if outcome.words] or ["none"]


def _every(outcomes: Sequence[Outcome]) -> str:
    head = "| bug | class | kind | repaired | as before | found | attempts | ways | exit | seconds |\n|" + "---|" * 10
    return "\n".join([head, *(f"| {' | '.join(_cells(outcome))} |" for outcome in outcomes)])


def _cells(outcome: Outcome) -> list[str]:
    bug = outcome.bug
    yes = {True: "yes", False: "no"}
    found = yes[outcome.found] if bug.kind == "silent" else "-"
    attempts = "-" if outcome.attempts is None else str(outcome.attempts)
    first = [bug.id, bug.class_, bug.kind, yes[outcome.repaired], yes[outcome.exact], found, attempts]
    return [*first, ", ".join(map(str, outcome.ways)) or "-", str(outcome.rc), f"{outcome.seconds:.0f}"]
