"""A machine with a small package index that holds what the small project wants, and a CPU build of torch beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.runtime.conftest import registry
from tests.unit.runtime.wheelhouse import make_index, make_wheel

__all__ = ["market", "registry"]
WHEELS = {"packaging": "25.0", "markupsafe": "3.1", "tomli": "2.1", "iniconfig": "2.2", "bandit": "1.8.1"}


@pytest.fixture
def market(registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the index."""
    for name, version in WHEELS.items():
        make_wheel(registry, name, version)
    make_index(registry)
    make_wheel(tmp_path / "links", "torch", "9.0+cpu")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    return registry
