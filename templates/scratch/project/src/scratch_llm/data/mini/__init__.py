"""A mini dataset: a small, clean and representative part of a dataset, split, described, and kept under data/mini."""

from scratch_llm.data.mini.make import Order, make_mini
from scratch_llm.data.mini.rules import Rules

__all__ = ["Order", "Rules", "make_mini"]
