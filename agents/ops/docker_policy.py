"""What DOCKER_CONFIG.md settles: the engine, the images, how they are built and run, deployed, watched and replaced."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from framework.artifacts.base import Strict
from framework.artifacts.deployment import Repair, Trouble
from framework.artifacts.records import Device

_LEAST_GB, _MOST_GB = 0.0625, 100_000
_DAY = 86_400  # seconds
Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@-]*$")]
DottedVersion = Annotated[str, Field(pattern=r"^\d+(\.\d+){0,2}$")]
Address = Annotated[str, Field(pattern=r"^(https?://\S+)?$")]


def _ipv4(address: str) -> str:
    """Nothing at all, or a word, would publish a port on every address of the machine, or on none that is known."""
    try:
        return str(IPv4Address(address))
    except AddressValueError as error:
        raise ValueError("must be an IPv4 address of this machine, such as 127.0.0.1") from error


class PerDevice(Strict):
    """A figure for each variant of the image."""

    cpu: float = Field(gt=0, le=_MOST_GB)
    gpu: float = Field(gt=0, le=_MOST_GB)

    def of(self, device: Device) -> float:
        """That of one variant."""
        return self.gpu if device == "gpu" else self.cpu


class Memory(PerDevice):
    """Of a container; a limit that is rounded to nothing is none."""

    cpu: float = Field(ge=_LEAST_GB, le=_MOST_GB)
    gpu: float = Field(ge=_LEAST_GB, le=_MOST_GB)


class BaseImages(Strict):
    """What the images begin from; its registry is the one that its name says."""

    cpu: Reference
    gpu: Reference

    def of(self, device: Device) -> str:
        """That of one variant."""
        return self.gpu if device == "gpu" else self.cpu


class EnginePolicy(Strict):
    """What an engine must be."""

    oldest: DottedVersion
    oldest_compose: DottedVersion
    disk_gb: PerDevice


class ImagePolicy(Strict):
    """The images."""

    base: BaseImages
    user: int = Field(gt=0, lt=2**31)
    size_gb: PerDevice
    beyond_torch_mb: float = Field(gt=0, le=1_000_000, description="the image without PyTorch's layer and the weights")
    layers: int = Field(gt=0, le=127)
    weights: Literal["copied", "mounted"]


class BuildPolicy(Strict):
    """Where a build takes its packages from, and what of this network it has to know."""

    dependencies: Literal["wheelhouse", "index"]
    network: Literal["default", "host"] = Field(description="of a build that uses an index; any other has none")
    index: Address
    ca_bundle: str = Field(description="a file of this machine; empty: the one that pip is configured with")
    proxy: Address
    minutes: float = Field(gt=0, le=10_080)


class RunPolicy(Strict):
    """The bounds of a container."""

    memory_gb: Memory
    cpus: float = Field(ge=0, le=4096, description="0: as many as there are")
    pids: int = Field(gt=0, le=4_194_304)
    tmpfs_mb: int = Field(gt=0, le=1_000_000)
    address: Annotated[str, AfterValidator(_ipv4)] = Field(description="that ports are published on")
    key_file: str = Field(description="a file with the API's key; empty: none is asked for")


class Known(Strict):
    """A trouble that is known: the words it shows itself by, and what is tried then."""

    trouble: Trouble
    signs: list[str] = Field(default_factory=list, description="any of them, in whatever case; none: its state says it")
    repair: Repair


class DeployPolicy(Strict):
    """How a deployment is tried."""

    port: int = Field(ge=1024, le=65000)
    ready_seconds: float = Field(gt=0, le=_DAY)
    repairs: int = Field(ge=0, le=10)
    most_memory_gb: Memory
    clients: list[Annotated[int, Field(ge=1, le=256)]] = Field(min_length=1)
    warm_up: int = Field(ge=0, le=1000, description="requests of each client that are not counted")
    seconds: float = Field(gt=0, le=120)
    requests: int = Field(gt=0, le=10000)
    new_tokens: int = Field(gt=0, le=1_000_000)
    equal_answers: float = Field(ge=0, le=1)
    playbook: list[Known]

    def repair_of(self, trouble: Trouble) -> Repair:
        """What is tried; nothing for what the playbook does not name."""
        return next((one.repair for one in self.playbook if one.trouble == trouble), "none")


class MonitorPolicy(Strict):
    """How the service is watched."""

    scrape_seconds: int = Field(gt=0, le=60)
    memory_share: float = Field(gt=0, le=1, description="of the container's memory, from which on an alarm is given")
    prometheus: Reference
    alertmanager: Reference
    grafana: Reference


class RolloutPolicy(Strict):
    """How a new version takes over."""

    proxy: Reference
    port: int = Field(ge=1024, le=65000, description="that clients ask")
    canary_percent: list[Annotated[int, Field(ge=1, le=99)]] = Field(min_length=1)
    step_seconds: int = Field(gt=0, le=_DAY)
    least_requests: int = Field(
        gt=0, le=1_000_000, description="of a step; what users do not ask is asked by the rollout itself"
    )
    most_errors: float = Field(ge=0, le=1)
    slower: float = Field(gt=0, le=1000, description="how many times the old version's latency is too much")
    quality: float = Field(ge=0, le=1, description="the least share of the old version's answer quality")


class DockerPolicy(Strict):
    """All of it."""

    engine: EnginePolicy
    image: ImagePolicy
    build: BuildPolicy
    run: RunPolicy
    deploy: DeployPolicy
    monitor: MonitorPolicy
    rollout: RolloutPolicy
