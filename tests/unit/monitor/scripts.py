"""The programs that a project gets, imported as they lie in the template."""

from __future__ import annotations

import sys

from framework import resources

FOLDER = resources.path("templates/scratch/deploy")
sys.path[:0] = [str(FOLDER / "rollout"), str(FOLDER / "monitoring")]

sys.dont_write_bytecode = True  # a wheel takes what lies there

import commanding  # noqa: E402
import drift  # noqa: E402
import judging  # noqa: E402
import live_metrics  # noqa: E402
import proxying  # noqa: E402
import traffic  # noqa: E402

__all__ = ["FOLDER", "commanding", "drift", "judging", "live_metrics", "proxying", "traffic"]
