"""The gate of rules.md (W-T1): one of the two files stands, it is the recorded one, and the log is complete."""

from __future__ import annotations

from collections.abc import Iterator

from framework.artifacts.base import sha256
from framework.artifacts.files import ProjectFiles, read_text
from framework.artifacts.project_rules import CHOICE, INHERITED, LOCAL, SOURCE, Rules
from framework.artifacts.records import Finding, Verdict
from framework.messages import say


def judge(files: ProjectFiles) -> Verdict:
    """Whether the next stages may work by the rules."""
    rules = files.read_artifact(Rules)
    if rules.open_questions():
        return Verdict(findings=[_error(rules, one.id, "open", question=one.id) for one in rules.open_questions()])
    return Verdict(findings=[*_files(files, rules), *_source(files, rules), *_log(rules), *_enforced(rules)])


def _error(rules: Rules, where: str, key: str, **fields: object) -> Finding:
    return Finding(severity="error", where=where, message=say(rules.language, f"rules.gate_{key}", **fields))


def _files(files: ProjectFiles, rules: Rules) -> Iterator[Finding]:
    wanted = INHERITED if rules.choice == "inherit" else LOCAL
    if rules.file != wanted:
        yield _error(rules, "file", "wrong_file", file=rules.file, wanted=wanted)
    for name in (INHERITED, LOCAL):
        there = (files.root / name).is_file()
        if there and name != rules.file:
            yield _error(rules, name, "both", file=name, wanted=rules.file)
        if not there and name == rules.file:
            yield _error(rules, name, "missing", file=name)
        if there and name == rules.file and sha256(read_text(files.root / name)) != rules.sha256:
            yield _error(rules, name, "changed", file=name)


def _source(files: ProjectFiles, rules: Rules) -> Iterator[Finding]:
    path = files.root / SOURCE
    if not path.is_file() or sha256(read_text(path)) != rules.source_sha256:
        yield _error(rules, SOURCE, "source", file=SOURCE)


def _log(rules: Rules) -> Iterator[Finding]:
    """Every decision that shows in the report has a line, with who, why and when."""
    last = {change.what: change.after for change in rules.changes}
    for number, change in enumerate(rules.changes):
        if not (change.what and change.why and change.at):
            yield _error(rules, f"changes[{number}]", "bare", what=change.what)
    wanted: dict[str, str] = {CHOICE: rules.choice}
    wanted |= {one.question: one.settled for one in rules.conflicts}
    wanted |= {f"+ {rule.text}": rule.text for rule in rules.rules if rule.origin == "added"}
    for what, after in wanted.items():
        if not after or last.get(what) != after:
            yield _error(rules, "changes", "unlogged", what=what)


def _enforced(rules: Rules) -> Iterator[Finding]:
    """Nothing that is shown as enforced is without effect."""
    for number, rule in enumerate(rules.rules):
        for key in rule.enforced:
            if key not in type(rules.enforced).model_fields:
                yield _error(rules, f"rules[{number}]", "unknown_key", enforced=key, rule=rule.text)
