"""The labels on everything that foundry starts, so that it can be found again and nothing else be taken for it."""

from __future__ import annotations

from pathlib import Path

from framework.artifacts.base import sha256

PREFIX = "foundry."


def labels_of(project: str, stage: str, root: Path) -> dict[str, str]:
    """What a stage of a project puts on its containers, networks and images; the folder tells two of one name apart."""
    place = sha256(str(root.resolve()))[:16]
    return {f"{PREFIX}project": project, f"{PREFIX}stage": stage, f"{PREFIX}root": place}
