"""A file that a stage lays into the project, as reports tell of it."""

from __future__ import annotations

from pydantic import Field

from framework.artifacts.base import Strict


class LaidFile(Strict):
    """What stands there: what foundry makes, or the user's version of it."""

    path: str
    sha256: str
    made: str = Field(description="the hash of what foundry makes")
    diff: str = Field(default="", description="where the user's version stands, its difference")
