"""The planner's lexicons: what people call things, as data."""

from __future__ import annotations

from importlib.resources import files


def rule_text(name: str) -> str:
    """One lexicon file."""
    return files(__name__).joinpath(name).read_text(encoding="utf-8")
