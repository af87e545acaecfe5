"""The data for a run: the user's own, the dataset that they name, or the best match of the catalog."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log10

from agents.coder.need import Need, OwnData
from agents.coder.policy import Policy
from framework.artifacts.tech import DataChoice, DataNeeds, Objective, Role
from framework.knowledge.datasets import Dataset, Purpose, datasets
from framework.messages import say


@dataclass(frozen=True)
class Supply:
    """What a run learns from, and how much that is."""

    needs: DataNeeds
    examples: int | None
    tokens: int
    speaks: bool  # whether it is in a language that is wanted
    too_small: bool  # whether the user's own data is no dataset

    def cut(self, share: float) -> Supply:
        """The same data with that share of its rows."""
        rows = self.needs.full.rows
        if share >= 1 or not rows:
            return replace(self, tokens=max(1, round(self.tokens * share)))
        full = self.needs.full.model_copy(update={"rows": max(1, round(rows * share)), "tokens": None})
        needs = self.needs.model_copy(update={"full": full})
        return replace(self, needs=needs, examples=full.rows, tokens=max(1, round(self.tokens * share)))

    @property
    def choices(self) -> list[DataChoice]:
        """Everything that would be trained on."""
        return self.needs.trained_on


def supply_for(need: Need, policy: Policy, objective: Objective, tokens: int | None = None) -> Supply:
    """The data for an objective; for training from nothing, enough for so many tokens if there is."""
    purpose: Purpose = "sft" if objective == "serve" else objective
    public = _ranked(need, policy, purpose, tokens)
    own = need.own
    if own is None or objective == "serve":
        return _of_public(public, need, policy, purpose)
    count = own.examples
    learnable = not need.looks_things_up(policy)
    sized = own.amount.tokens or own.amount.bytes
    if learnable and (objective == "pretrain" or count is None or count >= policy.data.least.of(objective) or sized):
        return _of_own(own, public, need, policy, purpose)
    supply = _of_public(public, need, policy, purpose)
    extra = [_own_choice(own, need, "test" if learnable else "lookup")]
    needs = supply.needs.model_copy(update={"extra": [*supply.needs.extra, *extra]})
    return Supply(needs, supply.examples, supply.tokens, supply.speaks, too_small=learnable)


def tokens_of(dataset: Dataset, policy: Policy, purpose: Purpose) -> int:
    """Its tokens as published, or else by its bytes or its examples."""
    if dataset.tokens:
        return dataset.tokens
    if dataset.bytes and purpose == "pretrain":
        return round(dataset.bytes / policy.scratch.bytes_per_token)
    unsaid = (
        policy.data.enough if purpose == "pretrain" else policy.data.good
    )  # only web corpora are too large to count
    examples = dataset.examples or unsaid.of(purpose)
    return examples * policy.data.tokens_per_example.of(purpose)


def _ranked(need: Need, policy: Policy, purpose: Purpose, tokens: int | None) -> list[Dataset]:
    fitting = [dataset for dataset in datasets() if purpose in dataset.purposes]
    named = [dataset for dataset in need.datasets if dataset in fitting]
    ranked = sorted(fitting, key=lambda d: (-_match(d, need, policy, purpose, tokens), d.name))
    return [*named, *(dataset for dataset in ranked if dataset not in named)]


def _match(dataset: Dataset, need: Need, policy: Policy, purpose: Purpose, tokens: int | None) -> float:
    """How well a dataset suits: language before everything, then licence and topic, then size."""
    # The labels of another topic are of no use, whatever the language.
    topical = _topic_points(dataset, need) * (4 if purpose == "classification" else 1)
    points = 100.0 * _speaks(dataset, need) + topical + 2.0 * dataset.grade
    points -= {"yes": 0.0, "unclear": 2.0, "no": 4.0}[dataset.commercial] * (10 if need.commercial else 1)
    points -= "mul" in dataset.languages and not set(need.languages) - set(dataset.languages)
    if purpose == "pretrain":
        return points - _size_penalty(tokens_of(dataset, policy, purpose), tokens, policy)
    useful = min(dataset.examples or policy.data.good.of(purpose), policy.data.enough.of(purpose))
    return points + 3 * log10(useful / policy.data.good.of(purpose))


def _topic_points(dataset: Dataset, need: Need) -> float:
    """The chief topic of either side counts most; a dataset of another topic is worse than one of none."""
    shared = [
        15.0 - 3 * need.topics.index(topic) - 9 * place
        for place, topic in enumerate(dataset.topics)
        if topic in need.topics
    ]
    if shared:
        return max(shared)
    return -6.0 if dataset.topics else 0.0


def _size_penalty(available: int, tokens: int | None, policy: Policy) -> float:
    """Too little is repeated too often; far too much is only a longer download."""
    wanted = tokens or available
    if available * policy.scratch.most_epochs < wanted:
        return 8.0 * (1 - available * policy.scratch.most_epochs / wanted)
    return min(4.0, 0.02 * available / wanted)


def _speaks(dataset: Dataset, need: Need) -> float:
    shares = [
        1.0 if language in dataset.languages else 0.4 * ("mul" in dataset.languages) for language in need.languages
    ]
    return sum(shares) / len(shares)


def _of_public(public: list[Dataset], need: Need, policy: Policy, purpose: Purpose) -> Supply:
    best = public[0]
    extra = [dataset for dataset in need.datasets if dataset != best and purpose in dataset.purposes]
    for language in need.languages:
        covered = any(language in dataset.languages or "mul" in dataset.languages for dataset in (best, *extra))
        other = next((dataset for dataset in public if language in dataset.languages), None)
        if not covered and other:
            extra.append(other)
    enough = policy.data.enough.of(purpose)
    rows = min(best.examples, enough) if best.examples and purpose != "pretrain" else best.examples
    needs = DataNeeds(
        mini=_choice(best, need, best.mini.split, best.mini.rows, None),
        full=_choice(best, need, "train", rows, best.tokens if rows == best.examples else None),
        extra=[_choice(dataset, need, "train", dataset.examples, dataset.tokens) for dataset in extra],
    )
    share = rows / best.examples if rows and best.examples else 1.0
    tokens = sum(tokens_of(dataset, policy, purpose) for dataset in extra) if purpose == "pretrain" else 0
    return Supply(
        needs, rows, round(tokens_of(best, policy, purpose) * share) + tokens, _speaks(best, need) > 0, too_small=False
    )


def _of_own(own: OwnData, public: list[Dataset], need: Need, policy: Policy, purpose: Purpose) -> Supply:
    count, amount = own.examples, own.amount
    few = count is not None and count < policy.data.good.of(purpose) and not (amount.tokens or amount.bytes)
    by_bytes = round(amount.bytes / policy.scratch.bytes_per_token) if amount.bytes and purpose == "pretrain" else None
    assumed = (count or policy.data.good.of(purpose)) * policy.data.tokens_per_example.of(purpose)
    companions = [*need.datasets, *([public[0]] if few and not need.datasets else [])]
    full = _own_choice(own, need, "train")
    mini_rows = min(count or policy.data.mini_rows, policy.data.mini_rows)
    needs = DataNeeds(
        mini=full.model_copy(
            update={"split": say(need.lang, "technology.own_first_rows"), "rows": mini_rows, "tokens": None}
        ),
        full=full,
        extra=[
            _choice(d, need, d.mini.split, d.mini.rows, None)
            if few
            else _choice(d, need, "train", d.examples, d.tokens)
            for d in companions
        ],
    )
    return Supply(needs, count, amount.tokens or by_bytes or assumed, speaks=True, too_small=False)


def _own_choice(own: OwnData, need: Need, role: Role) -> DataChoice:
    return DataChoice(
        name=own.text or say(need.lang, "technology.own_data"),
        repo=None,
        own=True,
        role=role,
        split=say(need.lang, "technology.own_all"),
        rows=own.examples,
        tokens=own.amount.tokens,
        languages=list(need.languages),
        license=say(need.lang, "technology.own_license"),
        commercial="yes",
        strengths=say(need.lang, f"technology.own_to_{role}"),
        weaknesses=say(need.lang, "technology.own_weakness"),
    )


def _choice(dataset: Dataset, need: Need, split: str, rows: int | None, tokens: int | None) -> DataChoice:
    return DataChoice(
        name=dataset.name,
        repo=dataset.repo,
        config=dataset.config,
        source=dataset.source,
        own=False,
        split=split,
        rows=rows,
        tokens=tokens,
        languages=list(dataset.languages),
        license=dataset.license,
        commercial=dataset.commercial,
        strengths=dataset.good.said(need.lang),
        weaknesses=dataset.weak.said(need.lang),
    )
