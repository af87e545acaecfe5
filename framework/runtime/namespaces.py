"""A network and a view of the files of its own for this process and all that it starts.

Loopback works, everything else is unreachable. All files are read-only but those below the folders that are named.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from pathlib import Path

_NEW_USER, _NEW_NETWORK, _NEW_MOUNTS = 0x10000000, 0x40000000, 0x20000  # of unshare(2)
_SET_FLAGS, _UP_AND_RUNNING = 0x8914, 0x41  # of netdevice(7)
_ADOPT_ORPHANS = 36  # of prctl(2): PR_SET_CHILD_SUBREAPER
_END_WITH_PARENT, _DROP = 1, 24  # of prctl(2): PR_SET_PDEATHSIG, PR_CAPBSET_DROP
_BIND, _BELOW, _PRIVATE = 0x1000, 0x4000, 0x40000  # of mount(2): MS_BIND, MS_REC, MS_PRIVATE
_MOUNT_SETATTR, _HERE, _RECURSIVE, _READ_ONLY = 442, -100, 0x8000, 1  # of mount_setattr(2)
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - what a data loader's processes hand to each other
_RUNNING = "/run"  # where other programs listen on sockets, which no network namespace closes
_OVERRIDING = (2, 19, 21)  # of capabilities(7): DAC_READ_SEARCH, SYS_PTRACE, SYS_ADMIN undo a read-only mount


def cut_off_network() -> str:
    """Leave the machine's network; why it cannot be left, or "". Only a process with a single thread can do it."""
    if sys.platform != "linux":
        return f"no network namespaces on {sys.platform}"
    user, group = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_USER | _NEW_NETWORK | _NEW_MOUNTS) != 0:
        return f"unshare: {os.strerror(ctypes.get_errno())}"
    try:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        _stay("uid_map", user)
        _stay("gid_map", group)
        _raise_loopback()
    except OSError as error:
        return f"namespace: {error.strerror}"
    return ""


def close_files(writable: Sequence[str], protected: Sequence[str], shared_bytes: int) -> str:
    """Make all files read-only but those below `writable`, and of those `protected`; why it cannot be done, or "".

    Only for a process that has left the machine's network: its view of the files is its own by then. Its shared memory
    is its own, too, and gone with it.
    """
    open_ones = {os.path.realpath(place) for place in writable}
    closed = {os.path.realpath(place) for place in protected if Path(place).exists()}
    try:
        _mount("/", None, _PRIVATE | _BELOW)
        for place in sorted(open_ones | closed):
            _mount(place, place, _BIND | _BELOW)
        _set_attributes("/", _RECURSIVE, add=_READ_ONLY)
        for place in sorted(open_ones - closed):
            _set_attributes(place, 0, clear=_READ_ONLY)
        for place, size in ((_SHARED_MEMORY, shared_bytes), (_RUNNING, 0)):
            if Path(place).is_dir() and not any(one.startswith(f"{place}/") for one in open_ones):
                _mount_empty(place, size)
    except OSError as error:
        return f"mount: {error.strerror}"
    for capability in _OVERRIDING:
        ctypes.CDLL(None).prctl(_DROP, capability, 0, 0, 0)
    return ""


def end_with_parent() -> None:
    """To be called in a new process: it is killed when the one that started it ends, however that goes."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_END_WITH_PARENT, signal.SIGKILL, 0, 0, 0)


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


def _mount(place: str, source: str | None, flags: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    wanted = ctypes.c_ulong(flags)
    if libc.mount(source and os.fsencode(source), os.fsencode(place), None, wanted, None) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _mount_empty(place: str, size: int) -> None:
    """An empty folder in memory over another one; without a size it takes nothing."""
    libc = ctypes.CDLL(None, use_errno=True)
    wanted = f"size={size},mode=1777".encode() if size else b"size=4k,mode=755"
    if libc.mount(b"tmpfs", os.fsencode(place), b"tmpfs", ctypes.c_ulong(0 if size else 1), wanted) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _set_attributes(place: str, flags: int, *, add: int = 0, clear: int = 0) -> None:
    """Linux 5.12 has this call; there is no other that closes all mounts at once."""
    libc = ctypes.CDLL(None, use_errno=True)
    wanted = struct.pack("QQQQ", add, clear, 0, 0)
    size = ctypes.c_size_t(len(wanted))
    if libc.syscall(ctypes.c_long(_MOUNT_SETATTR), _HERE, os.fsencode(place), flags, wanted, size) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as interface:
        fcntl.ioctl(interface, _SET_FLAGS, struct.pack("16sH14x", b"lo", _UP_AND_RUNNING))
