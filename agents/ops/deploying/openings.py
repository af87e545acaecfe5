"""What the engine says that the service may reach, where that is more than foundry's own compose file gives it."""

from __future__ import annotations

from collections.abc import Iterator

from framework.artifacts.deployment import Opening
from framework.runtime.docker import Openness

_OWN_MOUNTS = ("/model", "/run/secrets/")  # weights and key, for reading
_SOCKETS = ("/", "/run", "/var/run")  # the engine's socket lies in them


def openings(found: Openness, address: str) -> list[Opening]:
    """The same file may have been edited, so that only what really runs is looked at."""
    return list(_openings(found, address))


def _openings(found: Openness, address: str) -> Iterator[Opening]:
    if found.privileged:
        yield Opening(kind="privileged")
    for mount in found.mounts:
        source, target, how = mount.rsplit(":", 2)
        if source.endswith(".sock") or source in _SOCKETS:
            yield Opening(kind="socket", detail=mount)
        elif how == "rw" or not target.startswith(_OWN_MOUNTS):
            yield Opening(kind="mount", detail=mount)
    for share in found.shares:
        yield Opening(kind="shares", detail=share)
    for binding in dict.fromkeys(found.bindings):
        if binding.rpartition(":")[0] != address:
            yield Opening(kind="binding", detail=binding)
    if found.capabilities:
        yield Opening(kind="capabilities", detail=", ".join(found.capabilities))
    if found.gains_privileges:
        yield Opening(kind="privileges")
    if found.writable_root:
        yield Opening(kind="writable")
    if found.user.partition(":")[0] in ("", "0", "root"):
        yield Opening(kind="root", detail=found.user)
