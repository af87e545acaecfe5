"""The shapes of the files that programs read: Kubeflow's PyTorchJob (v1), a SkyPilot task, our own predictions.

Only what a training of ours can need is known here; a key that is not is taken for a typing error.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

from framework.artifacts.base import Strict

_NAME = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"  # as RFC 1123 has it for the names of hosts
_QUANTITY = r"^\d+(\.\d+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$"
Amount = str | int


class Manifest(Strict):
    """Kubernetes writes its keys in camel case."""

    model_config = ConfigDict(alias_generator=to_camel)


class Metadata(Manifest):
    name: str = Field(pattern=_NAME, max_length=63)
    namespace: str | None = Field(default=None, pattern=_NAME)
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)


class Resources(Manifest):
    requests: dict[str, Amount] = Field(default_factory=dict)
    limits: dict[str, Amount] = Field(default_factory=dict)


class Mount(Manifest):
    name: str
    mount_path: str = Field(pattern=r"^/")
    sub_path: str = ""
    read_only: bool = False


class Container(Manifest):
    name: Literal["pytorch"] = Field(description="the operator looks for the container of this name")
    image: str = Field(min_length=1)
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    command: list[str] = Field(min_length=1)
    args: list[str] = Field(default_factory=list)
    working_dir: str = ""
    env: list[dict[str, JsonValue]] = Field(default_factory=list)
    resources: Resources
    volume_mounts: list[Mount] = Field(default_factory=list)


class Claim(Manifest):
    claim_name: str = Field(pattern=_NAME, max_length=63)


class Volume(Manifest):
    name: str = Field(pattern=_NAME)
    persistent_volume_claim: Claim | None = None
    empty_dir: dict[str, JsonValue] | None = None
    host_path: dict[str, JsonValue] | None = None


class PodSpec(Manifest):
    termination_grace_period_seconds: int = Field(default=30, ge=0)
    containers: list[Container] = Field(min_length=1)
    volumes: list[Volume] = Field(default_factory=list)
    node_selector: dict[str, str] = Field(default_factory=dict)
    tolerations: list[dict[str, JsonValue]] = Field(default_factory=list)
    image_pull_secrets: list[dict[str, str]] = Field(default_factory=list)
    service_account_name: str = ""


class PodTemplate(Manifest):
    metadata: dict[str, JsonValue] = Field(default_factory=dict)
    spec: PodSpec


class Replica(Manifest):
    replicas: int = Field(ge=1)
    restart_policy: Literal["Always", "OnFailure", "Never", "ExitCode"]
    template: PodTemplate


class Replicas(Manifest):
    master: Replica = Field(alias="Master")
    worker: Replica | None = Field(default=None, alias="Worker")


class RunPolicy(Manifest):
    clean_pod_policy: Literal["None", "Running", "All"] = "None"
    ttl_seconds_after_finished: int | None = Field(default=None, ge=0)
    active_deadline_seconds: int | None = Field(default=None, ge=1)
    backoff_limit: int = Field(default=0, ge=0)
    suspend: bool = False


class JobSpec(Manifest):
    nproc_per_node: str = Field(pattern=r"^(\d+|auto|cpu|gpu)$")
    run_policy: RunPolicy = RunPolicy()
    pytorch_replica_specs: Replicas


class PyTorchJob(Manifest):
    api_version: Literal["kubeflow.org/v1"]
    kind: Literal["PyTorchJob"]
    metadata: Metadata
    spec: JobSpec


class SkyResources(Strict):
    infra: str = ""
    accelerators: str = Field(pattern=r"^[A-Za-z0-9_.-]+:\d+$")
    cpus: Amount = ""
    memory: Amount = ""
    disk_size: int = Field(ge=1)
    disk_tier: Literal["low", "medium", "high", "ultra", "best"] = "medium"
    use_spot: bool = False
    image_id: str = ""


class SkyTask(Strict):
    name: str = Field(pattern=_NAME)
    workdir: str
    num_nodes: int = Field(ge=1)
    resources: SkyResources
    envs: dict[str, str] = Field(default_factory=dict)
    file_mounts: dict[str, JsonValue] = Field(default_factory=dict)
    setup: str = ""
    run: str = Field(min_length=1)


class Prediction(Strict):
    """What the first hour on a GPU compares with, for one card."""

    machine: str
    overrides: list[str]
    advised: int = Field(ge=1)
    batch: tuple[int, int]
    share: int = Field(ge=1)
    memory: float = Field(gt=0)
    speed: tuple[float, float]
    mfu: tuple[float, float]


class Predictions(Strict):
    config: str
    hardware: dict[str, Prediction]
