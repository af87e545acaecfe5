"""task.md, PROJECT_BUILD_LOG.md and trace.md for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from framework.artifacts.markdown import bullets, table, text
from framework.artifacts.requirements_body import slot_name
from framework.messages import Lang, say

if TYPE_CHECKING:
    from framework.artifacts.build import BuildLog, Clash, LogRow, NoFamily, TaskList, Trace
    from framework.artifacts.receipts import CommandReceipt
    from framework.artifacts.tech import Unmet

_SHOWN_FILES = 6


def render_tasks(todo: TaskList) -> str:
    """The todo list."""
    lang = todo.language
    rows = [
        (
            text(task.id),
            text(task.title),
            _files(lang, task.files),
            text(", ".join(slot_name(slot, lang) for slot in task.serves)),
            _command(task.proof),
        )
        for task in todo.tasks
    ]
    headers = _words(lang, "task", "title", "files", "serves", "proof")
    return _page(_title(lang, "tasks", todo.project.title), _refusal(lang, todo.refusal), _table(headers, rows))


def render_log(log: BuildLog) -> str:
    """What was built, and what it rests on."""
    lang = log.language
    verified = sum(row.state == "verified" for row in log.rows)
    rows = [
        (
            text(row.task),
            text(row.title),
            _word(lang, f"state_{row.state}"),
            str(len(row.files)),
            _outcome(row.done),
            _outcome(row.verified),
        )
        for row in log.rows
    ]
    headers = _words(lang, "task", "title", "state", "count", "done", "verified")
    counted = say(lang, "build.log_summary", verified=verified, tasks=len(log.rows)) if log.rows else ""
    return _page(
        _title(lang, "log", log.project.title),
        _refusal(lang, log.refusal),
        counted,
        _table(headers, rows),
        _section(lang, "proofs", bullets(_command(row.done.command) for row in log.rows if row.done)),
        _section(lang, "failures", "\n\n".join(_failure(row) for row in log.rows if row.state == "failed")),
        _section(lang, "clashes", "\n\n".join(_clash(clash) for clash in log.clashes)),
        _section(lang, "unmet", bullets(_unmet(lang, one) for one in log.unmet)),
    )


def render_trace(trace: Trace) -> str:
    """The table from requirement to evidence."""
    lang = trace.language
    rows = [
        (
            f"{slot_name(row.slot, lang)}: {text(row.value)}",
            text(row.how),
            text(", ".join(row.tasks)),
            _files(lang, row.files),
            _files(lang, row.tests),
            _word(lang, f"state_{row.evidence}"),
        )
        for row in trace.rows
    ]
    headers = _words(lang, "requirement", "how", "task", "files", "tests", "evidence")
    return _page(_title(lang, "trace", trace.project.title), _table(headers, rows))


def _page(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _title(lang: Lang, key: str, title: str) -> str:
    return f"# {say(lang, f'build.title_{key}', title=text(title))}"


def _section(lang: Lang, key: str, content: str) -> str:
    return f"## {say(lang, f'build.section_{key}')}\n\n{content}" if content else ""


def _word(lang: Lang, key: str) -> str:
    return say(lang, f"build.{key}")


def _words(lang: Lang, *keys: str) -> list[str]:
    return [_word(lang, f"column_{key}") for key in keys]


def _table(headers: list[str], rows: Sequence[Sequence[str]]) -> str:
    return table(headers, rows) if rows else ""


def _refusal(lang: Lang, refusal: NoFamily | None) -> str:
    if refusal is None:
        return ""
    why = say(lang, "build.refused", wanted=text(refusal.wanted), why=text(refusal.why))
    return f"{why}\n\n{bullets(text(line) for line in refusal.instead)}"


def _files(lang: Lang, paths: list[str]) -> str:
    shown = ", ".join(f"`{path}`" for path in paths[:_SHOWN_FILES])
    more = len(paths) - _SHOWN_FILES
    return f"{shown} {say(lang, 'build.more_files', count=more)}" if more > 0 else shown


def _command(command: list[str]) -> str:
    return f"`{' '.join(command)}`"


def _outcome(receipt: CommandReceipt | None) -> str:
    return text(receipt.proved) if receipt else ""


def _failure(row: LogRow) -> str:
    failed = next((one for one in (row.done, row.verified) if one and not one.passed), None)
    return f"### {text(row.task)}\n\n{_fenced(failed.tail if failed else '', 'text')}"


def _clash(clash: Clash) -> str:
    return f"### `{clash.path}`\n\n{_fenced(clash.diff, 'diff')}"


def _fenced(content: str, kind: str) -> str:
    """A fence that is longer than any in the content."""
    fence = "```"
    while fence in content:
        fence += "`"
    return f"{fence}{kind}\n{content}\n{fence}"


def _unmet(lang: Lang, unmet: Unmet) -> str:
    nearest = text("; ".join(unmet.nearest))
    return f"**{slot_name(unmet.slot, lang)}: {text(unmet.wish)}** {text(unmet.why)} {nearest}".strip()
