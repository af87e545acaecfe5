"""env_check_report.md: the project's environment as it was made on this machine, and what was seen to work in it."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from framework.artifacts.base import Proof, Strict
from framework.artifacts.records import Device
from framework.artifacts.report import AskingReport


class Installed(Strict):
    """One package that is there."""

    name: str
    version: str
    file: str = Field(description="the requirements file that demands it; empty where none does")
    hash: str = Field(description="that the file demands of it; of several for several platforms, their digest")
    builds: int = Field(description="how many files of this version the requirements allow")


class Imported(Strict):
    """One direct dependency, imported for real."""

    name: str
    modules: list[str] = Field(description="what was imported; empty for a package that brings no module, only types")
    passed: bool
    message: str
    seconds: float


class RequirementFile(Strict):
    """A requirements file that was installed."""

    file: str
    sha256: str
    packages: int = Field(description="how many of its packages are meant for this platform")


class Card(Strict):
    """One accelerator."""

    name: str
    memory_gb: float
    driver: str


class TorchView(Strict):
    """What PyTorch itself says of the machine; empty without PyTorch."""

    version: str
    cuda: str = Field(default="", description="the version of CUDA that it was built for")
    gpus: list[str] = Field(default_factory=list, description="the accelerators that it can use")
    threads: int = 0
    bf16: bool = False


class Machine(Strict):
    """Where the environment stands."""

    os: str
    architecture: str
    cores: int
    memory_gb: float
    disk_free_gb: float
    gpus: list[Card]


class IsolationLevel(Strict):
    """How far the project's code can be kept apart when foundry runs it."""

    level: str
    network_cut: bool
    why: str = Field(description="why the network cannot be cut off, where it cannot")


class Environment(Strict):
    """Everything that was found."""

    folder: str
    key: str = Field(description="of what was installed")
    python_version: str
    installer: Literal["uv", "pip"]
    install_seconds: float
    requirements: list[RequirementFile]
    packages_installed: list[Installed]
    packages_missing: list[str]
    imports: list[Imported]
    import_seconds: float
    torch: TorchView | None
    machine: Machine
    isolation: IsolationLevel
    freeze_file: str
    freeze_sha256: str

    @property
    def strangers(self) -> list[Installed]:
        """What is installed and stands in no requirements file."""
        return [one for one in self.packages_installed if not one.file]


class EnvCheck(AskingReport, Proof):
    """The check of the environment."""

    FILE: ClassVar[str] = "env_check_report.md"
    VOLATILE: ClassVar[Any] = {
        "environment": {
            "install_seconds": True,
            "import_seconds": True,
            "imports": {"__all__": {"seconds"}},
            "machine": {"disk_free_gb"},
        }
    }

    device: Device | Literal[""] = Field(description="empty while that is open")
    environment: Environment | None = Field(default=None, description="none while the device is open")

    def body(self) -> str:
        from framework.artifacts.env_check_body import render

        return render(self)

    def headline(self) -> str:
        from framework.artifacts.env_check_body import headline

        return headline(self)
