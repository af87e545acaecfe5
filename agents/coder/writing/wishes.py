"""The wishes that are unmet only because no template has the code for them."""

from __future__ import annotations

from agents.coder.scratch.fill import fill
from agents.planner.family import with_family
from framework.artifacts.requirements import Requirements
from framework.artifacts.tech import Tech, Unmet
from framework.runtime.workspace import Workspace


def lacking(workspace: Workspace) -> list[Unmet]:
    """What the technology grants and the templates have not."""
    wanted, advised = workspace.read(Requirements), workspace.read(Tech)
    tech = with_family(wanted, advised)
    if tech is None:
        return []
    filled = fill(wanted, tech, workspace.user_data(), workspace.run.request)
    return [one for one in filled.unmet if one not in tech.unmet]
