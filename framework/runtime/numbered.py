"""Reports of which there are several: each gets the number after the last one."""

from __future__ import annotations

import re

from framework.artifacts.files import ProjectFiles, read_text


def next_number(files: ProjectFiles, folder: str, pattern: str) -> int:
    """One more than the highest number that the names of the folder hold where the pattern has its group."""
    return max((int(match[1]) for match in _matches(files, folder, pattern)), default=0) + 1


def numbered_texts(files: ProjectFiles, folder: str, pattern: str) -> dict[str, str]:
    """The reports whose names fit the pattern, by their paths in the project."""
    names = sorted(match[0] for match in _matches(files, folder, pattern))
    return {f"{folder}/{name}": read_text(files.root / folder / name) for name in names}


def _matches(files: ProjectFiles, folder: str, pattern: str) -> list[re.Match[str]]:
    place = files.root / folder
    names = [path.name for path in place.iterdir() if path.is_file()] if place.is_dir() else []
    return [match for name in names if (match := re.fullmatch(pattern, name))]
