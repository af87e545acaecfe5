"""A small story grammar that writes stories and recognises them: both read the same templates.

A plot is a row of beats; each beat is one sentence, chosen among templates with slots. Free slots are filled from lists
of words, once for a whole story. Derived slots follow from a free one (a pronoun from the name, a Chinese measure word
from the noun). A text is a story exactly if some plot accounts for all its sentences, in order, with the same fillings.
"""

import functools
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

Fillings = Mapping[str, str]
_SLOT = re.compile(r"\{(\w+)\}")


def pick(rng: random.Random, choices: Sequence[str]) -> str:
    """Choose one; built on `random()` alone, whose sequence Python promises to keep."""
    return choices[int(rng.random() * len(choices))]


@dataclass(frozen=True)
class Plot:
    """What happens (`deed`, with the slot `topic`), and how it is told."""

    deed: str
    topic: str
    beats: tuple[tuple[str, ...], ...]


class Story(NamedTuple):
    """A story, and what it is about."""

    text: str
    plot: str
    fillings: Fillings


class Reading(NamedTuple):
    """How far a text is a story: the plot that accounts best for it, and for how much of it."""

    plot: str
    fillings: Fillings
    share: float  # 1.0 exactly for a story of the grammar
    ended: bool  # the last sentence is an ending of the plot


@dataclass(frozen=True, eq=False)
class Grammar:
    """The stories of one language."""

    language: str
    words: Mapping[str, tuple[str, ...]]
    derived: Mapping[str, tuple[str, Mapping[str, str]]]  # slot -> (slot it follows from, what follows from each word)
    plots: Mapping[str, Plot]
    sentence_end: re.Pattern[str] = field(repr=False)  # parts a text into sentences
    joiner: str  # stands between sentences

    def fill(self, rng: random.Random, fixed: Fillings | None = None) -> dict[str, str]:
        """Choose a word for each free slot that is not fixed, and derive the rest."""
        chosen = {slot: pick(rng, words) for slot, words in self.words.items()} | dict(fixed or {})
        return chosen | {slot: follows[chosen[base]] for slot, (base, follows) in self.derived.items()}

    def story(self, rng: random.Random, plot: str | None = None, fixed: Fillings | None = None) -> Story:
        """Write one story."""
        name = plot or pick(rng, tuple(self.plots))
        fillings = self.fill(rng, fixed)
        sentences = (pick(rng, beat).format_map(fillings) for beat in self.plots[name].beats)
        return Story(self.joiner.join(sentences), name, fillings)

    def sentences(self, text: str) -> list[str]:
        """Part a text into sentences; joined by `joiner` they give the text again."""
        return [sentence for sentence in self.sentence_end.split(text.strip()) if sentence]

    def units(self, text: str) -> list[str]:
        """Part a text into words, or into characters where the language writes no blanks."""
        return text.split() if self.joiner else list(text)

    def read(self, text: str) -> Reading:
        """Find the plot that accounts for most of a text."""
        sentences = self.sentences(text)
        return max((self._follow(plot, sentences) for plot in self.plots), key=lambda reading: reading.share)

    def _follow(self, plot: str, sentences: Sequence[str]) -> Reading:
        beats = self._patterns[plot]
        fillings: Fillings = {}
        told, n_matched, matched_last = 0, 0, False
        for sentence in sentences:
            found = next(self._continuations(beats, told, sentence, fillings), None)
            matched_last = found is not None
            if found is not None:
                told, fillings = found
                n_matched += 1
        share = n_matched / max(len(sentences), len(beats))
        return Reading(plot, fillings, share, matched_last and told == len(beats))

    def _continuations(
        self, beats: Sequence[Sequence[re.Pattern[str]]], told: int, sentence: str, fillings: Fillings
    ) -> Iterator[tuple[int, Fillings]]:
        for beat in range(told, len(beats)):
            for pattern in beats[beat]:
                found = pattern.fullmatch(sentence)
                merged = None if found is None else self._merge(fillings, found.groupdict())
                if merged is not None:
                    yield beat + 1, merged

    def _merge(self, known: Fillings, new: Fillings) -> Fillings | None:
        merged = {**known, **new}
        if any(merged[slot] != word for slot, word in known.items()):
            return None
        for slot, (base, follows) in self.derived.items():
            if slot in merged and base in merged and merged[slot] != follows[merged[base]]:
                return None
        return merged

    @functools.cached_property
    def _patterns(self) -> dict[str, list[list[re.Pattern[str]]]]:
        return {
            name: [[re.compile(self.pattern(template)) for template in beat] for beat in plot.beats]
            for name, plot in self.plots.items()
        }

    def pattern(self, template: str) -> str:
        """Turn a template into an expression that names what its slots hold."""
        parts = _SLOT.split(template)
        seen: set[str] = set()
        for i in range(1, len(parts), 2):
            slot = parts[i]
            parts[i] = f"(?P={slot})" if slot in seen else f"(?P<{slot}>{'|'.join(self._words_of(slot))})"
            seen.add(slot)
        parts[::2] = [re.escape(literal) for literal in parts[::2]]
        return "".join(parts)

    def _words_of(self, slot: str) -> list[str]:
        words = self.words[slot] if slot in self.words else self.derived[slot][1].values()
        return [re.escape(word) for word in sorted(set(words), key=lambda word: (-len(word), word))]
