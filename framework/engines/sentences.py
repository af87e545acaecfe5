"""What code can see of a sentence that a model has written: its language, its length, its figures, its links."""

from __future__ import annotations

import re
from collections.abc import Iterator

from framework.messages import Lang

_HAN = re.compile(r"[\u4e00-\u9fff]")
_WORD = re.compile(r"[A-Za-z]{2,}")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_LINK = re.compile(r"\w://|\bwww\.|\]\(|<\w|@\w+\.\w", re.IGNORECASE)
_SECRET = re.compile(
    r"pass(?:word|phrase)|api[ _-]?key|secret|credential|credit card|密码|口令|密钥|信用卡", re.IGNORECASE
)
_END = re.compile(r"[.!?](?=\s+\S)|[。！？](?=\s*\S)")
_SHORT = {"e.g.", "i.e.", "vs.", "etc.", "approx.", "ca."}


def language_of(text: str) -> Lang | None:
    """The language that the words are in; None where there are too few of them to tell."""
    han, words = len(_HAN.findall(text)), len(_WORD.findall(text))
    if han + words < 2:
        return None
    return "zh" if han >= words / 2 and han else "en"


def figures_in(text: str) -> set[float]:
    """The figures of the text, as numbers: 12,000 and 12000 are one."""
    return {number for match in _FIGURE.findall(text) if (number := _number(match)) is not None}


def _number(text: str) -> float | None:
    plain = re.sub(r",(?=\d{3}(?!\d))", "", text).replace(",", ".")
    try:
        return float(plain)
    except ValueError:
        return None  # "1.2.3" is a version and no figure


def sentences_in(text: str) -> int:
    """How many sentences it has."""
    ends = [match for match in _END.finditer(text) if text[: match.end()].split()[-1].lower() not in _SHORT]
    return len(ends) + 1 if text.strip() else 0


def flaws(text: str, lang: Lang, most: int, given: str) -> Iterator[str]:
    """Why the sentence cannot be shown: it must be one line in `lang`, with no figure that `given` does not hold."""
    if not text.strip():
        yield "it is empty"
    if "\n" in text.strip():
        yield "it has several lines"
    if len(text) > most:
        yield f"it has {len(text)} characters, {most} are the most"
    if language_of(text) not in (None, lang):
        yield f"it must be in {'Chinese' if lang == 'zh' else 'English'}"
    if _LINK.search(text):
        yield "it must hold no link, no address and no markup"
    if _SECRET.search(text):
        yield "it must not speak of passwords, keys or other secrets"
    if invented := sorted(figures_in(text) - figures_in(given)):
        yield f"the figures {', '.join(f'{figure:g}' for figure in invented)} are nowhere in what you were given"
