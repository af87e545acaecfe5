"""rules.md for people: what holds, what the program sees to, what was decided and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from framework.artifacts.markdown import bullets, table, text
from framework.messages import say

if TYPE_CHECKING:
    from framework.artifacts.project_rules import Rules


def render(rules: Rules) -> str:
    """The whole report."""
    return "\n\n".join(part for part in _parts(rules) if part)


def headline(rules: Rules) -> str:
    """Its result in one line."""
    if not rules.file:
        return ""
    added = sum(rule.origin == "added" for rule in rules.rules)
    return _say(rules, "headline", file=rules.file, count=len(rules.rules), added=added)


def _parts(rules: Rules) -> Iterator[str]:
    yield f"# {text(_say(rules, 'title', title=rules.project.title))}"
    yield _say(rules, f"result_{rules.choice}", file=rules.file) if rules.file else _say(rules, "result_open")
    yield f"## {_say(rules, 'section_enforced')}"
    yield _say(rules, "enforced_by_program")
    yield bullets(_enforced(rules))
    yield f"## {_say(rules, 'section_rules')}"
    yield _say(rules, "advice_for_people")
    yield table(_heads(rules, "section", "rule", "origin", "seen_to"), _rows(rules))
    if rules.conflicts:
        yield f"## {_say(rules, 'section_conflicts')}"
        yield table(_heads(rules, "added", "existing", "why", "settled"), _conflicts(rules))
    yield f"## {_say(rules, 'section_changes')}"
    yield table(_heads(rules, "at", "what", "before", "after", "by", "why"), _changes(rules))


def _say(rules: Rules, key: str, **fields: object) -> str:
    return say(rules.language, f"rules.{key}", **fields)


def _heads(rules: Rules, *keys: str) -> list[str]:
    return [_say(rules, f"head_{key}") for key in keys]


def _enforced(rules: Rules) -> Iterator[str]:
    enforced = rules.enforced
    if enforced.forbidden_paths:
        yield _say(rules, "paths", paths=", ".join(f"`{text(path)}`" for path in enforced.forbidden_paths))
    if rules.idle_paths:
        yield _say(rules, "idle_paths", paths=", ".join(f"`{text(path)}`" for path in rules.idle_paths))
    yield _say(rules, "network_yes" if enforced.network else "network_no")
    yield _say(rules, "downloads_yes" if enforced.downloads else "downloads_no")
    if enforced.max_attempts is not None:
        yield _say(rules, "attempts", count=enforced.max_attempts)
    if enforced.no_new_dependencies:
        yield _say(rules, "no_new_dependencies")
    if enforced.confirm_every_repair:
        yield _say(rules, "confirm_every_repair")


def _rows(rules: Rules) -> Iterator[list[str]]:
    for rule in rules.rules:
        seen_to = _say(rules, "by_program" if rule.enforced else "by_people")
        yield [text(rule.section) or "-", text(rule.text), _say(rules, f"origin_{rule.origin}"), seen_to]


def _conflicts(rules: Rules) -> Iterator[list[str]]:
    for one in rules.conflicts:
        settled = _say(rules, f"side_{one.settled}") if one.settled else _say(rules, "waiting")
        yield [text(one.added), text(one.existing), text(one.why), settled]


def _changes(rules: Rules) -> Iterator[list[str]]:
    for one in rules.changes:
        by = _say(rules, f"by_{one.by}")
        yield [one.at[:19], text(one.what), text(one.before) or "-", text(one.after) or "-", by, text(one.why)]
