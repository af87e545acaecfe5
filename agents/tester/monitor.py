"""Stage monitor, first step: the running service is watched, and every measure and alarm is seen to work."""

from __future__ import annotations

from pydantic import TypeAdapter

from agents.coder.scratch.fill import fill
from agents.ops.docker_policy import DockerPolicy
from agents.planner.family import with_family
from agents.tester.composing import composed
from agents.tester.equipment import MONITORING, Equipment, Watchers
from agents.tester.objectives import Held, held_to, objectives_of
from agents.tester.replacing import rollout_files
from framework.artifacts.deployment import Deployment
from framework.artifacts.env_check import EnvCheck
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.requirements import Requirements
from framework.artifacts.running import Check, Running, Seen
from framework.artifacts.spec_drift import mark_of_requirements
from framework.artifacts.tech import Tech
from framework.engines.base import Engine
from framework.errors import InvalidDocument
from framework.messages import say
from framework.rendering.standing import compared
from framework.runtime.authorship import written_with
from framework.runtime.observations import forget, observed
from framework.runtime.paths import owner_of
from framework.runtime.project_venvs import existing_project_venv
from framework.runtime.venvs import Venv
from framework.runtime.workspace import Workspace

SPEC = "DOCKER_CONFIG.md"
_COMMIT = "monitor: what watches the service"
_SEEN = "outputs/service/monitoring.json"
_PROGRAM = TypeAdapter(Seen)


def run(workspace: Workspace, engine: Engine) -> None:
    """Write deploy/monitoring and the scripts that go by it, try them, and begin docker_running_report.md."""
    deployment, check = workspace.read(Deployment), workspace.read(EnvCheck)
    if deployment.outcome != "running" or not check.device:
        lang = deployment.language
        raise InvalidDocument(say(lang, "monitor.not_running"), say(lang, "monitor.not_running_hint"))
    watch(workspace, deployment, existing_project_venv(workspace.files.root, check.device))


def watch(workspace: Workspace, deployment: Deployment, venv: Venv) -> None:
    """The same with an environment that is given."""
    policy = workspace.spec(SPEC).parse(DockerPolicy)
    equipment = equipment_for(workspace, deployment, policy)
    tree = workspace.code()
    texts = equipment.texts | rollout_files(deployment, policy, equipment.held)
    files = compared(texts, tree, lambda path, _: written_with(workspace.files, path, _COMMIT))
    for path in files.kept:
        workspace.announce("monitor.kept", file=path)
    new = {path: text for path, text in files.written.items() if tree.texts.get(path) != text}
    workspace.put(new, _COMMIT, over=tree)
    workspace.announce("monitor.trying", url=deployment.service.url)
    receipt, seen = _tried(workspace, deployment, policy, venv)
    seen = seen.model_copy(update={"checks": [*composed(workspace, deployment), *seen.checks]})
    workspace.write(
        Running(
            project=deployment.project,
            url=deployment.service.url,
            image=deployment.service.image,
            remarks=deployment.remarks,
            alerts=equipment.alerts,
            objectives=equipment.objectives,
            files=files.told,
            receipts=[receipt],
            seen=seen,
        )
    )


def equipment_for(workspace: Workspace, deployment: Deployment, policy: DockerPolicy) -> Equipment:
    """What the service is watched with."""
    wanted = workspace.read(Requirements)
    held = _held(workspace, wanted, deployment, policy)
    return Equipment(
        title=deployment.project.title,
        name=deployment.project.name,
        lang=deployment.language,
        device=deployment.device,
        held=held,
        objectives=objectives_of(wanted, held),
        requirements_sha256=mark_of_requirements(workspace.files),
        watchers=_watchers(workspace, deployment, policy),
    )


def _watchers(workspace: Workspace, deployment: Deployment, policy: DockerPolicy) -> Watchers:
    return Watchers(
        owner=owner_of(workspace.files.root),
        compose_project=deployment.service.compose_project,
        image=deployment.service.image,
        scrape_seconds=policy.monitor.scrape_seconds,
        prometheus=policy.monitor.prometheus,
        alertmanager=policy.monitor.alertmanager,
        grafana=policy.monitor.grafana,
    )


def _held(workspace: Workspace, wanted: Requirements, deployment: Deployment, policy: DockerPolicy) -> Held:
    """The limits of the project's own server; of memory, no more than leaves room before the container is killed."""
    tech = with_family(wanted, workspace.read(Tech))
    if tech is None:
        raise InvalidDocument(
            say(wanted.language, "monitor.not_running"), say(wanted.language, "monitor.not_running_hint")
        )
    service = fill(wanted, tech, workspace.user_data(), workspace.run.request).context.service
    room = policy.monitor.memory_share * deployment.service.bounds.memory_mb * 2**20
    return held_to(wanted, service, min(service.memory_gb * 1e9, room))


def _tried(
    workspace: Workspace, deployment: Deployment, policy: DockerPolicy, venv: Venv
) -> tuple[CommandReceipt, Seen]:
    """A real Prometheus reads the service; what the program saw, and its receipt."""
    root, url = workspace.files.root, deployment.service.url
    keyed = ["--key-file", policy.run.key_file] if policy.run.key_file else []
    forget(root, _SEEN)
    command = ["python", f"{MONITORING}/check.py", "--url", url, *keyed, "--output", _SEEN]
    receipt = workspace.prove(venv, [command])[0]
    if receipt.rc not in (0, 1):
        broken = Check(name=command[1], state="failed", detail=receipt.tail)
        return receipt, Seen(checks=[broken], queries=[], drill=None)
    return receipt, observed(root, _SEEN, _PROGRAM)
