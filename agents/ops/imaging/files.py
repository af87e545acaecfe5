"""The files of deploy/docker that an image is built from; one that the user has edited stays theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff

from agents.ops.imaging.subject import DEVICES, Subject
from agents.planner.family import FAMILY
from framework.artifacts.base import Strict, sha256
from framework.artifacts.image import DOCKERFILES, FOLDER, ImageFile
from framework.artifacts.pins import Pin
from framework.artifacts.records import Device
from framework.messages import say
from framework.rendering.deploy import DeployTemplates
from framework.runtime.codetree import CodeTree
from framework.runtime.weights import KEPT

_TEMPLATE_PACKAGE = "scratch_llm"
IGNORED = ".dockerignore"
PYTHON = ("entry.py", "health.py", "check.py")
WEIGHTS = f"{FOLDER}/weights"
_KNOWN_LINES = 200  # of a diff; more nobody reads in a report


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


@dataclass(frozen=True)
class Files:
    """The files as made, and those that are the user's."""

    made: Mapping[str, str]
    kept: Mapping[str, str]

    @property
    def written(self) -> dict[str, str]:
        """What foundry writes."""
        return {path: text for path, text in self.made.items() if path not in self.kept}

    @property
    def texts(self) -> dict[str, str]:
        """What stands afterwards."""
        return {**self.made, **self.kept}

    @property
    def told(self) -> list[ImageFile]:
        """Each with its hashes, and the difference where it was left alone."""
        return [
            ImageFile(
                path=path,
                sha256=sha256(self.kept.get(path, text)),
                made=sha256(text),
                diff=_diff(path, self.kept[path], text) if path in self.kept else "",
            )
            for path, text in sorted(self.made.items())
        ]


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


def compared(made: Mapping[str, str], tree: CodeTree, last: Sequence[ImageFile]) -> Files:
    """A file is the user's where it is neither what is made now nor what was made the last time."""
    before = {file.path: file.made for file in last}
    kept: dict[str, str] = {}
    for path, text in made.items():
        found = tree.files.get(path)
        if found is not None and sha256(found) not in (sha256(text), before.get(path)):
            kept[path] = found.decode("utf-8", "surrogateescape")
    return Files(made, kept)


def _values(subject: Subject, device: Device) -> Values:
    image = subject.policy.image
    return Values(device=device, base=image.base.of(device), user=image.user, slug=subject.slug)


def _readme(subject: Subject, checkpoint: str) -> ReadMe:
    return ReadMe(
        slug=subject.slug,
        device=subject.device,
        other="cpu" if subject.device == "gpu" else "gpu",
        python=subject.target.python,
        platforms=subject.target.platforms,
        checkpoint=checkpoint,
        tmpfs_mb=subject.policy.run.tmpfs_mb,
    )


def _listing(subject: Subject, pins: Sequence[Pin]) -> str:
    """For one system, so that no line needs a marker."""
    head = say(subject.lang, "image.file_requirements", python=subject.target.python, machine=subject.target.machine)
    return f"# {head}\n" + "".join(replace(pin, line=f"{pin.name}=={pin.version}", marker="").text for pin in pins)


def _diff(path: str, theirs: str, ours: str) -> str:
    lines = unified_diff(theirs.splitlines(), ours.splitlines(), path, f"{path} (foundry)", lineterm="")
    return "\n".join(list(lines)[:_KNOWN_LINES])
