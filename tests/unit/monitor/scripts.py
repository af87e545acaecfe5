"""The programs that a project gets, imported as they lie in the template."""

from __future__ import annotations

import sys

from framework import resources

FOLDER = resources.path("templates/scratch/deploy")
sys.path[:0] = [str(FOLDER / "rollout"), str(FOLDER / "monitoring")]

sys.dont_write_bytecode = True  # a wheel takes what lies there

import drift  # noqa: E402
import judging  # noqa: E402
import live_metrics  # noqa: E402
import switching  # noqa: E402

__all__ = ["FOLDER", "drift", "judging", "live_metrics", "switching"]
