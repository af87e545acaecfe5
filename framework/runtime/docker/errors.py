"""What goes wrong with an engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from framework.errors import FoundryError, MissingOutside

Reason = Literal["absent", "denied", "refused", "silent", "address", "tls", "ssh", "context", "stopped", "strange"]


class EngineMissing(MissingOutside):
    """No engine answers; `reason` says in a word why, for those who know more to say."""

    def __init__(self, endpoint: str, reason: Reason, detail: str, hint: str) -> None:
        super().__init__(f"no docker engine answers at {endpoint}: {detail}.", hint=hint)
        self.endpoint, self.reason, self.detail = endpoint, reason, detail


class BuildFailed(FoundryError):
    """An image could not be built; `lines` are the last ones that the build wrote."""

    code = 4

    def __init__(self, tag: str, lines: Sequence[str]) -> None:
        said = "\n".join(lines[-15:])
        super().__init__(f"the image {tag} could not be built:\n{said}", hint="Mend what the last lines name, resume.")
        self.tag, self.lines = tag, tuple(lines)
