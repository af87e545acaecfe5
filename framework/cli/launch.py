"""What `new` and `resume` do before the first stage runs: judge what was typed, so that nothing is begun by mistake."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast, get_args

from framework.artifacts.records import Device, EngineName, Settings
from framework.cli.answers import GivenAnswer, check_all
from framework.cli.choices import one_of
from framework.cli.console import Console
from framework.cli.journey import Given, Journey
from framework.cli.language import tell
from framework.cli.locate import relative
from framework.cli.model import ForModel
from framework.cli.reading import read_request
from framework.errors import UsageError
from framework.knowledge.specs import current_folder_specs
from framework.messages import LANGUAGES, Lang
from framework.runtime.userdata import inspect_data
from framework.workflow.project import Project
from framework.workflow.start import NewProject, create, files_of, preview, rehearse
from framework.workflow.table import STAGES


def language(given: str | None) -> Lang | None:
    """The value of `--lang`."""
    return cast(Lang, one_of("--lang", given, LANGUAGES)) if given is not None else None


def settings(
    *,
    engine: str | None,
    device: str | None,
    data: Path | None,
    specs: Path | None,
    docker: bool | None,
    install_docker: bool,
    model: ForModel,
) -> Settings:
    """The settings that a project is born with."""
    judge = _engine(engine or "expert")
    chosen: dict[str, Any] = {
        "engine": judge,
        "device": one_of("--device", device, get_args(Device)) if device else None,
        "data": _readable_data(data) if data else None,
        "specs": _specs_folder(specs),
        "docker": docker,
        "install_docker": install_docker,
        "llm": model.checked(judge),
    }
    return Settings.model_validate({key: value for key, value in chosen.items() if value is not None})


def _engine(given: str) -> EngineName:
    return cast(EngineName, one_of("--engine", given, get_args(EngineName)))


def _readable_data(path: Path) -> str:
    """The data's absolute path, once it has been read: what cannot be is refused before there is a project."""
    if not path.exists():
        raise UsageError(tell("usage.no_path", option="--data", path=path))
    inspect_data(path)
    return str(path.resolve())


def _specs_folder(given: Path | None) -> str | None:
    """The folder given, else the current one where it holds a spec document that is marked as foundry's."""
    if given is not None:
        if not given.is_dir():
            raise UsageError(tell("usage.specs", path=given), tell("usage.specs_hint"))
        return str(given.resolve())
    names = tuple(dict.fromkeys(name for stage in STAGES for name in stage.specs))
    here = current_folder_specs(names, Path.cwd())
    return str(here) if here else None


def reconfigure(
    project: Project,
    *,
    engine: str | None,
    data: Path | None,
    specs: Path | None,
    docker: bool | None,
    install_docker: bool,
    model: ForModel,
) -> None:
    """Settings changed on the way. Leave to install an engine holds for one command only."""
    settled = project.run.settings
    judge = _engine(engine or settled.engine)
    llm = model.checked(judge, project.files.root, settled.llm)
    changes: dict[str, Any] = {"install_docker": install_docker, "engine": judge, "llm": llm}
    if docker is not None:
        changes["docker"] = docker
    if data:
        changes["data"] = _readable_data(data)
    if specs:
        changes["specs"] = _specs_folder(specs)
    project.configure(**changes)


def request_text(console: Console, words: Sequence[str]) -> str:
    """The request, asked for where none was given and somebody is there."""
    if words:
        return read_request(" ".join(words))
    if not console.interactive:
        raise UsageError(tell("usage.no_text"), tell("usage.no_text_hint"))
    console.say("cli.ask_request", "bold")
    return console.ask("> ")


def checked(project: Project, given: Sequence[GivenAnswer]) -> Given:
    """The answers that came with the command, once all of them are understood."""
    if given:
        from framework.workflow.report import status

        asked = [question.id for question in status(project.files).questions]
        foreseen = [question for stage in STAGES for question in stage.foresees]
        check_all(given, asked, project.check_answer, foreseen)
    return {answer.question: (answer.text, answer.source) for answer in given}


def start(console: Console, new: NewProject, given: Sequence[GivenAnswer], *, until: str | None, yes: bool) -> int:
    """Make the project and set out. Where its answers are refused nothing stays behind."""
    project = create(new)
    console.lang = project.run.lang
    with project.locked():
        try:
            accepted = checked(project, given)
        except UsageError:
            shutil.rmtree(project.files.root)
            raise
        console_path = f"{relative(project.files.root)}/"
        if not console.as_json:
            console.say("cli.started", project=project.run.name, path=console_path)
        return Journey(console, project, new.out, until=until, yes=yes).run(accepted)


def show_preview(console: Console, new: NewProject) -> int:
    """What would be made, without a trace on disk."""
    planned = preview(new)
    tasks = rehearse(new)
    files = files_of(tasks, new.settings.engine)
    refusal = tasks.refusal if tasks else None
    console.lang = planned.lang
    understanding = planned.understanding
    if console.as_json:
        console.document(
            {
                "dry_run": True,
                "name": planned.name,
                "language": planned.lang,
                "understanding": understanding.model_dump(mode="json"),
                "files": files,
                "refusal": refusal.model_dump() if refusal else None,
                "exit_code": 0,
            }
        )
        return 0
    console.say("cli.would_make", "bold", path=f"{relative(new.out.resolve() / planned.name)}/")
    console.table(
        [[(item.slot, "cyan"), str(item.value), (item.quote or "", "dim")] for item in understanding.items],
        headers=[console.word(f"cli.column_{name}") for name in ("slot", "value", "quote")],
        indent=2,
    )
    for contradiction in understanding.contradictions:
        console.line(("! ", "bold yellow"), contradiction.why, indent=2)
    if refusal:
        console.say("build.gate_no_family", "yellow", **refusal.model_dump() | {"instead": "; ".join(refusal.instead)})
    console.say("cli.would_write", "dim")
    for file in files:
        console.line(file, indent=2)
    return 0
