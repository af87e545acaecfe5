"""image_report.md: the image that serves the model, what is in it, how it was built, and what was seen inside of it."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from framework.artifacts.base import Proof, Strict
from framework.artifacts.container_check import ContainerCheck
from framework.artifacts.laid_file import LaidFile
from framework.artifacts.receipts import VOLATILE_OF_RECEIPT, CommandReceipt
from framework.artifacts.records import Device
from framework.artifacts.report import AskingReport

FOLDER = "deploy/docker"
DOCKERFILES: dict[Device, str] = {"cpu": f"{FOLDER}/Dockerfile.cpu", "gpu": f"{FOLDER}/Dockerfile.gpu"}


class ImageWeights(Strict):
    """The weights that the image serves."""

    path: str = Field(description="their folder, within the project or absolute")
    sha256: str
    bytes: int
    how: Literal["copied", "mounted"]
    trained_by: Literal["debug", "user"] = Field(description="whether they are those of the debug stage")
    verified: bool = Field(description="whether a manifest beside them has the same hashes")
    loads: CommandReceipt = Field(description="that the project's own code loads them and writes a token")


class BaseImage(Strict):
    """What the image begins from."""

    name: str
    id: str
    digest: str
    python: str
    machine: str
    glibc: str


class LayerRow(Strict):
    """One layer."""

    bytes: int
    made_by: str


class BuiltImage(Strict):
    """The image as the engine has it."""

    tag: str
    id: str
    digest: str = Field(description="that of a registry; empty where it was never in one")
    bytes: int
    layers: list[LayerRow]
    user: str
    content: str = Field(description="the hash of all that it was built from")
    node: str = Field(description="the machine whose engine has it")


class Bounds(Strict):
    """What DOCKER_CONFIG.md allows."""

    bytes: int
    bytes_beyond_torch: int = Field(description="without PyTorch and the weights")
    layers: int
    user: str


class ImageFile(LaidFile):
    """A file of deploy/docker as it stands."""

    path: str = Field(pattern=r"^(deploy/docker/([a-z]+/){0,2}[A-Za-z0-9_.-]+|\.dockerignore)$")


class Image(AskingReport, Proof):
    """The report of the image stage."""

    FILE: ClassVar[str] = "image_report.md"
    VOLATILE: ClassVar[Any] = {
        "weights": {"loads": VOLATILE_OF_RECEIPT},
        "build": VOLATILE_OF_RECEIPT,
        "check": VOLATILE_OF_RECEIPT | {"output_hash"},
        "seen": {"load_seconds", "token_seconds", "system"},
    }

    device: Device
    weights: ImageWeights | None = Field(default=None, description="none while a question is open")
    base: BaseImage | None = None
    image: BuiltImage | None = None
    bounds: Bounds | None = None
    dependencies: Literal["wheelhouse", "index"] = "wheelhouse"
    files: list[ImageFile] = Field(default_factory=list)
    build: CommandReceipt | None = None
    check: CommandReceipt | None = Field(default=None, description="its output_hash is that of the log")
    seen: ContainerCheck | None = None
    sbom: str = Field(default="", description="the hash of the bill of materials, where the image was looked into")
    unverified: list[str] = Field(default_factory=list, description="what could not be tried on this machine")

    @property
    def beyond_torch(self) -> int:
        """The bytes of the image without the weights and without the larger layer of packages, which is PyTorch."""
        layers = [row for row in self.image.layers if "/model" not in row.made_by] if self.image else []
        packages = max((row.bytes for row in layers if "/venv" in row.made_by), default=0)
        return sum(row.bytes for row in layers) - packages

    def body(self) -> str:
        from framework.artifacts.image_body import render

        return render(self)

    def headline(self) -> str:
        from framework.artifacts.image_body import headline

        return headline(self)
