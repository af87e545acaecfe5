"""Reports of which there are several: each gets the number after the last one."""

from __future__ import annotations

import re

from framework.artifacts.files import ProjectFiles


def next_number(files: ProjectFiles, folder: str, pattern: str) -> int:
    """One more than the highest number that the names of the folder hold where the pattern has its group."""
    place = files.root / folder
    names = [path.name for path in place.iterdir()] if place.is_dir() else []
    found = [int(match[1]) for name in names if (match := re.fullmatch(pattern, name))]
    return max(found, default=0) + 1
