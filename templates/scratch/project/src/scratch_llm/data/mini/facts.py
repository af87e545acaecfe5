"""What is known of a mini dataset: lengths, classes, languages, personal data, a few samples. JSON can hold it."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from scratch_llm.data.mini.choose import Parts
from scratch_llm.data.mini.personal import hidden, survey

_BINS: Final = 20
_SAMPLES: Final = 3
_CUT: Final = 300
_WRITING: Final = {
    "zh": r"[\u3400-\u9fff\U00020000-\U0003ffff]",
    "ja": r"[\u3040-\u30ff]",
    "ko": r"[\uac00-\ud7af]",
    "ru": r"[\u0400-\u04ff]",
    "ar": r"[\u0600-\u06ff]",
}
_ENGLISH: Final = re.compile(r"\b(?:the|and|is|was|are|of|to|in|that|it|he|she|you|with|for|a)\b", re.IGNORECASE)
_SCRIPTS: Final = {name: re.compile(pattern) for name, pattern in _WRITING.items()}


def describe(parts: Parts, lengths: Sequence[int]) -> dict[str, Any]:
    """Describe the rows.

    Args:
        parts: The rows of each part.
        lengths: Tokens of every row, in the order of the parts.
    """
    texts = [row.text for rows in parts.values() for row in rows]
    return {
        "lengths": spread(lengths),
        "classes": _classes(parts),
        "languages": dict(Counter(language_of(text) for text in texts).most_common()),
        "personal": survey(texts),
        "samples": [
            {"split": name, "text": _shortened(row.text)} for name, rows in parts.items() for row in rows[:_SAMPLES]
        ],
    }


def spread(lengths: Sequence[int]) -> dict[str, Any]:
    """Give the distribution of some lengths, with a histogram of bins of one width."""
    ordered = sorted(lengths)
    width = max(1, -(-(ordered[-1] + 1 - ordered[0]) // _BINS))
    counts = Counter((length - ordered[0]) // width for length in ordered)
    return {
        "min": ordered[0],
        "median": ordered[len(ordered) // 2],
        "mean": round(sum(ordered) / len(ordered), 1),
        "p90": ordered[int(0.9 * (len(ordered) - 1))],
        "max": ordered[-1],
        "histogram": [
            {"first": ordered[0] + place * width, "last": ordered[0] + (place + 1) * width - 1, "rows": counts[place]}
            for place in range(max(counts) + 1)
        ],
    }


def language_of(text: str) -> str:
    """Name the language by its writing; `other` where only more than a look would tell."""
    letters = sum(map(str.isalpha, text[:2000])) or 1
    shares = {name: len(script.findall(text[:2000])) / letters for name, script in _SCRIPTS.items()}
    if shares["ja"] > 0.1:
        return "ja"
    best = max(shares, key=lambda name: shares[name])
    if shares[best] > 0.3:
        return best
    return "en" if len(_ENGLISH.findall(text[:2000])) * 20 > len(text[:2000].split()) else "other"


def _classes(parts: Parts) -> dict[str, dict[str, int]]:
    """Count the rows of each class in each part, the largest class first."""
    counts = Counter((row.found.label, name) for name, rows in parts.items() for row in rows if row.found.label)
    totals: Counter[str] = Counter()
    for (label, _), n in counts.items():
        totals[label] += n
    return {hidden(label): {name: counts[label, name] for name in parts} for label, _ in totals.most_common()}


def _shortened(text: str) -> str:
    shown = hidden(text)
    return shown if len(shown) <= _CUT else f"{shown[:_CUT]}…"
