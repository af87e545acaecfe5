"""A free hosted notebook is a machine as well: Colab's and Kaggle's free ones come with a T4."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.planner.understanding.reading import Reading
from framework.artifacts.requirements import Item

_FREE_NOTEBOOK = re.compile(
    r"free (?:tier |version )?(?:of |on )?(?:the )?(?:google )?(?:colab|kaggle)|(?:colab|kaggle)(?:'s)? \(?free"
    r"|免费的? ?(?:colab|kaggle)|(?:colab|kaggle) ?的?免费"
)
_CARD = "T4"


def infer_notebook(reading: Reading, items: Sequence[Item]) -> list[Item]:
    """The card behind "free colab", where the text names no hardware of its own."""
    found = _FREE_NOTEBOOK.search(reading.plain)
    if not found or not reading.counts(found.start()) or any(item.slot.startswith("hardware.") for item in items):
        return []
    quote = reading.source.quote(*found.span())
    return [Item(slot="hardware.gpu", value=_CARD, provenance="inferred", quote=quote, score=1.0)]
