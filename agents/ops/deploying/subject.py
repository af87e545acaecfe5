"""What is deployed: an image with its weights, within the bounds of DOCKER_CONFIG.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agents.ops.docker_policy import DockerPolicy
from framework.artifacts.deployment import Bounds
from framework.artifacts.records import Device
from framework.artifacts.requirements import Project
from framework.messages import Lang

STAGE = "deploy"
INNER_PORT = 8000  # that every image of ours serves at
_MIB_PER_GIB = 1024


@dataclass(frozen=True)
class Subject:
    """The image, and who may take what."""

    project: Project
    labels: Mapping[str, str]  # that its container is found by; they tell projects of one name apart
    device: Device
    image: str
    image_id: str
    weights: str  # the folder of the checkpoint, within the project or absolute
    mounted: bool
    mini: bool  # whether they are those of the small run that only proves the code
    package: str
    policy: DockerPolicy

    @property
    def lang(self) -> Lang:
        return self.project.language

    @property
    def compose_project(self) -> str:
        """The same name in another folder is another service."""
        return f"{self.project.slug}-{self.root[:8]}"

    @property
    def root(self) -> str:
        """The project's folder, as the labels name it."""
        return self.labels["foundry.root"]

    @property
    def bounds(self) -> Bounds:
        """What the container may take at first."""
        run = self.policy.run
        memory = round(run.memory_gb.of(self.device) * _MIB_PER_GIB)
        return Bounds(memory_mb=memory, cpus=run.cpus, pids=run.pids, tmpfs_mb=run.tmpfs_mb)

    @property
    def most_memory_mb(self) -> int:
        """As far as a repair may go."""
        return round(self.policy.deploy.most_memory_gb.of(self.device) * _MIB_PER_GIB)
