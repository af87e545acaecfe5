"""docker_running_report.md for people: every requirement with its evidence, then what watches the service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from framework.artifacts.markdown import bullets, table, text
from framework.artifacts.requirements_body import slot_name
from framework.messages import Lang, say

if TYPE_CHECKING:
    from framework.artifacts.running import Check, PanelQuery, Running, Served, Walked

_WALKED = ("requirement", "value", "state", "evidence", "source")


def render(running: Running) -> str:
    """The whole report."""
    parts = [f"# {_say(running, 'title', title=text(running.project.title))}", headline(running), served_told(running)]
    return "\n\n".join([*parts, *_parts(running)])


def headline(running: Running) -> str:
    """Its result in one line."""
    count = Counter(row.state for row in running.walked)
    answered = sum(query.state == "passed" for query in running.seen.queries)
    return _say(
        running,
        "headline",
        met=count["met"],
        all=len(running.walked),
        unmet=count["unmet"],
        small=count["small"],
        open=count["configured"] + count["unverified"],
        answered=answered,
        queries=len(running.seen.queries),
        url=running.url,
    )


def served_told(running: Running) -> str:
    """Which weights are spoken of, for nothing can be said of a model that does not run."""
    served = running.served
    if served is None:
        return _say(running, "served_unknown")
    key = "small" if served.small else "full" if served.shaped and served.learned else "other"
    facts = {name: text(fact) for name, fact in facts_of(served, running.language).items()}
    return _say(running, f"served_{key}", **facts)


def facts_of(served: Served, lang: Lang) -> dict[str, str]:
    """How large they are and what they have learned from, in words."""
    unknown = say(lang, "monitor.not_told")
    size = unknown if served.parameters is None else f"{served.parameters:,}"
    return {"path": served.path, "parameters": size, "data": served.data or unknown}


def unmet(running: Running) -> list[str]:
    """The wishes that are not fulfilled, each with the reason, as plain text."""
    return [
        _say(running, "unmet_wish", slot=slot_name(row.slot, running.language), wish=row.value, why=row.evidence)
        for row in running.walked
        if row.state == "unmet"
    ]


def walked_table(running: Running) -> str:
    """Every requirement: in the report, and in the README."""
    return table(_heads(running, *_WALKED), (_walked(running, row) for row in running.walked))


def _say(running: Running, key: str, **fields: object) -> str:
    return say(running.language, f"monitor.{key}", **fields)


def _heads(running: Running, *keys: str) -> list[str]:
    return [_say(running, f"head_{key}") for key in keys]


def _parts(running: Running) -> Iterator[str]:
    yield from _section(running, "walked", _say(running, "walked_note"), *_table_and_remarks(running))
    yield from _section(running, "objectives", _say(running, "objectives_note"), _objectives(running))
    yield from _section(running, "tried", *_tried(running))
    yield from _section(running, "drill", _drill(running))
    yield from _section(running, "dashboard", _say(running, "dashboard_note"), _queries(running))
    yield from _section(
        running, "alerts", ", ".join(f"`{name}`" for name in running.alerts), _say(running, "alerts_note")
    )
    yield from _section(running, "drift", _say(running, "drift_note"))
    yield from _section(running, "rollout", _say(running, "rollout_note"))
    yield from _section(running, "unverified", bullets(_unverified(running)))
    yield from _section(running, "files", *_files(running))


def _section(running: Running, key: str, *parts: str) -> Iterator[str]:
    yield f"## {_say(running, f'section_{key}')}"
    yield from parts


def _table_and_remarks(running: Running) -> Iterator[str]:
    yield walked_table(running)
    if running.remarks:
        yield bullets(text(remark) for remark in running.remarks)


def _walked(running: Running, row: Walked) -> list[str]:
    source = f"`{row.source}`" if row.source else "-"
    state = _say(running, f"state_{row.state}")
    return [slot_name(row.slot, running.language), text(row.value), state, text(row.evidence), source]


def _objectives(running: Running) -> str:
    rows = (
        [slot_name(one.slot, running.language), text(one.wanted), _origin(running, stated=one.stated), f"`{one.query}`"]
        for one in running.objectives
    )
    return table(_heads(running, "requirement", "wanted", "origin", "query"), rows)


def _origin(running: Running, *, stated: bool) -> str:
    return _say(running, "origin_stated" if stated else "origin_default")


def _tried(running: Running) -> Iterator[str]:
    rows = ([text(check.name), _say(running, f"state_{check.state}"), _detail(check)] for check in running.seen.checks)
    yield table(_heads(running, "what", "state", "detail"), rows)
    for receipt in running.receipts:
        yield f"`{' '.join(receipt.command)}`: {receipt.proved}, {receipt.seconds:g} s"


def _detail(check: Check) -> str:
    lines = [line for line in check.detail.splitlines() if line.strip()]
    return text(lines[-1][:200]) if lines and check.state != "passed" else ""


def _drill(running: Running) -> str:
    drill = running.seen.drill
    if drill is None:
        return _say(running, "no_drill")
    if drill.fired_s is None or drill.resolved_s is None:
        return _say(running, "drill_failed")
    told = " → ".join(drill.notified) or "-"
    return _say(running, "drill", fired=f"{drill.fired_s:g}", resolved=f"{drill.resolved_s:g}", told=told)


def _queries(running: Running) -> str:
    rows = ([text(one.panel), f"`{_cell(one)}`", _value(running, one)] for one in running.seen.queries)
    return table(_heads(running, "panel", "query", "value"), rows)


def _cell(query: PanelQuery) -> str:
    """A bar would end the cell."""
    return query.expr.replace("|", "\\|")


def _value(running: Running, query: PanelQuery) -> str:
    return _say(running, "no_data") if query.value is None else f"{query.value:.4g}"


def _unverified(running: Running) -> Iterator[str]:
    for check in running.seen.unverified:
        yield _say(running, "not_tried", name=text(check.name), why=text(check.detail))
    yield _say(running, "images_untried")


def _files(running: Running) -> Iterator[str]:
    yield bullets(f"`{file.path}` {file.sha256[:12]}" for file in running.files)
    for file in running.files:
        if file.diff:
            yield _say(running, "kept_file", file=file.path)
            yield f"````diff\n{file.diff}\n````"
