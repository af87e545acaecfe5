"""The birth of a project: the text is judged in memory first; only then a folder is made, whole."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from framework.artifacts.build import TaskList
from framework.artifacts.files import ProjectFiles, outside_failures
from framework.artifacts.guidance import DEPLOY
from framework.artifacts.ledger import now
from framework.artifacts.project_rules import INHERITED
from framework.artifacts.records import EngineName, RunRecord, Settings
from framework.artifacts.slots import NAME_PATTERN
from framework.artifacts.venv_spec import COPIES, REQUIREMENTS
from framework.errors import UsageError
from framework.messages import Lang
from framework.runtime import history
from framework.runtime.mini_data import EXECUTED
from framework.runtime.passing_folders import passing_folder
from framework.workflow.project import Project
from framework.workflow.table import STAGES

if TYPE_CHECKING:
    from agents.planner.understanding import Understanding


_STATE = [
    ".foundry/.gitignore",
    ".foundry/run.json",
    ".foundry/answers.json",
    ".foundry/ledger.jsonl",
    ".foundry/decisions/",
    ".foundry/baseline/",
    ".foundry/checkpoints.sqlite",
]
# What the stages inside the project make besides their reports.
_LATER = [INHERITED, "debug-cpu/", "data/mini/", "reports/plots/", EXECUTED, "outputs/", f"{DEPLOY}/"]


@dataclass(frozen=True)
class NewProject:
    """What `foundry new` was given."""

    request: str
    out: Path
    settings: Settings
    name: str | None = None
    lang: Lang | None = None


@dataclass(frozen=True)
class Preview:
    """What would be made, known without touching the project's folder."""

    name: str
    lang: Lang
    understanding: Understanding


def preview(new: NewProject) -> Preview:
    """Judge the text. Raises NotAProject where it asks for nothing that foundry makes."""
    from agents.planner.understanding import understand

    understanding = understand(clean(new.request), new.lang)
    name = _checked(new.name) if new.name else understanding.name
    return Preview(_free_name(new.out, name), understanding.lang, understanding)


def rehearse(new: NewProject) -> TaskList | None:
    """What would be built, by a rehearsal elsewhere that takes each question's default; None if it gets not so far."""
    with passing_folder("dry-run") as folder:
        rules = new.settings.model_copy(update={"engine": "expert"})  # a look ahead costs nothing
        project = create(replace(new, out=folder, settings=rules))
        while (outcome := project.advance(until="technology")).kind == "waiting":
            project.answer({question.id: (question.default, "default") for question in outcome.questions})
        return project.planned() if outcome.kind == "done" else None


def files_of(planned: TaskList | None, engine: EngineName = "expert") -> list[str]:
    """Every file that would be written into a project with these tasks, as far as no model thinks of more."""
    built = bool(planned and planned.tasks)
    stages = [stage for stage in STAGES if built or stage.name in ("requirements", "technology", "build")]
    reports = [f"reports/{kind.FILE}" for stage in stages for kind in stage.writes]
    own = [path for task in planned.tasks for path in task.files] if planned else []
    settled = [*REQUIREMENTS.values(), *COPIES.values(), *_LATER] if built else []
    calls = [".foundry/llm.jsonl"] if engine == "llm" else []
    return [*reports, *_STATE, *calls, *own, *settled]


def create(new: NewProject) -> Project:
    """Make the project's folder with its request and settings; nothing is left behind where that fails."""
    planned = preview(new)
    out = new.out.resolve()
    birthplace = out / f".new-{os.getpid()}"
    files = ProjectFiles(birthplace)
    with outside_failures(out):
        out.mkdir(parents=True, exist_ok=True)
        try:
            root = _settle(files, new, planned, out)
        finally:
            shutil.rmtree(birthplace, ignore_errors=True)
    return Project.open(root)


def _settle(files: ProjectFiles, new: NewProject, planned: Preview, out: Path) -> Path:
    """Fill the birthplace, then rename it to the project's name; a name that is taken meanwhile gets a number."""
    name = planned.name
    while True:
        run = RunRecord(
            name=name, lang=planned.lang, request=clean(new.request), settings=new.settings, created_at=now()
        )
        files.write_run(run)
        history.begin(files)
        try:
            files.root.rename(out / name)
        except OSError:
            if not (out / name).exists():
                raise
            name = _free_name(out, name)
        else:
            return out / name


def clean(text: str) -> str:
    """The request without what no report could show: control characters and broken surrogates."""
    whole = text.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff]", " ", whole).strip()


def _checked(name: str) -> str:
    from agents.planner.naming import is_taken_word

    if not re.fullmatch(NAME_PATTERN, name):
        raise UsageError(f"--name {name!r} must match {NAME_PATTERN}.", hint="For example: --name bedtime_stories")
    if is_taken_word(name):
        raise UsageError(
            f"--name {name!r} is a Python keyword, a standard module or a dependency, and would shadow it.",
            hint=f"For example: --name {name}_model",
        )
    return name


def _free_name(out: Path, name: str) -> str:
    """The name itself, or with the first number that is free."""
    number, candidate = 1, name
    while (out / candidate).exists() or (out / candidate).is_symlink():
        number += 1
        suffix = f"_{number}"
        candidate = name[: 40 - len(suffix)] + suffix
    return candidate
