"""`foundry doctor`: what this machine has of what foundry needs, and what to type for the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from framework.cli.options import DEFAULT_OUT, AsJson, Out

if TYPE_CHECKING:
    from framework.cli.console import Console
    from framework.runtime.doctor import Check

MARKS = {"ok": ("✓", "bold green"), "warning": ("!", "bold yellow"), "missing": ("✗", "bold red")}


def doctor(out: Out = DEFAULT_OUT, as_json: AsJson = False) -> int:
    """Look what this machine has and what it lacks.

    For what is missing it says what to type. The exit code is 5 if foundry cannot work here.
    """
    from framework.cli.console import Console
    from framework.runtime.doctor import examine

    console = Console(as_json=as_json)
    checks = examine(out)
    ready = not any(check.needed and check.state == "missing" for check in checks)
    code = 0 if ready else 5
    if as_json:
        console.document({"checks": [_document(console, c) for c in checks], "ready": ready, "exit_code": code})
        return code
    console.table([[MARKS[c.state], (_label(console, c), "bold"), _found(console, c)] for c in checks])
    advised = [check for check in checks if check.advice]
    if advised:
        console.line()
        console.say("doctor.to_do", "bold")
    for check in advised:
        console.line((f"{_label(console, check)}: ", "bold"), _advice(console, check), indent=2)
    console.line()
    console.say("doctor.ready" if ready else "doctor.not_ready", "bold green" if ready else "bold red")
    return code


def _document(console: Console, check: Check) -> dict[str, Any]:
    return {
        "name": check.name,
        "state": check.state,
        "needed": check.needed,
        "found": _found(console, check),
        "advice": _advice(console, check),
        "fields": dict(check.fields),
    }


def _label(console: Console, check: Check) -> str:
    return console.word(f"doctor.label_{check.name}")


def _found(console: Console, check: Check) -> str:
    return console.word(f"doctor.{check.found}", **check.fields)


def _advice(console: Console, check: Check) -> str:
    return console.word(f"doctor.{check.advice}", **check.fields) if check.advice else ""
