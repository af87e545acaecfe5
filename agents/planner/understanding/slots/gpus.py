"""Which accelerators the text names, and under which usual names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, cast

from agents.planner.rules import rule_text
from agents.planner.understanding.reading import Reading
from framework.errors import UsageError
from framework.knowledge.catalog import Accelerator, find_accelerator
from framework.resources import parse_yaml

# A bare 4090 is a card unless it counts, costs or dates something.
_COUNTED = re.compile(
    r"s?\s*(?:%|元|块钱|万|条|份|篇|个|对|句|页|封|人|字|词|年|月|天|次|samples?|rows?|pairs?|examples?|records?|tickets?|documents?"
    r"|docs|reviews?|articles?|sentences?|questions?|pages|files|e?mails?|comments|messages|posts|chats|dialogues"
    r"|notes|letters|contracts|reports|invoices|recipes|stories|poems"
    r"|complaints|transcripts|conversations|entries|papers|queries|answers|jokes|captions|headlines|titles|tweets"
    r"|users?|people|tokens?|steps|words|usd|dollars|labels)"
)
_CAPITALS = frozenset({"d", "xt", "xtx", "gre"})
_PLURAL = re.compile(r"[a-z0-9 ]*?[a-z0-9](?=s(?![a-z0-9]))")
_PRICED = re.compile(r"[$€£¥]\s?$")


class _Shape(NamedTuple):
    pattern: re.Pattern[str]
    name: str
    needs: str


@dataclass(frozen=True)
class NamedGpu:
    """An accelerator's name in the text."""

    name: str
    start: int
    end: int


@cache
def _shapes() -> tuple[re.Pattern[str], list[_Shape]]:
    rows = cast(list[dict[str, str]], parse_yaml(rule_text("gpus.yaml")))
    shapes = [
        _Shape(re.compile(row["match"] + r"(?![a-wyz0-9]|\.\d)"), row["name"], row.get("needs", "")) for row in rows
    ]
    starts = "|".join(row["match"] for row in rows)
    return re.compile(rf"(?<![a-wyz0-9.\-/])(?=(?:{starts})s?(?![a-rt-wyz0-9]|\.\d))"), shapes


def find_gpus(reading: Reading) -> list[NamedGpu]:
    """Every accelerator's name, meant or not."""
    found: list[NamedGpu] = []
    anywhere, _ = _shapes()
    for start in anywhere.finditer(reading.plain):
        if (gpu := _gpu_at(reading, start.start())) and (not found or found[-1].end <= gpu.start):
            found.append(gpu)
    return found


def _gpu_at(reading: Reading, start: int) -> NamedGpu | None:
    plain = reading.plain
    if start and plain[start - 1] == "x" and (start < 2 or plain[start - 2].isalpha()):
        return None
    for pattern, name, needs in _shapes()[1]:
        match = pattern.match(plain, start) or _plural(pattern, plain, start)
        if match and _is_meant_as_card(reading, match, needs):
            return NamedGpu(canonical(_filled(name, match)), start, match.end())
    return None


def _plural(pattern: re.Pattern[str], plain: str, start: int) -> re.Match[str] | None:
    """ "two 4090s": the name ends before the s."""
    singular = _PLURAL.match(plain, start, start + 24)
    return pattern.match(plain, start, singular.end()) if singular else None


def _is_meant_as_card(reading: Reading, match: re.Match[str], needs: str) -> bool:
    if needs == "mac":
        return match[0].startswith("apple") or reading.near("apple", match.start(), match.end(), 40)
    if needs == "card":
        return not (
            _COUNTED.match(reading.plain, match.end())
            or _PRICED.search(reading.plain, max(0, match.start() - 3), match.start())
        )
    return True


def _filled(name: str, match: re.Match[str]) -> str:
    first, second = (*(group or "" for group in match.groups()), "", "")[:2]
    suffix = second.upper() if second in _CAPITALS else second.title()
    return name.format(FIRST=first.upper(), First=first.title(), Second=suffix).strip()


@cache
def accelerator_named(name: str) -> Accelerator | None:
    """The catalog's entry, if the catalog knows the accelerator."""
    try:
        return find_accelerator(name)
    except UsageError:
        return None


def canonical(name: str) -> str:
    """The catalog's spelling of a name that it knows."""
    entry = accelerator_named(name)
    return entry.name if entry and "Super" not in name else name
