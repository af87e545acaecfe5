"""The rows that a mini dataset is chosen from: a bounded, seeded sample of a source of any size.

Whether a row is kept is decided by a number drawn from its content, so that the order of the source has no say, and
equal rows are recognised. Each stratum (a class, or texts of about one length) keeps what its share allows.
"""

import hashlib
import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from scratch_llm.data.mini.rules import Rules
from scratch_llm.data.records import Record, TextRecord, text_of

MOST_READ: Final = 200_000  # rows of a source that are looked at
MOST_CHARACTERS: Final = 256_000_000
_PIECE: Final = 4000  # characters; longer texts are cut, or a few of them would be all there is
_LONGEST: Final = 20_000  # characters of a conversation, which cannot be cut
_SURPLUS: Final = 2  # times as many rows as wanted are kept, because near-duplicates will be taken out
_MOST_STRATA: Final = 200
BY_LENGTH: Final = "length "


class Found(NamedTuple):
    """A record as it comes from its source, with its class and the number of the document that it is (a part of)."""

    record: Record
    label: str
    document: int


@dataclass(frozen=True, order=True)
class Candidate:
    """A record that may be chosen; the order is the order of choosing."""

    rank: int
    found: Found = field(compare=False)
    text: str = field(compare=False)
    stratum: str = field(compare=False)


@dataclass
class Pool:
    """What has been seen, and what of it is kept."""

    rules: Rules
    n_read: int = 0
    n_exact: int = 0
    n_long: int = 0
    n_cut: int = 0
    n_character: int = 0
    is_cut_off: bool = False
    sizes: Counter[str] = field(default_factory=Counter)
    _kept: dict[str, list[tuple[int, int, Candidate]]] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)

    def fill(self, rows: Iterator[tuple[Record, str]]) -> None:
        """Look at rows until there are no more, or enough."""
        for document, (record, label) in enumerate(rows):
            if document >= MOST_READ or self.n_character >= MOST_CHARACTERS:
                self.is_cut_off = True
                return
            self.n_read += 1
            for part in self._parts(record):
                self._add(Found(part, label, document))

    @property
    def candidates(self) -> list[Candidate]:
        """What is kept, in the order of choosing."""
        return sorted(candidate for kept in self._kept.values() for _, _, candidate in kept)

    def _parts(self, record: Record) -> Iterator[Record]:
        length = len(text_of(record))
        self.n_character += length
        if isinstance(record, TextRecord) and length > _PIECE:
            self.n_cut += 1
            yield from map(TextRecord, pieces(record.text, _PIECE))
        elif length > _LONGEST:
            self.n_long += 1
        else:
            yield record

    def _add(self, found: Found) -> None:
        text = text_of(found.record)
        rank = _rank(text, self.rules.seed)
        if rank in self._seen:
            self.n_exact += 1
            return
        self._seen.add(rank)
        stratum = self._stratum(found.label, len(text))
        self.sizes[stratum] += 1
        kept = self._kept.setdefault(stratum, [])
        entry = (-rank, len(self._seen), Candidate(rank, found, text, stratum))
        if len(kept) < self._room(stratum):
            heapq.heappush(kept, entry)
        else:
            heapq.heappushpop(kept, entry)

    def _stratum(self, label: str, length: int) -> str:
        """Name the class, as long as there are not too many of them; else the length, in powers of two."""
        by_class = f"class {label}"
        if label and (by_class in self.sizes or len(self.sizes) < _MOST_STRATA):
            return by_class
        return f"{BY_LENGTH}{length.bit_length():02d}"

    def _room(self, stratum: str) -> int:
        share = self.sizes[stratum] / self.sizes.total()
        return max(4 * self.rules.least_per_class, round(_SURPLUS * self.rules.most_rows * share))


def pieces(text: str, length: int) -> Iterator[str]:
    """Cut a text at the ends of paragraphs, lines or sentences, into parts of at most so many characters."""
    at = 0
    while len(text) - at > length:
        window = text[at : at + length]
        cuts = (window.rfind(sign) + len(sign) for sign in ("\n\n", "\n", "。", ". ", "！", "? ", " "))
        end = next((cut for cut in cuts if cut > length // 2), length)
        if piece := window[:end].strip():
            yield piece
        at += end
    if rest := text[at:].strip():
        yield rest


def _rank(text: str, seed: int) -> int:
    """Draw a number from what a text says; blanks at its ends do not count."""
    data = f"{seed}\0{text.strip()}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")
