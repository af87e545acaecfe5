"""What only a try can tell of an engine: its disk, its way to a GPU, and the registry of an image."""

from __future__ import annotations

import io
import platform
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from framework.artifacts.base import sha256
from framework.artifacts.docker_env import BaseImage, Disk, EngineFacts, Passthrough
from framework.errors import MissingOutside
from framework.runtime.docker.connection import Refused, answering, connect
from framework.runtime.docker.engine import Engine
from framework.runtime.docker.errors import EngineMissing

_GIB = 1 << 30
_REGISTRY = 15  # seconds; the engine tries several times
_NVIDIA = {"NVIDIA_VISIBLE_DEVICES": "all", "NVIDIA_DRIVER_CAPABILITIES": "compute,utility"}
_EMPTY = "foundry-empty"


def disk(engine: Engine, facts: EngineFacts, image: str, labels: Mapping[str, str]) -> Disk:
    """The room on the engine's own machine: its folder, if that is here; else what a container of the image sees."""
    root = Path(facts.root)
    if not facts.remote and facts.node == platform.node() and root.is_dir():
        return Disk(free_gb=round(shutil.disk_usage(root).free / _GIB, 1), how="folder")
    if image:
        ran = engine.run(image, ["df", "-Pk", "/"], labels=labels)
        cells = ran.output.splitlines()[-1].split() if ran.rc == 0 and ran.output else []
        if len(cells) > 3 and cells[3].isdecimal():
            return Disk(free_gb=round(int(cells[3]) / (1 << 20), 1), how="container")
    return Disk(free_gb=None, how="unknown")


def passthrough(engine: Engine, image: str, labels: Mapping[str, str]) -> Passthrough:
    """Ask the runtime for a GPU. Without an image, one with nothing in it will do: the runtime says yes or no to it."""
    with _something_to_run(engine, image, labels) as chosen:
        try:
            ran = engine.run(chosen, ["nvidia-smi", "-L"], gpus=True, environment=_NVIDIA, labels=labels, timeout_s=60)
        except Refused as error:
            return Passthrough(state="refused", why=error.said)
    cards = [line.partition(" (UUID")[0] for line in ran.output.splitlines() if line.startswith("GPU ")]
    if ran.rc == 0 and cards:
        return Passthrough(state="works", cards=tuple(cards), why="")
    return Passthrough(state="accepted", why=" ".join(ran.output.split())[-300:])


def base_image(engine: Engine, reference: str) -> BaseImage:
    """Whether the image is there, and whether the registry that its name leads to answers the engine."""
    there = engine.find_image(reference)
    here = there.id if there else ""
    try:
        digest = _digest(engine, reference)
    except MissingOutside as error:
        return BaseImage(reference=reference, here=here, registry="silent", digest="", why=error.message)
    except Refused as error:
        return BaseImage(reference=reference, here=here, registry="silent", digest="", why=error.said)
    return BaseImage(reference=reference, here=here, registry="answers", digest=digest, why="")


def _digest(engine: Engine, reference: str) -> str:
    """The engine itself asks its registry, by its own way through the network."""
    patient = connect(engine.endpoint, _REGISTRY)
    try:
        with answering(engine.endpoint, begun=True):
            return str(patient.inspect_distribution(reference)["Descriptor"]["digest"])
    except EngineMissing as error:
        if error.reason != "silent":
            raise
        message = f"its registry does not answer the engine within {_REGISTRY} seconds"
        raise MissingOutside(message, hint="See the engine's network, then resume.") from error
    finally:
        patient.close()


@contextmanager
def _something_to_run(engine: Engine, image: str, labels: Mapping[str, str]) -> Iterator[str]:
    if image:
        yield image
        return
    mark = sha256(repr(sorted(labels.items())))[:16]  # two projects may ask at the same time
    nothing = io.BytesIO()
    tarfile.open(fileobj=nothing, mode="w").close()
    with answering(engine.endpoint, begun=True):
        engine.api.import_image_from_data(nothing.getvalue(), repository=_EMPTY, tag=mark)
    try:
        yield f"{_EMPTY}:{mark}"
    finally:
        with suppress(Refused), answering(engine.endpoint, begun=True):
            engine.api.remove_image(f"{_EMPTY}:{mark}")
