"""A network of its own for this process and all that it starts: loopback works, everything else is unreachable."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000  # of unshare(2)
_SET_FLAGS, _UP_AND_RUNNING = 0x8914, 0x41  # of netdevice(7)
_ADOPT_ORPHANS = 36  # of prctl(2): PR_SET_CHILD_SUBREAPER


def cut_off_network() -> str:
    """Leave the machine's network; why it cannot be left, or "". Only a process with a single thread can do it."""
    if sys.platform != "linux":
        return f"no network namespaces on {sys.platform}"
    user, group = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_USER | _NEW_NETWORK) != 0:
        return f"unshare: {os.strerror(ctypes.get_errno())}"
    try:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        _stay("uid_map", user)
        _stay("gid_map", group)
        _raise_loopback()
    except OSError as error:
        return f"namespace: {error.strerror}"
    return ""


def adopt_orphans() -> None:
    """Whatever loses its parent below this process becomes its child, so that nothing gets away."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_ADOPT_ORPHANS, 1, 0, 0, 0)


def _stay(kind: str, number: int) -> None:
    """Keep the user's number in the new namespace; root keeps everybody's, so that all files stay as they are."""
    path = Path("/proc/self") / kind
    try:
        path.write_text("0 0 4294967295", encoding="ascii")
    except PermissionError:
        path.write_text(f"{number} {number} 1", encoding="ascii")


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as interface:
        fcntl.ioctl(interface, _SET_FLAGS, struct.pack("16sH14x", b"lo", _UP_AND_RUNNING))
