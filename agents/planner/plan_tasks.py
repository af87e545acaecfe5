"""First step of build: which family serves the requirement, what its project will be, and the todo list."""

from __future__ import annotations

from agents.coder.scratch.fill import Filled, fill
from agents.ops.policy import Policy
from agents.planner.configs import SPEC as CONFIG_SPEC
from agents.planner.configs import ConfigRules, check_configs
from agents.planner.family import FAMILY, refusal, with_family
from agents.planner.todo import SPEC, Families, todo
from framework.artifacts.build import TaskList
from framework.artifacts.requirements import Requirements
from framework.artifacts.tech import Tech
from framework.engines.base import Engine
from framework.runtime.workspace import Workspace


def run(workspace: Workspace, engine: Engine) -> None:
    """Write task.md, and render the project into the staging folder."""
    wanted, advised = workspace.read(Requirements), workspace.read(Tech)
    tech = with_family(wanted, advised)
    if tech is None:
        workspace.write(TaskList(project=advised.project, family=None, refusal=refusal(advised), tasks=[]))
        return
    # Read first of all: a mistake in a document is told before anything is made.
    families, rules = workspace.spec(SPEC).parse(Families), workspace.spec(CONFIG_SPEC).parse(ConfigRules)
    workspace.spec("VENV_CONFIG.md").parse(Policy)
    filled = fill(wanted, tech, workspace.user_data(), workspace.run.request)
    workspace.announce("build.rendering", family=FAMILY)
    rendered = workspace.render(FAMILY, filled.context)
    check_configs(workspace.rendered_texts("configs/"), rules)
    package = filled.context.identity.package
    tasks = todo(families, FAMILY, package, sorted(rendered), _served(filled), tech.language)
    workspace.write(TaskList(project=tech.project, family=FAMILY, tasks=tasks))


def _served(filled: Filled) -> dict[str, list[str]]:
    served: dict[str, list[str]] = {}
    for covered in filled.covered:
        for path in covered.files:
            served.setdefault(path, []).append(covered.slot)
    return served
