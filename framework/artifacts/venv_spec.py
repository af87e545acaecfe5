"""venv.md: what the project's environments hold, how to make them, and the rules of the mini dataset."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from framework.artifacts.base import Proof, Strict
from framework.artifacts.receipts import VOLATILE_OF_RECEIPT, CommandReceipt
from framework.artifacts.report import Report

System = Literal["linux", "macos", "windows"]
Installer = Literal["uv", "pip"]
Kind = Literal["cpu", "gpu", "dev"]
REQUIREMENTS: dict[Kind, str] = {kind: f"requirements-{kind}.txt" for kind in ("cpu", "gpu", "dev")}
# Where the project keeps its copy of each spec document.
COPIES: dict[str, str] = {"CLAUDE.md": "CLAUDE.md"} | {
    name: f"specs/{name}" for name in ("DEBUG_CODE.md", "DOCKER_CONFIG.md", "ML.md", "VENV_CONFIG.md")
}


class MiniRules(Strict):
    """How the mini dataset is drawn from the full one."""

    most_rows: int = Field(ge=10)
    tokens: int = Field(ge=1000)
    seed: int = Field(ge=0)
    shares: dict[Literal["train", "validation", "test"], float]
    least_per_class: int = Field(ge=1)

    @model_validator(mode="after")
    def _shares_are_a_whole(self) -> Self:
        if any(share <= 0 for share in self.shares.values()) or abs(sum(self.shares.values()) - 1) > 1e-6:
            raise ValueError(f"the shares must be above 0 and add up to 1, not to {sum(self.shares.values()):g}")
        return self


class MiniData(Strict):
    """The mini dataset: from what, and by which rules."""

    source: str
    license: str
    split: str
    classes: bool = Field(description="whether the samples are labelled, so that the classes keep their proportions")
    rules: MiniRules


class RequirementSet(Strict):
    """One requirements file."""

    kind: Kind
    file: str = Field(pattern=r"^requirements-(cpu|gpu|dev)\.txt$")
    sha256: str
    packages: int
    platform: str = Field(description="`any`, or the one platform that it was resolved for")
    torch: str = Field(description="the build of torch; empty where it holds none")
    origin: str = Field(description="where torch is from: as configured, a named index, PyTorch's own")
    direct: list[str] = Field(description="what the project itself asks for; the rest is what that needs")
    receipt: CommandReceipt = Field(description="that the file resolves, without installing anything")


class SpecCopy(Strict):
    """A spec document as the project keeps it."""

    name: str
    file: str = Field(pattern=r"^(specs/)?[A-Z_]+\.md$")
    sha256: str
    edited: bool = Field(default=False, description="whether it is the owner's own version, not the one it was made of")


class Recipe(Strict):
    """The commands that make one environment on one system."""

    system: System
    installer: Installer
    kind: Kind
    lines: list[str]


class VenvSpec(Report, Proof):
    """The environments of the project."""

    FILE: ClassVar[str] = "venv.md"
    VOLATILE: ClassVar[Any] = {"requirements": {"__all__": {"receipt": VOLATILE_OF_RECEIPT}}}

    python_wanted: list[str] = Field(description="the best one first")
    python: str = Field(description="the version that the requirements were resolved for")
    resolved_by: Installer
    indexes: list[str] = Field(description="those that VENV_CONFIG.md names; as configured where there are none")
    requirements: list[RequirementSet]
    optional_extras: list[str] = Field(description="in no requirements file; installed by hand when they are wanted")
    recipes: list[Recipe]
    mini: MiniData
    copies: list[SpecCopy]

    def body(self) -> str:
        from framework.artifacts.venv_spec_body import render

        return render(self)

    def headline(self) -> str:
        from framework.artifacts.venv_spec_body import headline

        return headline(self)
