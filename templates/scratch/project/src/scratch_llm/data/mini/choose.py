"""From the pool to the rows of the mini dataset: near-duplicates out, proportions kept, parts that share nothing."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from scratch_llm.data.dedup import NearDuplicates
from scratch_llm.data.folders import Split
from scratch_llm.data.mini.holding import held_by
from scratch_llm.data.mini.pool import BY_LENGTH, Candidate
from scratch_llm.data.mini.rules import Rules
from scratch_llm.data.records import ChatRecord, PreferenceRecord
from scratch_llm.data.split import split_key
from scratch_llm.utils.errors import DataError

_MISSES: Final = 20  # so many rows in a row that do not fit any more: then it is full
_FEW_DOCUMENTS: Final = 20  # with fewer, the pieces of one may be on both sides: else there would be no second side

Parts = dict[Split, list[Candidate]]


def without_near_duplicates(candidates: Iterable[Candidate]) -> tuple[list[Candidate], int]:
    """Of candidates that resemble each other the first; and how many were left out."""
    seen, kept, n_left_out = NearDuplicates(), [], 0
    for candidate in candidates:
        if seen.add(candidate.text) is None:
            kept.append(candidate)
        else:
            n_left_out += 1
    return kept, n_left_out


def choose(
    candidates: Sequence[Candidate], sizes: Counter[str], count: Callable[[Candidate], int], rules: Rules
) -> list[Candidate]:
    """Take rows in such an order that every beginning of it has the proportions of the source, until it is full.

    Args:
        candidates: In the order of choosing.
        sizes: How many rows of the source each stratum has.
        count: Tokens of a candidate.
        rules: How much may be taken; of each class at least so many are.
    """
    chosen: list[Candidate] = []
    n_token = n_miss = 0
    for _, candidate in sorted(_with_places(candidates, sizes, rules.least_per_class)):
        size = count(candidate)
        if n_token + size > rules.tokens:
            n_miss += 1
            if n_miss >= _MISSES:
                break
            continue
        n_token, n_miss = n_token + size, 0
        chosen.append(candidate)
        if len(chosen) == rules.most_rows:
            break
    return chosen


def _with_places(candidates: Sequence[Candidate], sizes: Counter[str], least: int) -> Iterable[tuple[float, Candidate]]:
    """Give each candidate its place between 0 and 1 within its stratum; what every class must have comes before."""
    n_before: Counter[str] = Counter()
    for candidate in candidates:
        stratum = candidate.stratum
        is_needed = n_before[stratum] < least and not stratum.startswith(BY_LENGTH)
        yield (-1.0 if is_needed else (n_before[stratum] + 0.5) / sizes[stratum]), candidate
        n_before[stratum] += 1


def part(chosen: Sequence[Candidate], rules: Rules) -> Parts:
    """Deal the rows out by the shares, stratum by stratum; rows that belong together stay together.

    Raises:
        DataError: There are fewer groups than parts.
    """
    groups = _groups(chosen, rules.seed)
    if len(groups) < len(rules.splits):
        raise DataError(
            f"{len(chosen)} distinct rows are left, too few for {', '.join(rules.splits)}: each needs one of its own",
            "give more data; a long text can be cut into several at blank lines",
        )
    dealt: dict[Split, list[list[Candidate]]] = {name: [] for name in rules.splits}
    n_dealt = dict.fromkeys(rules.splits, 0)
    for group in groups:
        total = sum(n_dealt.values()) + len(group)
        wanting = max(rules.splits, key=lambda name: rules.shares[name] * total - n_dealt[name])
        dealt[wanting].append(group)
        n_dealt[wanting] += len(group)
    _fill_empty(dealt, rules.splits)
    _teach_every_class(dealt)
    return {name: sorted(row for group in held for row in group) for name, held in dealt.items()}


def _fill_empty(dealt: dict[Split, list[list[Candidate]]], splits: Sequence[Split]) -> None:
    for name in splits:
        if not dealt[name]:
            donor = max(splits, key=lambda other: len(dealt[other]))
            dealt[name].append(dealt[donor].pop())


def _teach_every_class(dealt: dict[Split, list[list[Candidate]]]) -> None:
    """What is measured must have been taught: a class that training lacks gets a group of another part."""
    taught = {row.stratum for group in dealt["train"] for row in group}
    for name, groups in dealt.items():
        for group in list(groups):
            if name != "train" and len(groups) > 1 and group[0].stratum not in taught:
                groups.remove(group)
                dealt["train"].append(group)
                taught.add(group[0].stratum)


def _groups(chosen: Sequence[Candidate], seed: int) -> list[list[Candidate]]:
    """Gather what must be on one side: answers to one prompt or to nearly the same one, pieces of one document.

    A document that another holds in itself counts as a part of it.
    """
    documents = {candidate.found.document for candidate in chosen}
    owners = held_by([(row.found.document, row.text) for row in chosen]) if len(documents) >= _FEW_DOCUMENTS else {}
    heads = list(range(len(chosen)))
    first: dict[tuple[str, int], int] = {}
    prompts = NearDuplicates()
    for i, candidate in enumerate(chosen):
        keys = [("same", split_key(candidate.found.record, seed))]
        if owners:
            keys.append(("document", owners[candidate.found.document]))
        same = [first.setdefault(key, i) for key in keys]
        near = prompts.add(_prompt(candidate))
        for other in [*same, *([near.original] if near else [])]:
            heads[_head(heads, i)] = _head(heads, other)
    gathered: dict[int, list[Candidate]] = defaultdict(list)
    for i, candidate in enumerate(chosen):
        gathered[_head(heads, i)].append(candidate)
    return sorted(gathered.values(), key=lambda group: (group[0].stratum, min(group)))


def _head(heads: list[int], i: int) -> int:
    while heads[i] != i:
        heads[i] = heads[heads[i]]
        i = heads[i]
    return i


def _prompt(candidate: Candidate) -> str:
    """What was asked; nothing for running text, whose near-duplicates are gone already."""
    record = candidate.found.record
    if isinstance(record, ChatRecord):
        return "\n".join(message.content for message in record.messages[:-1])
    return "\n".join(message.content for message in record.prompt) if isinstance(record, PreferenceRecord) else ""
