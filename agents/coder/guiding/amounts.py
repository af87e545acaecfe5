"""How much the run learns from: tokens, passes over the data, and the learning rate that goes with a step."""

from __future__ import annotations

import math
from dataclasses import dataclass

from agents.coder.guiding.facts import Fact, facts
from agents.coder.guiding.full_run import FullRun
from agents.coder.guiding.holding import Held
from agents.coder.scratch.sources import SOURCES
from framework.artifacts.guidance import Amount, Counts, Scaled, Schedule, Source, Span
from framework.artifacts.tech import Candidate
from framework.artifacts.tech_figures import params
from framework.knowledge.parameters import count_parameters
from framework.messages import Lang, say

_TOKENS_PER_STORY = 60
_SCALES = (0.25, 0.5, 1, 2, 4)
LOWER, HIGHER = 3, 2  # how far from the advised rate a search begins and ends
_WARMUP = (0.01, 0.05)  # of the steps


@dataclass(frozen=True)
class Subject:
    """The run that the guidance is for."""

    run: FullRun
    candidate: Candidate
    cards: int
    lang: Lang
    held: Held | None = None  # of the user's own data, where it was counted

    @property
    def in_step(self) -> int:
        """Sequences of one optimizer step, as the configuration has it on the user's machine."""
        return self.run.training.batch_size * self.run.training.accumulate * self.cards

    @property
    def step_tokens(self) -> int:
        """The same in tokens."""
        return self.in_step * self.run.context

    @property
    def dataset_tokens(self) -> int | None:
        """What the data of the configuration holds, as far as anybody knows."""
        data = self.run.data
        known = {source.name: source for source in SOURCES}
        if source := known.get(data.dataset_name):
            return min(data.n_documents, source.documents) * source.tokens_per_document
        if data.dataset_name.startswith("synthetic"):
            return data.n_documents * _TOKENS_PER_STORY
        return self.held.tokens if self.held else self.candidate.data.full.tokens

    @property
    def tokens(self) -> int:
        """What the run works through."""
        loop = self.run.training
        if loop.max_steps:
            return loop.max_steps * self.step_tokens
        if self.dataset_tokens:
            return max(self.step_tokens, round(loop.epochs * self.dataset_tokens))
        planned = self.candidate.training
        return planned.tokens if planned else self.step_tokens

    @property
    def steps(self) -> int:
        """Optimizer steps."""
        return self.run.training.max_steps or math.ceil(self.tokens / self.step_tokens)


def amount_of(subject: Subject) -> Amount:
    """From what is best for the arithmetic to as much as the data gives."""
    known, held, tokens = facts(), subject.dataset_tokens, subject.tokens
    counted = count_parameters(subject.run.architecture)
    optimal = round(known.tokens_per_parameter.value * counted.active)
    ceiling = known.most_tokens_per_parameter.value * counted.active
    most = min(ceiling, held * known.most_epochs.value) if held else ceiling
    span = Span(low=min(tokens, optimal), best=tokens, high=max(tokens, most))
    return Amount(
        params=counted.total,
        context=subject.run.context,
        tokens=span,
        dataset_tokens=held,
        epochs=_epochs(span, held) if held else None,
        most_epochs=known.most_epochs.value,
        compute_optimal=optimal,
        facts=[
            sourced(subject.lang, "optimal", known.tokens_per_parameter, tokens=params(optimal)),
            sourced(subject.lang, "beyond", known.most_tokens_per_parameter),
            sourced(subject.lang, "repeated", known.most_epochs),
            *([_counted(subject.lang, subject.held)] if subject.held else []),
        ],
    )


def _counted(lang: Lang, held: Held) -> Source:
    """Where the amount of the user's own data is from."""
    key = "guidance.fact_counted_least" if held.at_least else "guidance.fact_counted"
    sizes = {"row_bytes": f"{held.row_bytes:,.0f}", "token_bytes": f"{held.token_bytes:.2g}"}
    text = say(lang, key, rows=f"{held.rows:,}", sampled=f"{held.sampled:,}", tokens=params(held.tokens), **sizes)
    return Source(text=text, source="reports/mini_dataset.md")


def sourced(lang: Lang, key: str, fact: Fact, **fields: object) -> Source:
    """A published figure in a sentence."""
    text = say(lang, f"guidance.fact_{key}", value=f"{fact.value:,g}", **fields)
    return Source(text=text, source=fact.source, date=fact.date)


def _epochs(tokens: Span, held: int) -> Span:
    low, best, high = (float(f"{value / held:.3g}") for value in (tokens.low, tokens.best, tokens.high))
    return Span(low=low, best=best, high=high)


def schedule_of(subject: Subject) -> Schedule:
    """The rate of the configuration, with where to search around it, and what it would be with another batch."""
    run, lang, known = subject.run, subject.lang, facts()
    rate, steps = run.optimizer.params.lr, subject.steps
    near = known.rates.near(count_parameters(run.architecture).total)
    published = rate_at(near.rate, subject.step_tokens / near.step_tokens)
    warmup = [max(1, round(share * steps)) for share in _WARMUP]
    stated = max(1, run.scheduler.warmup_steps)
    table = {"params": params(near.params), "tokens": params(near.step_tokens), "here": f"{published:g}"}
    return Schedule(
        name=run.scheduler.name,
        rate=Span(low=_short(min(rate / LOWER, published)), best=rate, high=_short(rate * HIGHER)),
        steps=steps,
        warmup=Counts(low=min(stated, warmup[0]), best=stated, high=max(stated, warmup[1])),
        last_share=1.0 if run.scheduler.name == "constant" else run.scheduler.min_lr_ratio,
        scaled=[_scaled(subject, scale) for scale in _SCALES if subject.in_step * scale >= 1],
        clip=run.training.grad_clip,
        weight_decay=run.optimizer.params.weight_decay,
        facts=[
            sourced(lang, "root", known.rate_exponent),
            Source(
                text=say(lang, "guidance.fact_published", rate=f"{near.rate:g}", **table),
                source=known.rates.source,
                date=known.rates.date,
            ),
            sourced(lang, "clip", known.gradient_clip),
        ],
    )


def rate_within(subject: Subject, sequences: int) -> float:
    """The rate for a step of so many sequences, never beyond where a search for it would end."""
    rate = subject.run.optimizer.params.lr
    return min(rate_at(rate, sequences / subject.in_step), _short(rate * HIGHER))


def rate_at(rate: float, times: float) -> float:
    """The learning rate for a step so many times as large."""
    return _short(rate * times ** facts().rate_exponent.value)


def _scaled(subject: Subject, scale: float) -> Scaled:
    sequences = round(subject.in_step * scale)
    return Scaled(
        step_sequences=sequences,
        step_tokens=sequences * subject.run.context,
        rate=rate_within(subject, sequences),
    )


def _short(value: float) -> float:
    return float(f"{value:.3g}")
