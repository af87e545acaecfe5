"""What every Dockerfile of a project must keep, whether it can be built on this machine or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

_SECRET = re.compile(r"\b\w*(TOKEN|PASSW|SECRET|CREDENTIAL|_KEY)\w*\s*=", re.IGNORECASE)
_INSTALLS = re.compile(r"\b(apt-get|apt|apk|dnf|yum|pip3?|uv|conda|npm)\b.*\b(install|add|sync)\b")
_PIP = re.compile(r"\bpip3?\b.*\binstall\b")
_VERSION = "org.opencontainers.image.version"


@dataclass(frozen=True)
class Instruction:
    """One instruction with its continuations."""

    word: str
    rest: str
    line: int


@dataclass(frozen=True)
class Fault:
    """A rule that is broken, and where; line 0 is the whole file."""

    rule: str
    line: int
    text: str


Rule = Callable[[Sequence[Instruction], Sequence[Instruction]], Instruction | bool | None]
WHOLE = Instruction("", "", 0)


def instructions(text: str) -> list[Instruction]:
    """The file as its builder reads it: comments are gone, also those between continued lines."""
    found: list[Instruction] = []
    parts: list[str] = []
    began = 0
    for number, line in enumerate(text.splitlines(), 1):
        content = line.strip()
        if not content or content.startswith("#"):
            continue
        began = began if parts else number
        parts.append(content.removesuffix("\\").strip())
        if not content.endswith("\\"):
            word, _, rest = " ".join(parts).partition(" ")
            found.append(Instruction(word.upper(), rest.strip(), began))
            parts = []
    return found


def faults(text: str) -> Iterator[Fault]:
    """Every rule that the file breaks."""
    every = instructions(text)
    starts = [number for number, one in enumerate(every) if one.word == "FROM"]
    last = every[starts[-1] :] if starts else []
    for name, rule in _RULES.items():
        if broken := rule(every, last):
            at = broken if isinstance(broken, Instruction) else WHOLE
            yield Fault(name, at.line, f"{at.word} {at.rest}".strip()[:120])


def _stages(every: Sequence[Instruction], _: Sequence[Instruction]) -> bool:
    return sum(one.word == "FROM" for one in every) < 2


def _base(every: Sequence[Instruction], _: Sequence[Instruction]) -> Instruction | bool:
    """Named by an argument whose default is pinned by a tag or a digest."""
    base = next((one for one in every if one.word == "ARG" and one.rest.startswith("BASE=")), None)
    if base is None or not all("${BASE}" in one.rest or _own(every, one) for one in every if one.word == "FROM"):
        return True
    name = base.rest.removeprefix("BASE=").rpartition("/")[2]
    pinned = "@sha256:" in base.rest or (":" in name and not name.endswith(":latest"))
    return False if pinned else base


def _own(every: Sequence[Instruction], one: Instruction) -> bool:
    """Whether it goes on from an earlier stage."""
    named = {stage.rest.rpartition(" AS ")[2] for stage in every if stage.word == "FROM" and " AS " in stage.rest}
    return one.rest.split()[0] in named


def _user(_: Sequence[Instruction], last: Sequence[Instruction]) -> Instruction | bool:
    users = [one for one in last if one.word == "USER"]
    if not users:
        return True
    return False if re.fullmatch(r"[1-9]\d*(:[1-9]\d*)?", users[-1].rest) else users[-1]


def _health(_: Sequence[Instruction], last: Sequence[Instruction]) -> bool:
    return not any(one.word == "HEALTHCHECK" and not one.rest.upper().startswith("NONE") for one in last)


def _exec_form(_: Sequence[Instruction], last: Sequence[Instruction]) -> Instruction | bool:
    """A shell in between would not pass the signals on."""
    commands = [one for one in last if one.word in ("ENTRYPOINT", "CMD")]
    return next((one for one in commands if not one.rest.startswith("[")), not commands)


def _add(every: Sequence[Instruction], _: Sequence[Instruction]) -> Instruction | None:
    return next((one for one in every if one.word == "ADD"), None)


def _secrets(every: Sequence[Instruction], _: Sequence[Instruction]) -> Instruction | None:
    return next((one for one in every if one.word in ("ARG", "ENV") and _SECRET.search(f"{one.rest}=")), None)


def _wheels(every: Sequence[Instruction], _: Sequence[Instruction]) -> Instruction | None:
    copies = (one for one in every if one.word == "COPY" and "--from=" not in one.rest)
    return next((one for one in copies if "wheels" in one.rest or one.rest.split()[:1] == ["."]), None)


def _hashes(every: Sequence[Instruction], _: Sequence[Instruction]) -> Instruction | None:
    runs = (one for one in every if one.word == "RUN" and _PIP.search(one.rest))
    return next((one for one in runs if "--require-hashes" not in one.rest), None)


def _tools(_: Sequence[Instruction], last: Sequence[Instruction]) -> Instruction | None:
    return next((one for one in last if one.word == "RUN" and _INSTALLS.search(one.rest)), None)


def _order(_: Sequence[Instruction], last: Sequence[Instruction]) -> Instruction | None:
    """Packages hardly ever change; behind the code they would be copied again with each edit."""
    copies = [one for one in last if one.word == "COPY"]
    code = next((number for number, one in enumerate(copies) if one.rest.endswith(" /app")), len(copies))
    return next((one for one in copies[code:] if one.rest.endswith(" /venv")), None)


def _labels(_: Sequence[Instruction], last: Sequence[Instruction]) -> bool:
    return not any(one.word == "LABEL" and _VERSION in one.rest for one in last)


_RULES: dict[str, Rule] = {
    "stages": _stages,
    "base": _base,
    "user": _user,
    "health": _health,
    "exec_form": _exec_form,
    "add": _add,
    "secrets": _secrets,
    "wheels": _wheels,
    "hashes": _hashes,
    "tools": _tools,
    "order": _order,
    "labels": _labels,
}
RULES = tuple(_RULES)
