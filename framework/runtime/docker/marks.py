"""Which engine it is, as a short text that changes when the engine does; it must not fail without one."""

from __future__ import annotations

from framework.artifacts.files import ProjectFiles
from framework.runtime.docker.connection import Refused, answering, connect
from framework.runtime.docker.endpoint import endpoint
from framework.runtime.docker.errors import EngineMissing

_PATIENCE = 5  # seconds: `foundry status` asks too


def engine_mark(files: ProjectFiles) -> str:
    """The engine's address, its own id and its version; or that there is none. It is the same for every project."""
    try:
        where = endpoint()
        api = connect(where, _PATIENCE)
        with answering(where, begun=True):
            return f"{where.shown} {api.info()['ID']} {api.version()['Version']}"
    except (EngineMissing, Refused):
        return "none"
