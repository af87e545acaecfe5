"""The machine in figures: its system, cores, memory, disk and accelerators."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

from framework.artifacts.env_check import Card, Machine
from framework.errors import MissingOutside
from framework.runtime.processes import run

_GIB = 1024**3
_SECONDS = 10
_QUERY = ("nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits")
_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def machine(folder: Path) -> Machine:
    """This machine; the disk is the one that the folder lies on."""
    return Machine(
        os=_system(),
        architecture=platform.machine(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_gb=round(_memory() / _GIB, 1),
        disk_free_gb=round(shutil.disk_usage(folder).free / _GIB, 1),
        gpus=cards(),
    )


def cards() -> list[Card]:
    """NVIDIA's accelerators, as its driver names them; none without a driver. Some share the machine's memory."""
    try:
        done = run(_QUERY, _SECONDS)
    except MissingOutside:  # a driver that hangs shows no card
        return []
    if done is None or done.rc != 0:
        return []
    rows = [[cell.strip() for cell in line.split(",")] for line in done.stdout.splitlines()]
    return [
        Card(name=name, memory_gb=round(int(memory) / 1024, 1) if memory.isdecimal() else 0, driver=driver)
        for name, memory, driver in (row for row in rows if len(row) == 3)
    ]


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def _memory() -> int:
    """What the processes here may use together: a container's limit counts where it is the smaller one."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    said = (Path(name).read_text(encoding="utf-8").strip() for name in _CGROUP_LIMITS if Path(name).is_file())
    return min([total, *(int(text) for text in said if text.isdecimal())])
