"""A text that changes when the watched service is another one, or when this machine can try more or less of it."""

from __future__ import annotations

import shutil

from framework.artifacts.files import ProjectFiles
from framework.runtime.service_mark import running_service

_PROGRAMS = ("prometheus", "promtool", "prometheus-alertmanager", "alertmanager", "amtool")


def watched_service(files: ProjectFiles) -> str:
    """The service, and the programs that were there to try its monitoring with."""
    there = [name for name in _PROGRAMS if shutil.which(name)]
    return f"{running_service(files)} {' '.join(there)}"
