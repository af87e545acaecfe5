"""The files with which a new version takes over from the old one."""

from __future__ import annotations

import json

from agents.ops.docker_policy import DockerPolicy
from agents.planner.family import FAMILY
from agents.tester.objectives import Held
from framework import resources
from framework.artifacts.base import Strict
from framework.artifacts.deployment import Deployment
from framework.messages import Lang
from framework.rendering.deploy import DeployTemplates

ROLLOUT = "deploy/rollout"
_COLOURS = ("blue", "green")
_SCRIPT = "rollout.py"
_AS_IT_IS = (
    *("nginx.conf", "commanding.py", "switching.py", "proxying.py"),
    *("judging.py", "asking.py", "traffic.py"),
)
_INNER_PORT = 8000
_REFERENCE = "data/mini/train.jsonl"
_DRAIN_S = 60
_HANGS, _LEAST_HANGS_S = 4, 10  # times the latency that is demanded, and seconds, until a version is said to hang
# Beginnings that a model of any subject can go on from.
_PROMPTS: dict[Lang, list[str]] = {
    "en": ["Once upon a time", "In the morning", "She said", "The first thing to", "There are many", "It is"],
    "zh": ["从前", "早上", "她说", "首先", "有很多", "这是"],
}


class RolloutValues(Strict):
    """What the compose file is filled with."""

    project: str
    image: str
    weights: str
    keyed: bool
    key_file: str
    user: str
    tmpfs: str
    memory: str
    pids: int
    gpu: bool
    port: int
    blue_port: int
    green_port: int
    proxy: str
    network: str


def rollout_files(deployment: Deployment, policy: DockerPolicy, held: Held) -> dict[str, str]:
    """Every file by its path in the project."""
    templates = DeployTemplates(FAMILY, "scratch_llm", "rollout")
    from_ = f"templates/{FAMILY}/deploy"
    files = {f"{ROLLOUT}/{name}": resources.read_text(f"{from_}/rollout/{name}") for name in _AS_IT_IS}
    return files | {
        f"scripts/{_SCRIPT}": resources.read_text(f"{from_}/{_SCRIPT}"),
        f"{ROLLOUT}/docker-compose.yml": templates.fill("docker-compose.yml", _values(deployment, policy)),
        f"{ROLLOUT}/rollout.json": json.dumps(_settings(deployment, policy, held), indent=2, ensure_ascii=False) + "\n",
        f"{ROLLOUT}/.gitignore": "/state/\n",
    }


def _values(deployment: Deployment, policy: DockerPolicy) -> RolloutValues:
    service = deployment.service
    place = service.weights if service.weights.startswith("/") else f"../../{service.weights}"
    return RolloutValues(
        project=deployment.project.name,
        image=service.image,
        weights=place.replace("$", "$$") if service.mounted else "",
        keyed=service.keyed,
        key_file=_key_file(policy),
        user=f"{policy.image.user}:{policy.image.user}",
        tmpfs=f"{service.bounds.tmpfs_mb}m",
        memory=f"{service.bounds.memory_mb}m",
        pids=service.bounds.pids,
        gpu=deployment.device == "gpu",
        port=policy.rollout.port,
        blue_port=policy.rollout.port + 1,
        green_port=policy.rollout.port + 2,
        proxy=policy.rollout.proxy,
        network=f"{service.compose_project}_default",
    )


def _key_file(policy: DockerPolicy) -> str:
    """As the compose file sees it, which would take a dollar for a variable."""
    file = policy.run.key_file
    return (file if file.startswith("/") or not file else f"../../{file}").replace("$", "$$")


def _settings(deployment: Deployment, policy: DockerPolicy, held: Held) -> dict[str, object]:
    """What scripts/rollout.py goes by."""
    rollout, service = policy.rollout, deployment.service
    compose = [
        *service.compose.split(),
        "-p",
        f"{service.compose_project}-rollout",
        "-f",
        f"{ROLLOUT}/docker-compose.yml",
    ]
    nginx = [*compose, "exec", "-T", "proxy", "nginx", "-c", "/etc/rollout/nginx.conf"]
    return {
        "colours": {
            colour: {"url": f"http://127.0.0.1:{rollout.port + place}", "proxied": f"{colour}:{_INNER_PORT}"}
            for place, colour in enumerate(_COLOURS, 1)
        },
        "proxy": f"http://127.0.0.1:{rollout.port}",
        "commands": {
            "start": [*compose, "up", "-d", "--no-deps", "{colour}"],
            "stop": [*compose, "stop", "{colour}"],
            "proxy": [*compose, "up", "-d", "--no-deps", "proxy"],
            "check": [*nginx, "-t"],
            "reload": [*nginx, "-s", "reload"],
        },
        "canary_percent": rollout.canary_percent,
        "step_seconds": rollout.step_seconds,
        "watch_seconds": rollout.step_seconds,
        "ready_seconds": policy.deploy.ready_seconds,
        "drain_seconds": _DRAIN_S,
        "prompts": _PROMPTS[deployment.language],
        "reference": _REFERENCE,
        "key_file": policy.run.key_file,
        "bar": {
            "latency_s": held.latency_s,
            "quantile": held.quantile,
            "most_errors": rollout.most_errors,
            "slower": rollout.slower,
            "quality": rollout.quality,
            "least_requests": rollout.least_requests,
            "stuck_s": max(_LEAST_HANGS_S, _HANGS * held.latency_s),
        },
    }
