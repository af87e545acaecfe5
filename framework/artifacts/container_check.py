"""container_env_check.log: what a program saw inside of the image, as YAML among whatever else was printed there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from framework.artifacts.base import Strict
from framework.artifacts.document import parse_mapping

SBOM = "sbom.cdx.json"  # the packages that were seen there, as a bill of materials
_KEY = re.compile(r"^(?P<key>[a-z0-9_]+):(?: (?P<value>.+))?$")
_INNER = re.compile(r"^  \S+: \S")


class ContainerCheck(Strict):
    """Everything that was seen; what the program did not come to has its default."""

    FILE: ClassVar[str] = "container_env_check.log"

    python: str = ""
    system: str = ""
    user: str = ""
    writable: list[str] = Field(default_factory=list, description="folders that the server could change")
    compilers: list[str] = Field(default_factory=list)
    leftovers: list[str] = Field(default_factory=list, description="what only a build needs")
    packages: dict[str, str] = Field(default_factory=dict)
    torch: str = ""
    cuda_built: str = ""
    cuda_available: bool = False
    gpus: list[str] = Field(default_factory=list)
    model: str = ""
    backend: str = ""
    weights_sha256: str = ""
    load_seconds: float = 0.0
    token: list[int] = Field(default_factory=list)
    token_seconds: float = 0.0
    failed: str = Field(default="", description="what it failed of")
    complete: bool = Field(default=False, description="whether it came to its end")


def parse_log(text: str) -> ContainerCheck:
    """The findings of a log; libraries may have printed between them."""
    return parse_mapping(ContainerCheck, "\n".join(_findings(text)) or "{}", f"reports/{ContainerCheck.FILE}")


def _findings(text: str) -> Iterator[str]:
    inside = False  # a mapping
    for line in text.splitlines():
        if (match := _KEY.match(line)) and match["key"] in ContainerCheck.model_fields:
            inside = match["value"] is None
            yield line
        elif inside and _INNER.match(line):
            yield line
