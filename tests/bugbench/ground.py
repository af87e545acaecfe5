"""One prepared project, and the way back to it after each bug.

An environment knows its own path: its scripts start with it, and the project is installed in it from there. So every
bug gets the project at one and the same path, with a fresh copy of everything; only the environment's files are hard
links to the ones kept aside, which no installer writes into.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from tests.bugbench.inject import Site

WISH = "A 1M model from scratch that writes bedtime stories in English, trained on a CPU"
VENV = "debug-cpu"
PLAYBOOK = Path(__file__).parents[2] / "DEBUG_CODE.md"
OVERTIME = 124  # in place of an exit code
# The environment, and what a run leaves behind and the next one would find.
_APART = (VENV, "debug-gpu", "outputs", "data/prepared", "data/tokenizers")


@dataclass(frozen=True)
class Answered:
    """What foundry said."""

    rc: int
    output: str
    seconds: float


@dataclass(frozen=True)
class Ground:
    """A project in its place, with what restores it."""

    site: Site
    overrides: tuple[str, ...]  # what makes its training use data/mini
    kept: Path

    def restore(self) -> None:
        """Put everything back to how it was prepared."""
        root = self.site.root
        whole = root / VENV
        aside = self.kept / "in use"
        if whole.is_dir():
            whole.rename(aside)
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(self.kept / "project", root, symlinks=True)
        if aside.is_dir() and _folders(aside) == _folders(self.kept / VENV):
            aside.rename(whole)
        else:
            shutil.rmtree(aside, ignore_errors=True)
            shutil.copytree(self.kept / VENV, whole, symlinks=True, copy_function=os.link)

    def debug(self, wall_s: float) -> Answered:
        """Let foundry go on up to its debug stage, as a person would who has no wish to be asked."""
        return foundry(
            "resume", self.site.root.name, "--yes", "--until", "debug", at=self.site.root.parent, wall_s=wall_s
        )


def _folders(venv: Path) -> dict[str, list[str]]:
    """What lies in each folder of an environment; installers replace files and write into none."""
    return {
        str(Path(folder).relative_to(venv)): sorted(files)
        for folder, _, files in os.walk(venv)
        if not folder.endswith("__pycache__")
    }


def prepare(project: Path | None, scratch: Path) -> Ground:
    """Make a project, or take a copy of one, up to its environment, and keep it aside; once in a scratch folder."""
    place, kept = scratch / "place", scratch / "kept"
    root = place / (project.resolve().name if project else "tales")
    if not kept.is_dir():
        place.mkdir(parents=True)
        if project is None:
            specs = quick_playbook(scratch / "specs")
            words = ("--name", root.name, "--specs", str(specs), "--yes", "--until", "environment")
            made = foundry("new", WISH, *words, at=place)
        else:
            _copy(project.resolve(), root)
            made = foundry("resume", root.name, "--yes", "--until", "environment", at=place)
        if made.rc:
            raise RuntimeError(f"foundry could not prepare the project:\n{made.output[-3000:]}")
        _keep(root, kept)
    facts = json.loads((kept / "project" / "data" / "mini" / "facts.json").read_text(encoding="utf-8"))
    site = site_of(kept / "project", facts["config"], root / VENV / "bin" / "python")
    return Ground(replace(site, root=root), tuple(facts["overrides"]), kept)


def quick_playbook(folder: Path) -> Path:
    """The playbook as it is, but with the fast tests alone after repairs: all tests, for each bug, take minutes."""
    text = PLAYBOOK.read_text(encoding="utf-8")
    if text.count("final_tests: all") != 1:
        raise RuntimeError(f"{PLAYBOOK} does not say `final_tests: all` once.")
    folder.mkdir()
    (folder / PLAYBOOK.name).write_text(text.replace("final_tests: all", "final_tests: fast"), encoding="utf-8")
    return folder


def _keep(root: Path, kept: Path) -> None:
    draft = kept.with_name("draft")
    shutil.rmtree(draft, ignore_errors=True)
    _copy(root, draft / "project")
    shutil.copytree(root / VENV, draft / VENV, symlinks=True, copy_function=os.link)
    draft.rename(kept)


def _copy(project: Path, target: Path) -> None:
    apart = {project / name for name in _APART}
    shutil.copytree(
        project, target, symlinks=True, ignore=lambda folder, names: [n for n in names if Path(folder, n) in apart]
    )


def site_of(root: Path, config: str, python: Path) -> Site:
    """Name what bugs refer to."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    package = next(path.parent.name for path in (root / "src").glob("*/__init__.py"))
    return Site(root, package, settings["project"]["name"], config, python)


def front_matter(path: Path) -> dict[str, Any]:
    """The machine-readable head of a report; empty where there is none."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    found = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    content = yaml.safe_load(found.group(1)) if found else {}
    return content if isinstance(content, dict) else {}


def foundry(*words: str, at: Path, wall_s: float = 3600) -> Answered:
    """Run foundry as a process of its own; when time is over it is asked to stop, so that it ends what it started."""
    command = [sys.executable, "-m", "framework.cli.main", *words, "--no-docker", "--out", str(at)]
    start = time.monotonic()
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        command, cwd=at, env=environment, text=True, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        try:
            output, _ = process.communicate(timeout=wall_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            return Answered(OVERTIME, _last_words(process), time.monotonic() - start)
    return Answered(process.returncode, output, time.monotonic() - start)


def _last_words(process: subprocess.Popen[str]) -> str:
    try:
        return process.communicate(timeout=60)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()[0]
