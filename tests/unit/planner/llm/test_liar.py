"""A model that claims for every slot whatever words it finds: what the labels leave empty must stay empty."""

from __future__ import annotations

import random
import re

import pytest

from agents.planner.policy import packaged_policy
from agents.planner.second_reading.evidence import Evidence, Told
from agents.planner.understanding import understand
from benchmarks.understanding.labels import Entry, load
from framework.artifacts.slots import SLOTS, Kind
from framework.errors import NotAProject

_WORD = re.compile(r"[A-Za-z0-9$.%,'-]+|[\u4e00-\u9fff]")
_FREE = {"task", "project_name", "goal", "problem", "domain", "input", "output", "dataset", "success_metric"}
CLAIMED = [slot for slot in SLOTS if slot not in _FREE]
TRIES, SENTENCES = 12, 8


def lies(entry: Entry, chance: random.Random) -> list[Told]:
    """Pieces of the sentence, claimed for every slot that nobody has labelled."""
    words = [match.span() for match in _WORD.finditer(entry.text)]
    empty = [slot for slot in CLAIMED if slot not in entry.labelled and slot not in entry.optional]
    told = []
    for _ in range(TRIES):
        first = chance.randrange(len(words))
        last = min(len(words) - 1, first + chance.randrange(6))
        quote = entry.text[words[first][0] : words[last][1]][:300]
        told += [Told(slot=slot, value=value[:200], quote=quote) for slot in empty for value in (quote, "yes")]
    return told


def is_taken(text: str) -> bool:
    """Whether the rules see a project in it at all; of the others nothing is asked."""
    try:
        understand(text)
    except NotAProject:
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_next_to_nothing_can_be_claimed(seed: int) -> None:
    chance = random.Random(seed)
    entries = [entry for entry in chance.sample(load().entries, SENTENCES + 4) if is_taken(entry.text)][:SENTENCES]
    tried, believed = 0, []
    for entry in entries:
        understood = understand(entry.text)
        evidence = Evidence(entry.text, understood.lang, packaged_policy().currency.per_usd, understood.items)
        read = {item.slot for item in understood.items}
        for told in lies(entry, chance):
            if told.slot not in read:
                tried += 1
                believed += [(entry.id, told)] if not evidence.complaint(told) else []

    assert tried > 1000
    assert len(believed) <= tried / 1000, believed
    assert not [told for _, told in believed if SLOTS[told.slot] is Kind.FLAG]
