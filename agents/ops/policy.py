"""What VENV_CONFIG.md settles: Python, indexes, builds of torch, tools, and the rules of the mini dataset."""

from __future__ import annotations

from typing import Annotated, Self

from packaging.requirements import InvalidRequirement, Requirement
from pydantic import AfterValidator, Field, model_validator

from framework.artifacts.base import Strict
from framework.artifacts.venv_spec import MiniRules


def _requirement(text: str) -> str:
    try:
        Requirement(text)
    except InvalidRequirement as error:
        raise ValueError(f"must be a requirement such as 'bandit>=1.8,<2': {error}") from error
    return text


Version = Annotated[str, Field(pattern=r"^3\.\d{1,2}$")]
Address = Annotated[str, Field(pattern=r"^((https?|file)://\S+)?$")]
Wanted = Annotated[str, AfterValidator(_requirement)]
FolderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]


def _number(version: str) -> int:
    return int(version.partition(".")[2])


class PythonPolicy(Strict):
    """Which versions of Python, the best one first."""

    oldest: Version
    preferred: list[Version] = Field(min_length=1)

    @model_validator(mode="after")
    def _none_is_too_old(self) -> Self:
        if old := [version for version in self.preferred if _number(version) < _number(self.oldest)]:
            raise ValueError(f"preferred holds {', '.join(old)}, which is older than {self.oldest}")
        return self

    def in_order(self, running: str) -> list[str]:
        """The versions to try; last the one that foundry itself runs on, unless that is too old."""
        last = [running] if _number(running) >= _number(self.oldest) else []
        return list(dict.fromkeys((*self.preferred, *last)))


class IndexPolicy(Strict):
    """Package indexes; empty: what pip is configured with."""

    default: Address
    extra: list[Address]


class TorchPolicy(Strict):
    """The indexes of torch's builds; empty: where everything else is from, or PyTorch's own one."""

    cpu_index: Address
    gpu_index: Address


class RequirementPolicy(Strict):
    """What belongs into which requirements file."""

    development_extras: list[str]
    verification_tools: list[Wanted]


class EnvironmentPolicy(Strict):
    """The folders of the environments."""

    cpu: FolderName
    gpu: FolderName


class SpacePolicy(Strict):
    """How much room on the disk an environment is given before it is made."""

    cpu: float = Field(default=3, ge=0)
    gpu: float = Field(default=12, ge=0)


class Policy(Strict):
    """All of it."""

    python: PythonPolicy
    indexes: IndexPolicy
    torch: TorchPolicy
    requirements: RequirementPolicy
    environments: EnvironmentPolicy
    disk_gb: SpacePolicy = Field(default_factory=SpacePolicy)
    mini_dataset: MiniRules
