"""Texts as sets of short pieces: what near-duplicates and contamination are measured by.

A piece is n words in a row; in Chinese, which writes no blanks, n characters.
"""

import re
import zlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
_HAN: Final = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
# Of the signs, those of sums, code, money and logic change what is said; those that part sentences do not.
_SIGN: Final = r"[-+*/\\%=<>^~|&#@$()\[\]{}£¥¬±×÷\u20a0-\u20cf\u2190-\u22ff％（）＋－＜＝＞]"
_UNIT: Final = re.compile(rf"{_HAN.pattern}|[^\W_\u3400-\u9fff\U00020000-\U0003ffff]+|{_SIGN}")
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)  # odd, with bits well spread


def units(text: str) -> list[str]:
    """Part a text into words, Chinese characters and signs that carry meaning, without regard to case.

    Punctuation is left out, but "7 + 3", "7 - 3" and "(7 - 3)" differ.
    """
    return _UNIT.findall(text.lower())


def piece_length(found: Sequence[str], n_word: int) -> int:
    """Say how many units a piece of a text has: `n_word` words, twice as many Chinese characters, or the whole text."""
    n_chinese = sum(1 for unit in found if _HAN.match(unit))
    return min(len(found), 2 * n_word if 2 * n_chinese > len(found) else n_word)


def shingles(found: Sequence[str], n_unit: int) -> Hashes:
    """Hash all pieces of `n_unit` units; sorted, each one once [n]. A text shorter than that has none."""
    if not 0 < n_unit <= len(found):
        return np.empty(0, np.uint64)
    hashed = np.fromiter((zlib.crc32(unit.encode("utf-8", "replace")) for unit in found), np.uint64, len(found))
    rolled = np.zeros(len(found) - n_unit + 1, np.uint64)
    for i in range(n_unit):
        rolled = (rolled + hashed[i : i + len(rolled)] + np.uint64(1)) * _FACTOR
        rolled ^= rolled >> np.uint64(29)
    return np.unique(rolled)
