"""The files of deploy/docker that a service is run and asked with."""

from __future__ import annotations

import json

from agents.ops.deploying.subject import INNER_PORT, Subject
from agents.planner.family import FAMILY
from framework.artifacts.base import Strict
from framework.artifacts.deployment import FOLDER, Bounds
from framework.messages import Lang
from framework.rendering.deploy import DeployTemplates

COMPOSE, GPU, KEY = "docker-compose.yml", "docker-compose.gpu.yml", "docker-compose.key.yml"
ASK, OFFLINE, PROMPTS = "ask_service.py", "offline_answers.py", "prompts.json"
_TEMPLATE_PACKAGE = "scratch_llm"
_CHECK_S, _CHECK_TIMEOUT_S, _GRACE_S = 5, 5, 40  # the server gives running requests 30 seconds to end
# Fixed for ever: figures of one release are compared with those of the next.
_PROMPTS: dict[Lang, tuple[str, ...]] = {
    "en": ("Once upon a time", "The little fox", "In the morning", "She said", "One day a boy", "The old man and"),
    "zh": ("从前", "小狐狸", "早上", "她说", "有一天", "老人和"),
}


class ComposeValues(Strict):
    """What the compose files are filled with."""

    compose_project: str
    project: str
    root: str
    image: str
    address: str
    port: int
    inner_port: int
    weights: str
    user: str
    tmpfs: str
    memory: str
    cpus: float
    pids: int
    grace_s: int
    check_s: int
    check_timeout_s: int
    ready_s: int


def made_files(subject: Subject, bounds: Bounds, port: int) -> dict[str, str]:
    """Every file by its path in the project."""
    templates = DeployTemplates(FAMILY, _TEMPLATE_PACKAGE, "compose")
    values = _values(subject, bounds, port)
    texts = {name: templates.fill(name, values) for name in (COMPOSE, GPU, KEY)}
    texts |= {name: templates.code(name, subject.package) for name in (ASK, OFFLINE)}
    texts[PROMPTS] = json.dumps(_PROMPTS[subject.lang], indent=1, ensure_ascii=False) + "\n"
    return {f"{FOLDER}/{name}": text for name, text in texts.items()}


def chosen(subject: Subject) -> list[str]:
    """The compose files that this deployment takes, in their order."""
    gpu = [GPU] if subject.device == "gpu" else []
    key = [KEY] if subject.policy.run.key_file else []
    return [COMPOSE, *gpu, *key]


def _values(subject: Subject, bounds: Bounds, port: int) -> ComposeValues:
    run = subject.policy.run
    return ComposeValues(
        compose_project=subject.compose_project,
        project=subject.project.name,
        root=subject.root,
        image=subject.image,
        address=run.address,
        port=port,
        inner_port=INNER_PORT,
        weights=_weights(subject),
        user=f"{subject.policy.image.user}:{subject.policy.image.user}",
        tmpfs=f"{bounds.tmpfs_mb}m",
        memory=f"{bounds.memory_mb}m",
        cpus=bounds.cpus,
        pids=bounds.pids,
        grace_s=_GRACE_S,
        check_s=_CHECK_S,
        check_timeout_s=_CHECK_TIMEOUT_S,
        ready_s=round(subject.policy.deploy.ready_seconds),
    )


def _weights(subject: Subject) -> str:
    """Where the weights lie, seen from the compose file, which would take a dollar for a variable."""
    if not subject.mounted:
        return ""
    place = subject.weights if subject.weights.startswith("/") else f"../../{subject.weights}"
    return place.replace("$", "$$")
