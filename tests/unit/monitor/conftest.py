"""Programs that these tests drive for real. Without them a test is skipped aloud, or fails where it must run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable

import pytest

_MUST = ("REQUIRE_MONITORING", "REQUIRE_DOCKER")


@pytest.fixture
def programs() -> Callable[..., None]:
    """Call it with the names of the programs that the test needs."""

    def need(*names: str) -> None:
        missing = [name for name in names if shutil.which(name) is None]
        if not missing:
            return
        told = f"{', '.join(missing)} is not installed: NOTHING of this was verified"
        if any(os.environ.get(name) == "1" for name in _MUST):
            pytest.fail(told)
        pytest.skip(told)

    return need
