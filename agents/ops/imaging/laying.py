"""What is laid beside the Dockerfile before a build: the weights, and the wheels or the way to an index."""

from __future__ import annotations

from dataclasses import dataclass

from agents.ops.imaging.files import WEIGHTS, wheels_of
from agents.ops.imaging.subject import Subject
from agents.ops.policy import Policy as VenvPolicy
from agents.ops.project_environment import project_lock
from agents.ops.verification import SPEC as VENVS
from framework.artifacts.docker_env import DockerEnv
from framework.runtime.indexes import Indexes
from framework.runtime.torch_index import torch_index
from framework.runtime.weights import Weights, stage
from framework.runtime.wheelhouse import fill, lacking
from framework.runtime.workspace import Workspace


@dataclass(frozen=True)
class Laid:
    """What a build finds there, and what it has to be told."""

    copied: Weights | None  # none where weights are mounted
    indexes: Indexes | None = None  # none where a build has no network
    bundle: str = ""  # with the certificates of this network


def lay(workspace: Workspace, subject: Subject, weights: Weights) -> Laid:
    """Fill the folders that the Dockerfile names."""
    copied = weights if subject.policy.image.weights == "copied" else None
    stage(copied, workspace.files.root / WEIGHTS)
    if subject.policy.build.dependencies == "index":
        return Laid(copied, _indexes(workspace, subject), _bundle(workspace, subject))
    place, pins = workspace.files.root / wheels_of(subject.device), subject.pins(subject.device).pins
    indexes = _indexes(workspace, subject) if lacking(place, pins) else Indexes()
    fill(place, pins, subject.target, indexes, workspace.announce)
    return Laid(copied)


def _indexes(workspace: Workspace, subject: Subject) -> Indexes:
    """Where the project's own environment has its packages from."""
    lock = project_lock(workspace, subject.device, workspace.spec(VENVS).parse(VenvPolicy))
    indexes = Indexes.configured()
    indexes = indexes.without_links() if subject.device == "gpu" else indexes
    given = lock.given.model_copy(update={"index": subject.policy.build.index or lock.given.index})
    if lock.origin == "pytorch":  # uv found it by itself; pip has to be told
        given = given.and_also(torch_index(lock.torch, lock.python))
    return indexes.with_given(given)


def _bundle(workspace: Workspace, subject: Subject) -> str:
    """The file that a person named, or that was seen to vouch for this network; empty: pip's."""
    found = workspace.read(DockerEnv).found
    return subject.policy.build.ca_bundle or (found.authorities.bundle if found else "")
