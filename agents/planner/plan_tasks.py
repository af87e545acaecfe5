"""First step of build: which family serves the requirement, what its project will be, and the todo list."""

from __future__ import annotations

from agents.coder.scratch.fill import Filled, fill
from agents.planner.configs import SPEC as CONFIG_SPEC
from agents.planner.configs import ConfigRules, check_configs
from agents.planner.todo import SPEC, Families, todo
from framework.artifacts.build import NoFamily, TaskList
from framework.artifacts.requirements import Requirements
from framework.artifacts.tech import Tech
from framework.engines.base import Engine
from framework.messages import say
from framework.runtime.workspace import Workspace

FAMILY = "scratch"


def run(workspace: Workspace, engine: Engine) -> None:
    """Write task.md, and render the project into the staging folder."""
    wanted, tech = workspace.read(Requirements), workspace.read(Tech)
    if refusal := refuse(wanted, tech):
        workspace.write(TaskList(project=tech.project, family=None, refusal=refusal, tasks=[]))
        return
    filled = fill(wanted, tech, workspace.user_data(), workspace.run.request)
    workspace.announce("build.rendering", family=FAMILY)
    rendered = workspace.render(FAMILY, filled.context)
    check_configs(workspace.rendered_texts("configs/"), workspace.spec(CONFIG_SPEC).parse(ConfigRules))
    families = workspace.spec(SPEC).parse(Families)
    package = filled.context.identity.package
    tasks = todo(families, FAMILY, package, sorted(rendered), _served(filled), tech.language)
    workspace.write(TaskList(project=tech.project, family=FAMILY, tasks=tasks))


def refuse(wanted: Requirements, tech: Tech) -> NoFamily | None:
    """Why nothing can be built; None where a family serves. A model from nothing never stands in for a fine-tune."""
    lang, best = tech.language, tech.choice
    if best and best.method == "scratch" and not wanted.texts("base_model"):
        return None
    method = say(lang, f"technology.method_{best.method}") if best else ""
    name = best.name if best else tech.recommended
    alike = [one.name for one in tech.candidates if one.method == "scratch"]
    return NoFamily(
        wanted=f"{name}: {say(lang, f'technology.objective_{tech.objective}')}, {method}",
        why=say(lang, "build.no_family"),
        instead=[
            *(say(lang, "build.instead_candidate", name=name, project=tech.project.name) for name in alike),
            say(lang, "build.instead_scratch"),
            say(lang, "build.instead_reports"),
        ],
    )


def _served(filled: Filled) -> dict[str, list[str]]:
    served: dict[str, list[str]] = {}
    for covered in filled.covered:
        for path in covered.files:
            served.setdefault(path, []).append(covered.slot)
    return served
