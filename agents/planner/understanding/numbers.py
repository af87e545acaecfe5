"""Numbers as people write them: 12,000 · 1.5k · 3.5亿 · 两千五 · twenty-five · a couple of · half a."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SCALES = {
    **{"k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "million": 1e6},
    **{"b": 1e9, "bn": 1e9, "billion": 1e9, "t": 1e12, "trillion": 1e12},
    **{"千": 1e3, "万": 1e4, "w": 1e4, "十万": 1e5, "百万": 1e6, "千万": 1e7, "亿": 1e8, "十亿": 1e9, "百亿": 1e10},
    **{"千亿": 1e11, "万亿": 1e12, "lakh": 1e5, "lakhs": 1e5, "crore": 1e7},
}
_HAN_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "俩": 2,
    "仨": 3,
    "双": 2,
    "单": 1,
}
_HAN_TENS = {"十": 10, "百": 100, "千": 1000}
_HAN_BIG = {"万": 10_000, "亿": 100_000_000}
_WORDS = {
    **{word: float(i) for i, word in enumerate("zero one two three four five six seven eight nine ten".split())},
    **{word: float(i) for i, word in enumerate("eleven twelve thirteen fourteen fifteen sixteen".split(), 11)},
    **{word: float(i) for i, word in enumerate("seventeen eighteen nineteen".split(), 17)},
    **{word: 10.0 * i for i, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)},
    **{"single": 1.0, "dual": 2.0, "twin": 2.0, "triple": 3.0, "quad": 4.0, "octa": 8.0},
    **{"pair of": 2.0, "couple of": 2.0, "couple": 2.0, "dozen": 12.0, "half": 0.5, "quarter": 0.25},
}
_BIG_WORDS = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_LONGEST_HAN = 16
_ARTICLES = {"a": 1.0, "an": 1.0}

# No figure that means anything has more than fifteen digits; longer runs are serial numbers.
_DIGITS = (
    r"\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,6})?(?!\d)|\d{1,4} and a half(?= )|\d{1,3}(?:_\d{3}){1,4}(?!\d)"
    r"|\d{1,15}(?:\.\d{1,9})?(?!\d)|(?<![\d\w])\.\d{1,9}(?!\d)"
)
_LETTERS = r"\s?(?:thousand|million|billion|trillion|lakhs?|crore)(?![a-z])|(?:mio|mn|bn|[kmbtw])(?![a-z0-9])"
_HAN_SCALE = r"\s?(?:[十百千]?[万亿]|千(?!兆|米|瓦|克))亿?"
_HAN = r"(?:[〇零一二两俩仨三四五六七八九十百千万亿半几双单]|数(?=[十百千万亿]))(?:[〇零一二两三四五六七八九十百千万亿半几多]|点(?=[零一二三四五六七八九]))*"
_WORD = "|".join(sorted((*_WORDS, *_BIG_WORDS), key=len, reverse=True))
_ENGLISH = rf"(?:(?:an?|one)[ -])?(?:{_WORD})(?:[ -](?:and[ -])?(?:an?[ -])?(?:{_WORD})\b)*(?:[ -]an?\b)?|an?(?=[ -])"
_NUMBER = re.compile(
    rf"(?<![a-z0-9.])(?P<digits>{_DIGITS})(?P<scale>{_LETTERS}|{_HAN_SCALE})?"
    rf"|(?<![a-z0-9])(?P<english>{_ENGLISH})(?![a-z])"
    rf"|(?P<han>{_HAN})"
)


@dataclass(frozen=True)
class Number:
    """A number in the text. `bare` and `bare_end` leave out the scale letter, which may be a unit after all."""

    start: int
    end: int
    value: float | None  # None: an amount without a figure ("几十万", "several")
    bare: float | None
    bare_end: int
    letter: str = ""  # the scale letter: k m b t w
    is_article: bool = False


def find_numbers(plain: str) -> list[Number]:
    """Every number of the text, in order."""
    return [_number(match) for match in _NUMBER.finditer(plain)]


def _number(match: re.Match[str]) -> Number:
    start, end = match.span()
    if match["digits"]:
        figure, half, _ = match["digits"].partition(" and a half")
        bare = float(figure.replace(",", "").replace("_", "")) + (0.5 if half else 0.0)
        scale = (match["scale"] or "").strip()
        letter = scale if len(scale) == 1 and scale.isascii() else ""
        return Number(start, end, bare * scale_of(scale), bare, match.end("digits"), letter)
    if match["english"]:
        words = match["english"].replace("-", " ")
        spoken = _english(words.split())
        return Number(start, end, spoken, spoken, end, is_article=words in _ARTICLES)
    written = han_value(match["han"])
    return Number(start, end, written, written, end)


def scale_of(text: str) -> float:
    """What a scale word multiplies by: 1e4 for 万; 1 for none."""
    if text in _SCALES or not text:
        return _SCALES.get(text, 1.0)
    return _SCALES[text[:-1]] * _SCALES[text[-1]]


def _english(words: list[str]) -> float:
    """Twenty five thousand -> 25000; half a -> 0.5; one and a half -> 1.5."""
    total = current = 0.0
    joined = [word for word in words if word not in ("and", "of")]
    for position, word in enumerate(joined):
        if word in _BIG_WORDS:
            current = (current or 1.0) * _BIG_WORDS[word]
            if _BIG_WORDS[word] > 100:
                total, current = total + current, 0.0
        elif word in _ARTICLES:
            current += 1.0 if position == 0 and len(joined) == 1 else 0.0
        elif word in ("couple", "pair", "dozen"):
            current = (current or 1.0) * _WORDS.get(word, 2.0)
        else:
            current += _WORDS[word]
    return total + current


def han_value(text: str) -> float | None:
    """两千五 -> 2500; 一万二 -> 12000; 三点五 -> 3.5; 半 -> 0.5; 几十万 -> None."""
    text = text.rstrip("多")
    if len(text) > _LONGEST_HAN:
        return None
    if any(vague in text for vague in "几数多"):
        return None
    if text.endswith("半"):
        whole = han_value(text[:-1]) if len(text) > 1 else 0.0
        return None if whole is None else whole + 0.5
    whole_text, point, decimals = text.partition("点")
    if point:
        whole = han_value(whole_text) or 0.0
        return whole + float("0." + "".join(str(_HAN_DIGITS[c]) for c in decimals if c in _HAN_DIGITS))
    return _han_whole(text)


def _han_whole(text: str) -> float:
    if len(text) > 1 and all(c in _HAN_DIGITS for c in text):  # 二零二四, digit by digit
        return float("".join(str(_HAN_DIGITS[c]) for c in text))
    total = section = digit = 0
    last_unit = 1
    for character in text:
        if character in _HAN_DIGITS:
            digit = _HAN_DIGITS[character]
            last_unit = 1 if character in "零〇" else last_unit
        elif character in _HAN_TENS:
            last_unit = _HAN_TENS[character]
            section, digit = section + (digit or 1) * last_unit, 0
        elif character in _HAN_BIG:
            last_unit = _HAN_BIG[character]
            total, section, digit = (total + (section + digit or 1)) * last_unit, 0, 0
    if digit and last_unit > 10:  # 两千五: the five are hundreds
        digit *= last_unit // 10
    return float(total + section + digit)
