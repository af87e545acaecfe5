"""The tools of others: what each is asked, and how its answer becomes findings."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

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
for path in sorted((source / sys.argv[1]).rglob("*.py")):
    name = ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
    if path.stem == "__main__":
        continue
    try:
        importlib.import_module(name)
    except BaseException as error:
        places = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(str(source))]
        place = (places[-1].filename, places[-1].lineno) if places else (str(path), 1)
        said = {"kind": type(error).__name__, "missing": getattr(error, "name", None), "message": str(error)}
        print(json.dumps({"module": name, "file": place[0], "line": place[1], **said}))
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
    return sorted({PurePosixPath(name).parts[0] for name in names})


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
    for path in re.findall(r"^Would reformat: (.+)$", said.stdout, re.M):
        yield Seen(_relative(subject, path), None, "", "", "warning", "unformatted")


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
        if not absent and place not in told:
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


def run_tool(tool: Tool, subject: Subject, ask: Callable[[Sequence[str]], Said]) -> tuple[CheckRun, list[ReviewFinding]]:
    """The tool's run with its receipt, and its findings. A tool that broke down is a finding, too."""
    said = ask(tool.command(subject))
    try:
        seen = sorted(set(tool.read(subject, said)), key=lambda one: (one.file, one.line or 0, one.rule, one.message))
    except (ValueError, KeyError, TypeError, AttributeError):
        seen = []
    findings = [_finding(subject, tool, one) for one in seen]
    if not seen and said.rc != 0 and not _explained(tool, said):
        findings = [subject.finding(tool.name, "tool_failed", "pyproject.toml", None, tool=tool.name, said=_last(said))]
    lines = [f"{one.file}:{one.line} {one.rule} {one.message}" for one in seen] or [f"exit {said.rc}"]
    receipt = CommandReceipt(
        command=list(said.command),
        rc=said.rc,
        output_hash=sha256("\n".join(lines)),
        proved=f"exit {said.rc}",
        tail="" if said.rc == 0 else _tail(said),
        seconds=said.seconds,
        at=now(),
    )
    run = CheckRun(name=tool.name, looked_at=len(tool.things(subject)), findings=len(findings), receipt=receipt)
    return run, findings


def _finding(subject: Subject, tool: Tool, one: Seen) -> ReviewFinding:
    fields = {"rule": one.rule, "message": " ".join(one.message.split()), "tool": tool.name}
    return subject.finding(tool.name, one.key, one.file, one.line, severity=one.severity, **fields)
