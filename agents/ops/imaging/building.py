"""Building the image: its packages and weights are laid beside the Dockerfile, and the engine does the rest."""

from __future__ import annotations

import time
from dataclasses import dataclass

from agents.ops.imaging.files import PYTHON, requirements_of
from agents.ops.imaging.laying import Laid, lay
from agents.ops.imaging.subject import Subject
from framework.artifacts.base import sha256
from framework.artifacts.image import DOCKERFILES, FOLDER, BuiltImage, Image, LayerRow
from framework.artifacts.ledger import now
from framework.artifacts.receipts import CommandReceipt
from framework.errors import MissingOutside
from framework.messages import say
from framework.rendering.standing import Standing
from framework.runtime.build_secrets import build_secrets
from framework.runtime.docker import BuildFailed, Engine, ImageFacts
from framework.runtime.image_progress import BuildProgress
from framework.runtime.weights import Weights
from framework.runtime.workspace import Workspace

CONTENT = "foundry.content"
_CODE = ("src/", "configs/serve/")
_LONGEST = 160
_FULL = "no space left on device"
_PREFIX = "org.opencontainers.image"


@dataclass(frozen=True)
class Built:
    """The image, and the proof that it was built."""

    image: BuiltImage
    receipt: CommandReceipt


def build(workspace: Workspace, docker: Engine, subject: Subject, files: Standing, weights: Weights) -> Built:
    """Lay everything ready, build, and look at what the engine has then."""
    laid = lay(workspace, subject, weights)
    content = _content(subject, files, laid.copied)
    tag = _tag(docker, subject, workspace.previous(Image), content)
    workspace.announce("image.building", tag=tag)
    began = time.monotonic()
    try:
        _build(workspace, docker, subject, laid, tag, content)
    except BuildFailed as error:
        if any(_FULL in line for line in error.lines):
            raise _no_room(subject, docker, tag) from error
        raise
    found = docker.image(tag)
    receipt = _receipt(subject, tag, found, round(time.monotonic() - began, 3))
    return Built(_described(found, subject.base.name, tag, content, docker.facts().node), receipt)


def _build(workspace: Workspace, docker: Engine, subject: Subject, laid: Laid, tag: str, content: str) -> None:
    with build_secrets(laid.indexes, laid.bundle) as secrets:
        docker.build(
            workspace.files.root,
            DOCKERFILES[subject.device],
            tag,
            tell=BuildProgress(workspace.announce),
            arguments=_arguments(subject, tag, content),
            secrets=secrets,
            labels=_labels(subject, content),
            network=subject.policy.build.network if laid.indexes else "none",
            timeout_s=subject.policy.build.minutes * 60,
        )


def _no_room(subject: Subject, docker: Engine, tag: str) -> MissingOutside:
    node = docker.facts().node
    return MissingOutside(
        say(subject.lang, "image.no_room", tag=tag, node=node), hint=say(subject.lang, "image.no_room_hint")
    )


def _content(subject: Subject, files: Standing, weights: Weights | None) -> str:
    """The hash of all that the image is built from: the same content is the same version."""
    device = subject.device
    own = [DOCKERFILES[device], *(f"{FOLDER}/{name}" for name in PYTHON)]
    own += [requirements_of(device, part) for part in ("torch", "serve")]
    code = [path for path in subject.tree.files if path.startswith(_CODE) or path == "scripts/serve.py"]
    parts = [f"{path} {sha256(subject.tree.files[path])}" for path in sorted(code)]
    parts += [f"{path} {sha256(files.texts[path])}" for path in own]
    parts += [f"/model/{name} {value}" for name, value in (weights.hashes if weights else {}).items()]
    return sha256("\n".join([subject.base.id, *parts]))


def _tag(docker: Engine, subject: Subject, last: Image | None, content: str) -> str:
    """The last version where it holds the very same; else the first number after it that is free."""
    stem, number = f"{subject.project.slug}:{subject.device}-v", 1
    if last and last.image and last.image.tag.startswith(stem):
        number = int(last.image.tag.removeprefix(stem))
    while found := docker.find_image(f"{stem}{number}"):
        if found.labels.get(CONTENT) == content:
            break
        number += 1
    return f"{stem}{number}"


def _arguments(subject: Subject, tag: str, content: str) -> dict[str, str]:
    wanted = {"BASE": subject.base.name, "VERSION": tag.rpartition("-v")[2], "REVISION": content[:12]}
    policy = subject.policy.build
    if policy.dependencies == "wheelhouse":
        return wanted
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), policy.proxy) if policy.proxy else {}
    return wanted | {"PIP_NO_INDEX": "0"} | proxies


def _labels(subject: Subject, content: str) -> dict[str, str]:
    """What tells versions apart, and what people read. Containers inherit them: none of those that we remove by."""
    return {CONTENT: content, f"{_PREFIX}.description": subject.project.title}


def _receipt(subject: Subject, tag: str, found: ImageFacts, seconds: float) -> CommandReceipt:
    return CommandReceipt(
        command=typed(subject, tag),
        rc=0,
        output_hash=sha256(found.id),
        proved=found.id,
        seconds=seconds,
        at=now(),
    )


def typed(subject: Subject, tag: str) -> list[str]:
    """The command as a person types it in the project's folder."""
    build = subject.policy.build
    network = "none" if build.dependencies == "wheelhouse" else build.network
    argument = ["--build-arg", f"BASE={subject.base.name}"]
    return ["docker", "build", "--network", network, *argument, "-f", DOCKERFILES[subject.device], "-t", tag, "."]


def _described(found: ImageFacts, base: str, tag: str, content: str, node: str) -> BuiltImage:
    layers = [layer for layer in found.layers if layer.size]
    return BuiltImage(
        tag=tag,
        id=found.id,
        digest=found.digest,
        bytes=found.size,
        layers=[LayerRow(bytes=layer.size, made_by=_brief(layer.created_by) or base) for layer in layers],
        user=found.user,
        content=content,
        node=node,
    )


def _brief(words: str) -> str:
    return " ".join(words.split())[:_LONGEST]
