"""The tools of others: what each is asked, and how its answer becomes findings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from agents.reviewer.checks.smells import SAME_RULES
from agents.reviewer.distributions import declared
from agents.reviewer.subject import Subject
from framework.artifacts.base import sha256
from framework.artifacts.ledger import now
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.records import Severity
from framework.artifacts.review import CheckRun, ReviewFinding
from framework.runtime.tools import Said

_TAIL = 30  # lines
# bandit: what it rates low is for people to weigh (assert, random, subprocess at all); addresses are ruff's S310.
_BANDIT = ("--format", "json", "--quiet", "--severity-level", "medium", "--skip", "B310", "--recursive")
_IMPORT_ALL = """
import importlib, json, pathlib, sys, traceback
source = pathlib.Path("src").resolve()
failed = False
for path in sorted((source / sys.argv[1]).rglob("*.py")):
    name = ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
    if path.stem == "__main__":
        continue
    try:
        importlib.import_module(name)
    except BaseException as error:
        failed = True
        frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename.startswith(str(source))]
        place = (frames[-1].filename, frames[-1].lineno) if frames else (str(path), 1)
        said = {"kind": type(error).__name__, "missing": getattr(error, "name", None), "message": str(error)}
        print(json.dumps({"module": name, "file": place[0], "line": place[1], **said}))
sys.exit(failed)
"""


@dataclass(frozen=True)
class Seen:
    """One thing that a tool saw."""

    file: str
    line: int | None
    rule: str
    message: str
    severity: Severity = "error"
    key: str = "tool"


@dataclass(frozen=True)
class Tool:
    """One tool: its command in the project's folder, what it looks at, and how its answer is read."""

    name: str
    command: Callable[[Subject], list[str]]
    things: Callable[[Subject], Sequence[str]]
    read: Callable[[Subject, Said], Iterable[Seen]]


def _python(subject: Subject) -> list[str]:
    return [name for name in subject.tree.texts if name.endswith(".py")]


def _package(subject: Subject) -> list[str]:
    return [name for name in _python(subject) if name.startswith(subject.source)]


def _running(subject: Subject) -> list[str]:
    return [name for name in _python(subject) if name.startswith(("src/", "scripts/")) or name == "main.py"]


def _tops(names: Iterable[str]) -> list[str]:
    return sorted({name.partition("/")[0] for name in names})


def _relative(subject: Subject, path: str) -> str:
    """A path as the project calls it. The tools may have resolved links on the way to it."""
    for root in (subject.tree.root, subject.tree.root.resolve()):
        path = path.removeprefix(f"{root}/")
    return path.removeprefix("./")


def _read_ruff(subject: Subject, said: Said) -> Iterator[Seen]:
    for one in json.loads(said.stdout):
        rule = one["code"] or "syntax"
        if rule not in ("syntax", "invalid-syntax"):  # compileall says that
            yield Seen(_relative(subject, one["filename"]), one["location"]["row"], rule, one["message"])


def _read_format(subject: Subject, said: Said) -> Iterator[Seen]:
    """Older versions of ruff say it in a line, newer ones point at the first place."""
    for old, new in re.findall(r"^Would reformat: (.+)$|^ *--> (.+?):\d+:\d+$", said.stdout, re.MULTILINE):
        file = _relative(subject, old or new)
        if file in subject.tree.python or not file.endswith(".py"):  # compileall names what cannot be parsed
            yield Seen(file, None, "", "", "warning", "unformatted")


def _read_mypy(subject: Subject, said: Said) -> Iterator[Seen]:
    for line in said.stdout.splitlines():
        one = json.loads(line)
        if one["severity"] == "error" and one["code"] != "syntax":
            yield Seen(_relative(subject, one["file"]), one["line"], one["code"] or "mypy", one["message"])


def _read_compileall(subject: Subject, said: Said) -> Iterator[Seen]:
    for part in said.stdout.split("*** ")[1:]:
        place = re.search(r'File "(.+?)", line (\d+)', part)
        words = [line for line in part.strip().splitlines() if line.strip()]
        file, line = (place[1], int(place[2])) if place else (words[0], 1)
        yield Seen(_relative(subject, file), line, "syntax", words[-1].strip())


