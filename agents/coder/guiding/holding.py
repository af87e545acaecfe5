"""How much the user's own data holds, from what was counted when the mini dataset was drawn."""

from __future__ import annotations

from dataclasses import dataclass

from agents.coder.guiding.full_run import FullRun
from framework.artifacts.mini_dataset import MiniDataset, MiniFacts
from framework.artifacts.tech import DataChoice

_WRAPPING = len('{"text": ""}\n')  # of a row of the mini dataset


@dataclass(frozen=True)
class Held:
    """The tokens of the whole data, with what they were worked out from."""

    rows: int
    row_bytes: float
    token_bytes: float
    sampled: int  # rows that were measured
    at_least: bool  # long texts were cut, so that a row that was measured is not a whole one

    @property
    def tokens(self) -> int:
        """Of all rows."""
        return max(1, round(self.rows * self.row_bytes / self.token_bytes))


def held_in(mini: MiniDataset | None, run: FullRun, choice: DataChoice, bytes_per_token: float) -> Held | None:
    """None where the run reads something else, or where nobody knows how many rows there are."""
    if mini is None or mini.drawn is None or run.data.dataset_name != "local":
        return None
    facts = mini.drawn.facts
    rows = _rows(facts, run, choice)
    sampled = sum(part.rows for part in facts.splits.values())
    if facts.kind != "own" or not rows or not sampled:
        return None
    measured = sum(part.bytes for part in facts.splits.values()) - _WRAPPING * sampled
    tokens = sum(part.tokens for part in facts.splits.values())
    return Held(
        rows=max(rows, sampled),
        row_bytes=max(1, measured) / sampled,
        # The full tokenizer has the larger vocabulary, so that its tokens are no shorter than those of the small one.
        token_bytes=max(bytes_per_token, measured / tokens if tokens else 0),
        sampled=sampled,
        at_least=any(notice.about in ("pieces", "long") for notice in facts.notices),
    )


def _rows(facts: MiniFacts, run: FullRun, choice: DataChoice) -> int | None:
    """Those that are left without duplicates; of data that was read in part, the same share of all."""
    read = facts.read
    if not read.rows:
        return None
    doubled = read.exact_duplicates + read.near_duplicates if run.data.deduplicate else 0
    kept = max(0.0, 1 - doubled / read.rows)
    beginning = any(notice.about == "beginning" for notice in facts.notices)
    rows = (choice.rows if choice.own else None) if beginning else read.rows
    return round(min(rows, run.data.n_documents) * kept) if rows else None
