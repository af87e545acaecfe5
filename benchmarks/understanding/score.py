"""How well a sentence is understood: every item that a program takes from a text against what a careful reader takes.

    python benchmarks/understanding/score.py [--misses]

Recall is what was found of what the texts state; precision is what was right of what was taken from them; invented is
the share of empty slots that got a value though the text says nothing. Only values that claim to come from the text
(stated, inferred) are judged: a default or an answer of the user is no claim about the sentence.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from benchmarks.understanding.labels import OPEN_SLOTS, VALUE_SLOTS, Entry, load
from framework.errors import NotAProject

CLAIMS = frozenset({"stated", "inferred"})
AT_LEAST = {"recall": 0.85, "precision": 0.95, "task": 0.92, "contradictions": 0.8}
AT_MOST = {"invented": 0.01}


class Item(Protocol):
    """One thing that was understood."""

    @property
    def slot(self) -> str: ...
    @property
    def value(self) -> object: ...
    @property
    def provenance(self) -> str: ...


class Contradiction(Protocol):
    """Slots that cannot all hold."""

    @property
    def slots(self) -> Sequence[str]: ...


class Understood(Protocol):
    """What a program made of one text."""

    @property
    def items(self) -> Sequence[Item]: ...
    @property
    def contradictions(self) -> Sequence[Contradiction]: ...


Understand = Callable[[str], Understood]


@dataclass(frozen=True)
class Miss:
    """One label and what was found in its place."""

    id: str
    slot: str
    expected: object
    got: object

    def __str__(self) -> str:
        return f"{self.id:6} {self.slot:18} expected {self.expected!r}, got {self.got!r}"


@dataclass
class Tally:
    """Plain counts; every rate is computed from them, so tallies of several languages can be added."""

    entries: int = 0
    labelled: int = 0
    found: int = 0
    emitted: int = 0
    right: int = 0
    empty: int = 0
    filled: int = 0  # empty slots that got a value all the same
    tasks: int = 0
    groups: int = 0
    named: int = 0
    alarms: int = 0  # contradictions that nobody labelled

    def __add__(self, other: Tally) -> Tally:
        return Tally(**{name: value + getattr(other, name) for name, value in vars(self).items()})

    @property
    def rates(self) -> dict[str, float]:
        return {
            "recall": _rate(self.found, self.labelled),
            "precision": _rate(self.right, self.emitted),
            "invented": self.filled / self.empty if self.empty else 0.0,
            "task": _rate(self.tasks, self.entries),
            "contradictions": _rate(self.named, self.groups),
        }


def _rate(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


@dataclass
class Report:
    """The counts per language and everything that went wrong."""

    by_language: dict[str, Tally] = field(default_factory=dict)
    misses: list[Miss] = field(default_factory=list)

    @property
    def total(self) -> Tally:
        return sum(self.by_language.values(), Tally())

    @property
    def failures(self) -> list[str]:
        """One line per threshold that is missed."""
        rates = self.total.rates
        low = [f"{name} {rates[name]:.3f}, at least {bound}" for name, bound in AT_LEAST.items() if rates[name] < bound]
        high = [f"{name} {rates[name]:.3f}, at most {bound}" for name, bound in AT_MOST.items() if rates[name] > bound]
        return low + high

    def table(self) -> str:
        """One row per language and one for all of them."""
        rows = [*self.by_language.items(), ("all", self.total)]
        head = f"{'':6} {'n':>4}" + "".join(f"{name:>16}" for name in Tally().rates) + f"{'false alarms':>16}"
        return "\n".join([head, *(_row(name, tally) for name, tally in rows)])


def _row(name: str, tally: Tally) -> str:
    return f"{name:6} {tally.entries:>4}" + "".join(f"{r:>16.3f}" for r in tally.rates.values()) + f"{tally.alarms:>16}"


def score(entries: Iterable[Entry], understand: Understand) -> Report:
    """Reads every sentence with `understand` and holds the result against the labels."""
    report = Report()
    for entry in entries:
        tally, misses = _judge(entry, understand)
        report.by_language[entry.lang] = report.by_language.get(entry.lang, Tally()) + tally
        report.misses.extend(misses)
    return report


def _judge(entry: Entry, understand: Understand) -> tuple[Tally, list[Miss]]:
    tally = Tally(entries=1, labelled=len(entry.labelled), empty=len(entry.empty), groups=len(entry.contradictions))
    try:
        understood = understand(entry.text)
    except NotAProject:
        return tally, [Miss(entry.id, "(refused)", sorted(entry.tasks), None)]
    misses = _judge_task(entry, understood, tally)
    misses += _judge_values(entry, understood, tally)
    misses += _judge_contradictions(entry, understood, tally)
    return tally, misses


def _judge_task(entry: Entry, understood: Understood, tally: Tally) -> list[Miss]:
    got = [item.value for item in understood.items if item.slot == "task"]
    tally.tasks = int(len(got) == 1 and got[0] in entry.tasks)
    return [] if tally.tasks else [Miss(entry.id, "task", sorted(entry.tasks), got)]


def _judge_values(entry: Entry, understood: Understood, tally: Tally) -> list[Miss]:
    claims: dict[str, list[object]] = {}
    for item in understood.items:
        if item.provenance in CLAIMS and item.slot != "task":
            claims.setdefault(item.slot, []).append(item.value)
    misses = []
    for slot in sorted(entry.labelled | claims.keys()):
        values = claims.get(slot, [])
        right = sum(entry.accepts(slot, value) for value in values)
        if slot in entry.labelled:
            tally.found += right > 0
        if slot in VALUE_SLOTS - set(entry.optional):
            tally.emitted += len(values)
            tally.right += right
            tally.filled += slot in entry.empty
        if (slot in entry.labelled and not right) or (
            right < len(values) and slot not in {*entry.optional, *OPEN_SLOTS}
        ):
            misses.append(Miss(entry.id, slot, entry.expected(slot), values))
    return misses


def _judge_contradictions(entry: Entry, understood: Understood, tally: Tally) -> list[Miss]:
    found = [set(one.slots) for one in understood.contradictions]
    missing = [group for group in entry.contradictions if not any(_about(group, slots) for slots in found)]
    tally.named = len(entry.contradictions) - len(missing)
    tally.alarms = sum(not any(_about(group, slots) for group in entry.contradictions) for slots in found)
    return [Miss(entry.id, "(contradiction)", group, found) for group in missing]


def _about(group: Sequence[str], slots: set[str]) -> bool:
    """A found contradiction is the labelled one when they share two slots, or the only one that is labelled."""
    return len(slots & set(group)) >= min(2, len(set(group)))


def accepts(text: str, understand: Understand) -> bool:
    """Whether the text is taken as a wish for a project at all."""
    try:
        understand(text)
    except NotAProject:
        return False
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table; exit code 1 when a threshold is missed."""
    parser = argparse.ArgumentParser(description="Score the understanding of sentences against sentences.yaml.")
    parser.add_argument("--misses", action="store_true", help="list every label that was not met")
    options = parser.parse_args(arguments)
    from agents.planner.understanding import understand

    sentences = load()
    report = score(sentences.entries, understand)
    failures = report.failures
    failures += [f"not ours, but accepted: {text!r}" for text in sentences.not_ours if accepts(text, understand)]
    failures += [f"ours, but refused: {text!r}" for text in sentences.ours_but_terse if not accepts(text, understand)]
    print(report.table())
    if options.misses:
        print("", *report.misses, sep="\n")
    print(*(f"FAILED {line}" for line in failures), sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