def _read_imports(subject: Subject, said: Said) -> Iterator[Seen]:
    """One finding for each place; what only an extra brings that the environment lacks is none."""
    optional = {module for one in declared(subject) if one.extra and one.for_users for module in one.modules}
    told: set[tuple[str, int]] = set()
    for one in map(json.loads, said.stdout.splitlines()):
        absent = one["kind"] == "ModuleNotFoundError" and (one["missing"] or "").partition(".")[0] in optional
        place = (_relative(subject, one["file"]), one["line"])
        if not absent and place not in told and one["kind"] != "SyntaxError":
            told.add(place)
            yield Seen(*place, one["kind"], f"{one['module']}: {one['message']}")


def _read_bandit(subject: Subject, said: Said) -> Iterator[Seen]:
    for one in json.loads(said.stdout)["results"]:
        yield Seen(_relative(subject, one["filename"]), one["line_number"], one["test_id"], one["issue_text"])


TOOLS: tuple[Tool, ...] = (
    Tool("ruff", lambda _: ["python", "-m", "ruff", "check", "--output-format", "json", "."], _python, _read_ruff),
    Tool("ruff_format", lambda _: ["python", "-m", "ruff", "format", "--check", "."], _python, _read_format),
    Tool("mypy", lambda _: ["python", "-m", "mypy", "--output", "json"], _package, _read_mypy),
    Tool("compileall", lambda s: ["python", "-m", "compileall", "-q", *_tops(_python(s))], _python, _read_compileall),
    Tool("import_all", lambda s: ["python", "-c", _IMPORT_ALL, s.package], _package, _read_imports),
    Tool("bandit", lambda s: ["python", "-m", "bandit", *_BANDIT, *_tops(_running(s))], _running, _read_bandit),
)


# What a check of ours has said of a line need not be said by a tool again.
_SAID_BY = {
    "smells": SAME_RULES,
    "imports": {"import-not-found", "import-untyped", "attr-defined", "ModuleNotFoundError", "ImportError"},
    "placeholders": {"empty-body", "return"},
}


@dataclass
class Report:
    """What has been run and found so far."""

    runs: list[CheckRun]
    findings: list[ReviewFinding]
    rules: set[tuple[str, int | None, str]]  # file, line and rule of what tools have said

    def knows(self, one: Seen) -> bool:
        """Whether a check of ours, or ruff for bandit, has said it."""
        here = {found.check for found in self.findings if (found.file, found.line) == (one.file, one.line)}
        if any(one.rule in _SAID_BY.get(check, ()) for check in here):
            return True
        return (one.file, one.line, f"S{one.rule.removeprefix('B')}") in self.rules

    def use(self, tool: Tool, subject: Subject, said: Said) -> None:
        """Take in what a tool said, with its receipt. A tool that broke down is a finding, too."""
        try:
            seen = sorted(
                set(tool.read(subject, said)), key=lambda one: (one.file, one.line or 0, one.rule, one.message)
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            seen = []  # that was no answer of this tool
        findings = [_finding(subject, tool, one) for one in seen if not self.knows(one)]
        if not seen and said.rc != 0 and not said.stdout.startswith("{") and not _has_broken_syntax(subject):
            fields = {"tool": tool.name, "said": " ".join(_tail(said).split())[-300:]}
            findings = [subject.finding(tool.name, "tool_failed", "pyproject.toml", None, **fields)]
        self.rules |= {(one.file, one.line, one.rule) for one in seen}
        self.findings += findings
        looked_at, receipt = len(tool.things(subject)), _receipt(said, seen)
        self.runs.append(CheckRun(name=tool.name, looked_at=looked_at, findings=len(findings), receipt=receipt))


def _receipt(said: Said, seen: Sequence[Seen]) -> CommandReceipt:
    lines = [f"{one.file}:{one.line} {one.rule} {one.message}" for one in seen] or [f"exit {said.rc}"]
    return CommandReceipt(
        command=list(said.command),
        rc=said.rc,
        output_hash=sha256("\n".join(lines)),
        proved=f"exit {said.rc}",
        tail="" if said.rc == 0 else _tail(said),
        seconds=said.seconds,
        at=now(),
    )


def _tail(said: Said) -> str:
    return "\n".join(f"{said.stdout}\n{said.stderr}".strip().splitlines()[-_TAIL:])


def _has_broken_syntax(subject: Subject) -> bool:
    """What cannot be parsed ends most tools; compileall names it."""
    return len(_python(subject)) > len(subject.tree.python)


def _finding(subject: Subject, tool: Tool, one: Seen) -> ReviewFinding:
    fields = {"rule": one.rule, "message": " ".join(one.message.split()), "tool": tool.name}
    return subject.finding(tool.name, one.key, one.file, one.line, severity=one.severity, **fields)
