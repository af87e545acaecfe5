"""What an image begins from: it is fetched where it is not there, and asked what its Python is and what runs on it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from framework.artifacts.base import Strict, sha256
from framework.artifacts.files import write_text
from framework.artifacts.image import BaseImage
from framework.errors import MissingOutside
from framework.runtime.docker import BuildFailed, Engine
from framework.runtime.lines import Tell
from framework.runtime.passing_folders import passing_folder

_ASK = (
    "import json, platform, sys;"
    "print(json.dumps({'python': '%d.%d' % sys.version_info[:2], 'machine': platform.machine(),"
    " 'glibc': platform.libc_ver()[1] if platform.libc_ver()[0] == 'glibc' else ''}))"
)


class _Said(Strict):
    python: str
    machine: str
    glibc: str


def base_image(docker: Engine, reference: str, labels: Mapping[str, str], tell: Tell) -> BaseImage:
    """The base image, which the engine has afterwards."""
    found = docker.find_image(reference)
    name = reference if found else _fetched(docker, reference, labels, tell)
    facts = found or docker.image(name)
    ran = docker.run(name, ["python3", "-c", _ASK], labels=labels)
    try:
        said = _Said.model_validate_json(ran.output.strip().rpartition("\n")[2])
    except ValidationError as error:
        raise _unusable(reference, f"no python3 answers in it: {ran.output.strip()[-300:]}") from error
    if not said.glibc:
        raise _unusable(reference, "it has no glibc, which the packages of PyTorch are built for")
    return BaseImage(
        name=reference,
        id=facts.id,
        digest=facts.digest,
        python=said.python,
        machine=said.machine,
        glibc=said.glibc,
    )


def _fetched(docker: Engine, reference: str, labels: Mapping[str, str], tell: Tell) -> str:
    """The tag of an image that is nothing but the base: building it makes the engine fetch what it begins from."""
    tag = f"foundry-base:{sha256(reference)[:12]}"
    with passing_folder("base") as folder:
        write_text(folder / "Dockerfile", f"FROM {reference}\n")
        try:
            docker.build(folder, "Dockerfile", tag, tell=tell, labels=labels)
        except BuildFailed as error:
            raise _unusable(reference, f"the engine cannot fetch it ({error.lines[-1]})") from error
    return tag


def _unusable(reference: str, why: str) -> MissingOutside:
    return MissingOutside(
        f"the base image {reference} cannot be used: {why}.",
        hint="Name another one under `image.base` in the project's DOCKER_CONFIG.md, then resume.",
    )
