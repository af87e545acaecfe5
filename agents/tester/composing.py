"""The compose files of monitoring and rollout, read by the compose that would start them."""

from __future__ import annotations

from collections.abc import Iterator

from agents.tester.equipment import COMPOSE
from agents.tester.replacing import ROLLOUT
from framework.artifacts.deployment import FOLDER, Deployment
from framework.artifacts.running import Check
from framework.errors import MissingOutside
from framework.runtime.docker import engine
from framework.runtime.workspace import Workspace

_PROFILE = {"COMPOSE_PROFILES": "monitoring"}


def composed(workspace: Workspace, deployment: Deployment) -> Iterator[Check]:
    """One check for each; unverified where there is no engine, or no compose."""
    service = deployment.service
    watching = [*(file.rpartition("/")[2] for file in service.files), COMPOSE]
    for folder, files in ((FOLDER, watching), (ROLLOUT, ["docker-compose.yml"])):
        name = f"compose config {folder}/{files[-1]}"
        place = workspace.files.root / folder
        try:
            done = engine().compose(
                place, service.compose_project, files, ["config"], tell=lambda _: None, environment=_PROFILE
            )
        except MissingOutside as missing:
            yield Check(name=name, state="unverified", detail=missing.message)
            continue
        yield Check(name=name, state="failed" if done.rc else "passed", detail=done.output[-2000:] if done.rc else "")
