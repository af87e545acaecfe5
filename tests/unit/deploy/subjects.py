"""What is deployed in these tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agents.ops.deploying.subject import Subject
from agents.ops.docker_policy import DockerPolicy
from framework.artifacts.requirements import Project
from framework.knowledge.specs import find_spec
from framework.messages import Lang


def subject(lang: Lang = "en", run: dict[str, Any] | None = None, **changes: Any) -> Subject:
    """An image of a project, within the bounds of the packaged DOCKER_CONFIG.md, with changes to its section `run`."""
    data = find_spec("DOCKER_CONFIG.md", None).parse(DockerPolicy).model_dump()
    data["run"] |= run or {}
    usual = Subject(
        project=Project(name="fairy_tales", title="Fairy tales", language=lang),
        labels={"foundry.root": "0123456789abcdef"},
        device="cpu",
        image="fairy-tales:cpu-v1",
        image_id="sha256:1",
        weights="outputs/pretrain/mini/now",
        mounted=False,
        mini=True,
        package="fairy_tales",
        policy=DockerPolicy.model_validate(data),
    )
    return replace(usual, **changes)
