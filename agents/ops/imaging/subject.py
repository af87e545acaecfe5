"""What an image is made of: the project, its packages for the system in the base image, and the rules."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from agents.coder.guiding.standing import package_of
from agents.ops.docker_policy import DockerPolicy
from agents.ops.imaging.serving import EXTRA, TORCH, ServingPins, direct, split
from agents.ops.wanted import declared
from framework.artifacts.image import BaseImage, Bounds
from framework.artifacts.pins import Pin, parse_pins
from framework.artifacts.records import Device
from framework.artifacts.requirements import Project
from framework.artifacts.venv_spec import REQUIREMENTS
from framework.errors import InvalidDocument
from framework.messages import Lang
from framework.runtime.codetree import CodeTree
from framework.runtime.package_closure import needed_by
from framework.runtime.venvs import Venv
from framework.runtime.wheelhouse import Target

_GB, _MB = 10**9, 10**6
DEVICES: tuple[Device, ...] = ("cpu", "gpu")


@dataclass(frozen=True)
class Subject:
    """One project on its way into an image. What needs what is read from the project's own environment."""

    project: Project
    device: Device
    tree: CodeTree
    venv: Venv
    base: BaseImage
    policy: DockerPolicy

    @property
    def lang(self) -> Lang:
        return self.project.language

    @property
    def package(self) -> str:
        return package_of(self.tree)

    @property
    def target(self) -> Target:
        """The system in the image."""
        return Target(python=self.base.python, machine=self.base.machine, glibc=self.base.glibc)

    @property
    def bounds(self) -> Bounds:
        """What DOCKER_CONFIG.md allows."""
        image = self.policy.image
        return Bounds(
            bytes=round(image.size_gb.of(self.device) * _GB),
            bytes_beyond_torch=round(image.beyond_torch_mb * _MB),
            layers=image.layers,
            user=f"{image.user}:{image.user}",
        )

    def pins(self, device: Device) -> ServingPins:
        """What the server needs of the project's requirements for a device.

        What only a GPU demands (CUDA's libraries) is PyTorch's, whichever build of it the environment has.
        """
        pins = self._meant(device)
        plain = {pin.name for pin in self._meant("cpu")}
        torch = needed_by(self.venv.root, [TORCH], self.target.environment) | {pin.name for pin in pins} - plain
        return split(pins, self._serving, torch)

    @cached_property
    def _serving(self) -> set[str]:
        asked = direct(self.tree, declared(self.tree), self.venv.modules())
        if not asked:
            raise InvalidDocument(
                f"pyproject.toml: the extra {EXTRA!r} is gone, and the server imports nothing that is declared.",
                hint="Bring it back with git, then run `foundry resume`.",
            )
        return needed_by(self.venv.root, asked, self.target.environment)

    def _meant(self, device: Device) -> list[Pin]:
        return self.target.meant(parse_pins(self.tree.texts[REQUIREMENTS[device]]))
