"""Stage docker-env: the engine that will build and run the project is found and asked, or installed on a word."""

from __future__ import annotations

from collections.abc import Sequence

from agents.ops.docker_lacking import INSTALL, Lack, Standing, Word, look, may_install, question
from agents.ops.docker_policy import DockerPolicy
from framework.artifacts.base import Question
from framework.artifacts.docker_env import DockerEnv, Found, Needs
from framework.artifacts.env_check import EnvCheck
from framework.artifacts.receipts import CommandReceipt
from framework.engines.base import Engine as Judge
from framework.runtime.docker import labels_of
from framework.runtime.docker.authorities import authorities
from framework.runtime.docker.examination import base_image, disk, passthrough
from framework.runtime.docker.installation import install
from framework.runtime.workspace import Workspace

SPEC = "DOCKER_CONFIG.md"


def run(workspace: Workspace, engine: Judge) -> None:
    """Write docker_env_report.md. Where there is no engine, say what to type and write nothing."""
    policy, found = workspace.spec(SPEC).parse(DockerPolicy), look()
    questions: list[Question] = []
    installed: list[CommandReceipt] = []
    if isinstance(found, Lack):
        word = may_install(workspace)
        if word is None and found.steps.by_us:
            workspace.write(_report(workspace, policy, questions=[question(workspace.run.lang, found, None)]))
            return
        questions = [question(workspace.run.lang, found, word)] if INSTALL in workspace.answers.answers else []
        installed, found = _installed(workspace, found, word), look()
    if isinstance(found, Lack):
        raise found.refusal(workspace.run.lang)
    report = _report(workspace, policy, questions=questions, installed=installed)
    workspace.write(_filled(report, _examined(workspace, policy, report, found)))


def _report(
    workspace: Workspace,
    policy: DockerPolicy,
    *,
    questions: Sequence[Question],
    installed: Sequence[CommandReceipt] = (),
) -> DockerEnv:
    check = workspace.read(EnvCheck)
    device = check.device or "cpu"
    needs = Needs(
        oldest=policy.engine.oldest,
        oldest_compose=policy.engine.oldest_compose,
        disk_gb=policy.engine.disk_gb.of(device),
        gpu=device == "gpu",
    )
    return DockerEnv(
        project=check.project, device=device, needs=needs, questions=list(questions), installed=list(installed)
    )


def _installed(workspace: Workspace, lack: Lack, word: Word | None) -> list[CommandReceipt]:
    """What was run; each command is told before it is."""
    if word != "yes" or not lack.steps.by_us:
        raise lack.refusal(workspace.run.lang, wanted=word == "yes")

    def tell(command: str) -> None:
        workspace.announce("docker_env.running", command=command)

    return install(lack.steps, tell)


def _examined(workspace: Workspace, policy: DockerPolicy, report: DockerEnv, found: Standing) -> Found:
    labels = labels_of(report.project.name, workspace.stage, workspace.files.root)
    found.engine.reap(labels)  # what a killed run has left
    workspace.announce("docker_env.asking", node=found.facts.node, endpoint=found.facts.endpoint)
    base = base_image(found.engine, policy.image.base.of(report.device))
    workspace.announce("docker_env.trying_gpu")
    gpu = passthrough(found.engine, base.here, labels)
    workspace.announce("docker_env.asking_network")
    return Found(
        engine=found.facts,
        disk=disk(found.engine, found.facts, base.here, labels),
        gpu=gpu,
        base=base,
        authorities=authorities(policy.build.index, policy.build.ca_bundle),
    )


def _filled(report: DockerEnv, found: Found) -> DockerEnv:
    return report.model_copy(
        update={
            "docker_version": found.engine.server_version,
            "compose_version": found.engine.compose_version,
            "gpu_passthrough": found.gpu.state == "works",
            "found": found,
        }
    )
