"""The files of deploy/docker that an image is built from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.ops.imaging.subject import DEVICES, Subject
from agents.planner.family import FAMILY
from framework.artifacts.base import Strict
from framework.artifacts.image import DOCKERFILES, FOLDER
from framework.artifacts.pins import Pin
from framework.artifacts.records import Device
from framework.messages import say
from framework.rendering.deploy import DeployTemplates
from framework.runtime.weights import KEPT

_TEMPLATE_PACKAGE = "scratch_llm"
IGNORED = ".dockerignore"
PYTHON = ("entry.py", "health.py", "check.py")
WEIGHTS = f"{FOLDER}/weights"


class Values(Strict):
    """What a Dockerfile is filled with."""

    device: Device
    base: str
    user: int
    slug: str


class ReadMe(Strict):
    """What the README is filled with."""

    slug: str
    device: Device
    other: Device
    python: str
    platforms: list[str]
    checkpoint: str
    tmpfs_mb: int


def wheels_of(device: Device) -> str:
    """The folder that a Dockerfile finds its wheels in."""
    return f"{FOLDER}/wheels/{device}"


def made_files(subject: Subject, checkpoint: str) -> dict[str, str]:
    """Every file by its path in the project."""
    templates = DeployTemplates(FAMILY, _TEMPLATE_PACKAGE, "docker")
    texts = {f"{FOLDER}/{name}": templates.code(name, subject.package) for name in PYTHON}
    texts[IGNORED] = templates.fill("dockerignore", Strict())
    texts[f"{FOLDER}/.gitignore"] = templates.fill("gitignore", Strict())
    texts[f"{FOLDER}/README.md"] = templates.fill(f"README.{subject.lang}.md", _readme(subject, checkpoint))
    texts[f"{WEIGHTS}/{KEPT}"] = ""
    for device in DEVICES:
        texts[DOCKERFILES[device]] = templates.fill("Dockerfile", _values(subject, device))
        texts[f"{wheels_of(device)}/{KEPT}"] = ""
        pins = subject.pins(device)
        texts[requirements_of(device, "torch")] = _listing(subject, pins.torch)
        texts[requirements_of(device, "serve")] = _listing(subject, pins.serving)
    return texts


def requirements_of(device: Device, part: str) -> str:
    """One of the two requirements files of an image."""
    return f"{FOLDER}/requirements-{device}-{part}.txt"


def _values(subject: Subject, device: Device) -> Values:
    image = subject.policy.image
    return Values(device=device, base=image.base.of(device), user=image.user, slug=subject.project.slug)


def _readme(subject: Subject, checkpoint: str) -> ReadMe:
    return ReadMe(
        slug=subject.project.slug,
        device=subject.device,
        other="cpu" if subject.device == "gpu" else "gpu",
        python=subject.target.python,
        platforms=subject.target.typed_platforms,
        checkpoint=checkpoint,
        tmpfs_mb=subject.policy.run.tmpfs_mb,
    )


def _listing(subject: Subject, pins: Sequence[Pin]) -> str:
    """For one system, so that no line needs a marker."""
    head = say(subject.lang, "image.file_requirements", python=subject.target.python, machine=subject.target.machine)
    return f"# {head}\n" + "".join(replace(pin, line=f"{pin.name}=={pin.version}", marker="").text for pin in pins)
