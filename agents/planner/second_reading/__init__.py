"""A second reading of the request, by whoever the engine asks: what it adds, as far as code can prove it."""

from __future__ import annotations

from agents.planner.second_reading.evidence import Evidence
from agents.planner.second_reading.merging import Reread, with_told
from agents.planner.second_reading.question import read_more

__all__ = ["Evidence", "Reread", "read_more", "with_told"]
