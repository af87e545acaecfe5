"""Finding what people call things: every phrase of the lexicons, in one walk over the text.

A lexicon is a mapping `kind: {value: [phrases]}`. A phrase matches with its words apart, hyphenated or run together
("fine-tune", "fine tune", "finetune"), and with an English plural. Of phrases of one kind the longest wins.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import cast

from agents.planner.rules import rule_text
from framework.resources import parse_yaml

LEXICONS = ("scope", "tasks", "domains", "data", "software", "limits", "hardware", "measures", "relevance")
_BETWEEN_SCRIPTS = re.compile(r"(?<=[a-z0-9])(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=[a-z0-9])")
_SEPARATORS = " -_\n"
_END = ""


@dataclass(frozen=True)
class Term:
    """A phrase of a lexicon where it stands in the text."""

    kind: str
    value: str
    start: int
    end: int


Meaning = tuple[str, str]  # kind and value
Node = dict[str, "Node | list[Meaning]"]


@cache
def phrases() -> dict[str, dict[str, list[str]]]:
    """All lexicons: kind -> value -> what people call it."""
    merged: dict[str, dict[str, list[str]]] = {}
    for name in LEXICONS:
        merged.update(cast(dict[str, dict[str, list[str]]], parse_yaml(rule_text(f"{name}.yaml"))))
    return merged


@cache
def vocabulary(unless: frozenset[str] = frozenset()) -> frozenset[str]:
    """Every English word that the lexicons use, kinds aside that are named."""
    kinds = (values.values() for kind, values in phrases().items() if kind not in unless)
    texts = chain.from_iterable(chain.from_iterable(kinds))
    return frozenset(word for text in texts for word in text.replace("-", " ").split() if word.isascii())


@cache
def _shelves() -> dict[str, list[tuple[str, Meaning]]]:
    """The phrases by how they open, so that a short text plants only the few that could stand in it."""
    shelves: dict[str, list[tuple[str, Meaning]]] = {}
    for kind, values in phrases().items():
        for value, texts in values.items():
            for text in texts:
                plain = text.lower().replace("-", " ")
                opening = plain[:1] if plain[1:2] in (" ", "") or _BETWEEN_SCRIPTS.search(plain[:2]) else plain[:2]
                shelves.setdefault(opening, []).append((plain, (kind, value)))
    return shelves


@cache
def _trie(first: str, second: str) -> Node:
    """The phrases that may begin with these two characters, letter by letter."""
    root: Node = {}
    for opening in (first, first + second):
        for plain, meaning in _shelves().get(opening, []):
            for spelling in _spellings(plain):
                _plant(root, spelling, meaning)
    return root


def _spellings(plain: str) -> set[str]:
    found = {plain, plain.replace(" ", ""), _BETWEEN_SCRIPTS.sub(" ", plain)}
    if plain[-1:].isalpha() and plain.isascii() and len(plain) > 2:
        found |= {spelling + "s" for spelling in found}
        if plain.endswith("y"):
            found |= {plain[:-1] + "ies"}
    return found


def _plant(root: Node, spelling: str, meaning: Meaning) -> None:
    node = root
    for character in spelling:
        node = cast(Node, node.setdefault(character, {}))
    meanings = cast(list[Meaning], node.setdefault(_END, []))
    if meaning not in meanings:
        meanings.append(meaning)


def find_terms(plain: str) -> dict[str, list[Term]]:
    """The terms of every kind, in the order of the text; those of one kind do not overlap."""
    found: dict[str, list[Term]] = {}
    openings = frozenset(opening[0] for opening in _shelves())
    for start, character in enumerate(plain):
        if character in openings and _starts_word(plain, start):
            second = plain[start + 1 : start + 2]
            root = _trie(character, " " if second in _SEPARATORS else second)
            for term in _longest(plain, start, root) if root else ():
                terms = found.setdefault(term.kind, [])
                if not terms or terms[-1].end <= term.start:
                    terms.append(term)
    return found


def _longest(plain: str, start: int, root: Node) -> list[Term]:
    """The longest term of each kind that begins here."""
    found: dict[str, Term] = {}
    node = root
    at = start
    while at < len(plain):
        step = plain[at]
        if step in _SEPARATORS:
            while at + 1 < len(plain) and plain[at + 1] in _SEPARATORS:
                at += 1
            step = " "
        child = node.get(step)
        if child is None:
            break
        node = cast(Node, child)
        at += 1
        if _END in node and _ends_word(plain, at):
            for kind, value in cast(list[Meaning], node[_END]):
                found[kind] = Term(kind, value, start, at)
    return list(found.values())


def is_latin(character: str) -> bool:
    """A letter or digit of those that are written with spaces between words."""
    return character.isascii() and character.isalnum()


def _starts_word(plain: str, at: int) -> bool:
    if at == 0 or not is_latin(plain[at]) or not is_latin(plain[at - 1]):
        return True
    # "8xa100", "2x4090": a count may be glued to the name of a card
    return plain[at - 1] == "x" and (at < 2 or not plain[at - 2].isalpha() or not plain[at - 2].isascii())


def _ends_word(plain: str, at: int) -> bool:
    if at == len(plain) or not is_latin(plain[at - 1]) or not is_latin(plain[at]):
        return True
    # "a100x8"
    return plain[at - 1].isdigit() and plain[at] == "x" and plain[at + 1 : at + 2].isdigit()
