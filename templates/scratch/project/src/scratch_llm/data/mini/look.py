"""What stands in the columns of some rows: running text, conversations, classes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from scratch_llm.data.columns import Row

_SHORTEST: Final = 4.0  # characters that a text has in the mean, at least
_LETTERS: Final = 0.5  # share of a text's characters: numbers, dates and addresses have fewer
_MOST_CLASSES: Final = 100
_REPEATED: Final = 0.5  # distinct values of a class, as a share of the rows, at most


@dataclass(frozen=True)
class Column:
    """A column by its name and by what stands in it."""

    name: str
    length: float
    is_string: bool
    is_text: bool
    is_talk: bool
    is_class: bool

    @property
    def key(self) -> str:
        """The name as it is compared."""
        return self.name.strip("\ufeff \t").casefold()


def columns_in(rows: Sequence[Row]) -> list[Column]:
    """Look at every column that occurs, in order."""
    names = dict.fromkeys(str(name) for row in rows for name in row)
    return [_column(name, [row.get(name) for row in rows]) for name in names]


def _column(name: str, values: list[Any]) -> Column:
    given = [value for value in values if value is not None and value != ""]
    texts = [value for value in given if isinstance(value, str) and not _is_talk(value)]
    length = sum(map(len, texts)) / len(texts) if texts else 0.0
    distinct = {value for value in given if isinstance(value, str | int | bool)}
    return Column(
        name=name,
        length=length,
        is_string=len(texts) * 2 > len(given),
        is_text=len(texts) * 2 > len(given) and length >= _SHORTEST and _is_prose(texts),
        is_talk=bool(given) and sum(map(_is_talk, given)) * 2 > len(given),
        is_class=0 < len(distinct) <= min(_MOST_CLASSES, max(2, _REPEATED * len(given))),
    )


def _is_prose(texts: list[str]) -> bool:
    """Whether it is letters and not figures, and not the address of something else."""
    sample = " ".join(text[:500] for text in texts[:50])
    signs = [sign for sign in sample if not sign.isspace()]
    addresses = sum(text.startswith(("http://", "https://")) for text in texts)
    return sum(map(str.isalpha, signs)) > _LETTERS * len(signs) and addresses * 2 < len(texts)


def _is_talk(value: Any) -> bool:
    if isinstance(value, str):
        return value.lstrip().startswith("[{") and ('"content"' in value[:2000] or '"value"' in value[:2000])
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(turn, dict) and ("content" in turn or "value" in turn) for turn in value)
    )
