"""Docker's programs on this machine: which one builds with BuildKit, and how compose is called."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from framework.errors import MissingOutside
from framework.runtime.processes import Completed, run

_SECONDS = 20
_NUMBER = re.compile(r"\d+(?:\.\d+)+")
_NEEDS_BUILDX = (23,)  # from this version on the program leaves BuildKit to a plugin


@dataclass(frozen=True)
class Builder:
    """A program `docker`; one without BuildKit is no good for building."""

    program: str
    version: str
    buildkit: bool
    buildx: str


@dataclass(frozen=True)
class Compose:
    """The words that call compose."""

    words: tuple[str, ...]
    version: str


def number(version: str) -> tuple[int, ...]:
    """The numbers of a version, to be compared: 20.10.24+dfsg1 is (20, 10, 24)."""
    found = _NUMBER.search(version)
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def builder(environment: Mapping[str, str]) -> Builder | None:
    """The first program `docker` that can build with BuildKit; else the first one, else none."""
    found = [one for program in _all_on_path("docker") if (one := _examined(program, environment))]
    return next((one for one in found if one.buildkit), found[0] if found else None)


def compose(environment: Mapping[str, str]) -> Compose | None:
    """Compose v2 where it is there, else v1."""
    plugins = ((program, "compose") for program in _all_on_path("docker"))
    for words in (*plugins, *((program,) for program in _all_on_path("docker-compose"))):
        done = _ask(words, "version", "--short", environment=environment)
        if done and done.rc == 0 and number(done.stdout):
            return Compose(words, done.stdout.strip().splitlines()[-1].lstrip("v"))
    return None


def _all_on_path(name: str) -> Iterator[str]:
    folders = dict.fromkeys(os.environ.get("PATH", os.defpath).split(os.pathsep))
    places = [Path(folder) / name for folder in folders if folder]
    yield from (str(place) for place in places if place.is_file() and os.access(place, os.X_OK))


def _examined(program: str, environment: Mapping[str, str]) -> Builder | None:
    done = _ask((program,), "--version", environment=environment)
    if done is None or done.rc != 0 or not number(done.stdout):
        return None
    version = done.stdout.split("version", 1)[-1].split(",")[0].strip()
    said = _ask((program,), "buildx", "version", environment=environment)
    found = re.search(r"v?\d+\.\d+\S*", said.stdout) if said and said.rc == 0 else None
    return Builder(program, version, bool(found) or number(version) < _NEEDS_BUILDX, found.group() if found else "")


def _ask(words: tuple[str, ...], *more: str, environment: Mapping[str, str]) -> Completed | None:
    try:
        return run([*words, *more], _SECONDS, env=environment)
    except MissingOutside:  # one that does not answer is one that cannot be used
        return None
