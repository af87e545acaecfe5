"""From a family and a context to a folder with the whole project. Pure: the same context gives the same bytes."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from ruff import find_ruff_bin  # type: ignore[import-untyped]

from framework.artifacts.base import sha256
from framework.artifacts.files import outside_failures
from framework.errors import FoundryError, InvalidDocument, MissingOutside
from framework.rendering.context import ScratchContext
from framework.rendering.family import TEMPLATE, Family, inside
from framework.rendering.jinja import Templates
from framework.rendering.names import Renaming
from framework.runtime.processes import run

_TIMEOUT = 60
_TIDIED = (".py", ".pyi", ".ipynb")


def render(family: Family, context: ScratchContext, into: Path) -> dict[str, str]:
    """Write the project into the folder, which is made anew, and return every path with the hash of its content."""
    renaming = Renaming(family.rules.names, context.identity)
    templates = Templates(family.root, context, renaming.apply_in)
    sources = _placed(family, context, _sources(family, context))
    with outside_failures(into):
        if into.exists():
            shutil.rmtree(into)
        targets = {inside(renaming.apply(path)): source for path, source in sources.items()}
        for path, source in targets.items():
            (into / path).parent.mkdir(parents=True, exist_ok=True)
            (into / path).write_bytes(_content(family, source, renaming, templates))
        _tidy(into, sorted(targets))
        return {path: sha256((into / path).read_bytes()) for path in sorted(targets)}


def _sources(family: Family, context: ScratchContext) -> dict[str, Path]:
    """Every path that the project has under this context, with the file that it is made from."""
    sources = {path: family.source(path) for path in family.files}
    for overlay in family.rules.overlays:
        if overlay.holds(context):
            sources |= family.overlay(overlay.folder)
    absent = {path for only in family.rules.only if not only.holds(context) for path in only.files}
    return {path: source for path, source in sources.items() if path not in absent}


def _placed(family: Family, context: ScratchContext, sources: Mapping[str, Path]) -> dict[str, Path]:
    """The same with the moves done, all at once: two files can change places."""
    moves = {move.source: move.target for move in family.rules.moves if move.holds(context)}
    placed: dict[str, Path] = {}
    for path, source in sources.items():
        target = moves.get(path, path)
        if target in placed:
            raise InvalidDocument(f"{family.root / 'family.yaml'}: two files would be {target}.")
        placed[target] = source
    return placed


def _content(family: Family, source: Path, renaming: Renaming, templates: Templates) -> bytes:
    """Names are replaced before values are put in: what a user wrote is never taken for a name."""
    if source.suffix == TEMPLATE:
        return templates.fill(source.relative_to(family.root).as_posix()).encode()
    data = source.read_bytes()
    try:
        return data if b"\0" in data else renaming.apply_in(source.name, data.decode()).encode()
    except UnicodeDecodeError:
        return data


def _tidy(folder: Path, paths: list[str]) -> None:
    """Names change the lengths of lines and the order of imports; the project's own rules say what is right."""
    python = [path for path in paths if path.endswith(_TIDIED)]
    rules = ["--config", "pyproject.toml"] if "pyproject.toml" in paths else ["--isolated"]
    for command in (["check", "--select", "I", "--fix"], ["format"]):
        done = run([find_ruff_bin(), *command, "--quiet", "--no-cache", *rules, "--", *python], _TIMEOUT, cwd=folder)
        if done is None:
            raise MissingOutside("ruff is not installed.", hint="Install foundry again; ruff comes with it.")
        if done.rc != 0:
            raise FoundryError(f"ruff {command[0]} refuses what was rendered: {(done.stderr or done.stdout).strip()}")
