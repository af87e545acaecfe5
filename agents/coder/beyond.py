"""Models that no catalog knows: a model may name them and tell their shape; every figure is computed from the shape."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from agents.coder.need import Need
from agents.coder.options import Told
from framework.artifacts.base import Strict
from framework.artifacts.tech import Objective
from framework.engines.base import Ask, Engine, Fenced
from framework.errors import UsageError
from framework.knowledge.architecture import Architecture
from framework.knowledge.catalog import find_model, models
from framework.knowledge.hf_config import parse_config
from framework.knowledge.names import key
from framework.knowledge.parameters import count_parameters

MOST = 3
_TOLERANCE = 0.15  # of the parameters: published sizes are rounded, and families differ in small things
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,79}")
_LICENSE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .+-]{0,59}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_SOURCE = re.compile(r"https://[A-Za-z0-9.-]+\.[a-z]{2,}(?:/[A-Za-z0-9._~/#?=&%+-]*)?")
_TRAINED = frozenset({"sft", "dpo", "classification", "embedding", "serve"})  # what starts from weights of others

Whole = Annotated[int, Field(ge=1, le=1_000_000)]


class Gap(Strict):
    """What is wanted, and what the catalog has for it."""

    objective: Objective
    languages: list[str]
    wishes: dict[str, Fenced]
    unknown: list[Fenced]
    catalog: str


class Proposal(Strict):
    """A published model, by its config.json."""

    name: Annotated[str, Field(max_length=80, description="as its publisher writes it, without the publisher")]
    kind: Literal["decoder", "encoder"]
    params_b: Annotated[float, Field(gt=0, le=5000, description="billions of parameters, as published")]
    layers: Annotated[int, Field(ge=1, le=1000)]
    hidden: Whole
    heads: Annotated[int, Field(ge=1, le=4096)]
    kv_heads: Annotated[int, Field(ge=1, le=4096)]
    feed_forward: Whole
    vocab: Annotated[int, Field(ge=1, le=5_000_000)]
    tied: bool
    context: Annotated[int, Field(ge=1, le=20_000_000)]
    license: Annotated[str, Field(max_length=60)]
    languages: list[Annotated[str, Field(max_length=3)]] = Field(max_length=30)
    source: Annotated[str, Field(max_length=200, description="where its config.json is published; empty if unsure")]

    def architecture(self) -> Architecture:
        """Its shape, read like any config.json."""
        shape: dict[str, JsonValue] = {
            "model_type": "bert" if self.kind == "encoder" else "llama",
            "hidden_size": self.hidden,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "intermediate_size": self.feed_forward,
            "vocab_size": self.vocab,
            "max_position_embeddings": self.context,
        }
        own: dict[str, JsonValue] = {"num_key_value_heads": self.kv_heads, "tie_word_embeddings": self.tied}
        return parse_config(shape | ({"type_vocab_size": 2} if self.kind == "encoder" else own), self.name)


class Proposals(Strict):
    """At most three of them; none is a good answer."""

    candidates: list[Proposal] = Field(max_length=MOST)


def beyond_the_catalog(engine: Engine, need: Need) -> list[Told]:
    """What the engine knows besides, as far as its figures hold."""
    if need.objective not in _TRAINED:
        return []
    answer = engine.decide(ask(need))
    return [
        Told(one.name, one.architecture(), one.license, tuple(one.languages), one.source)
        for number, one in enumerate(answer.candidates)
        if not list(_faults(one)) and key(one.name) not in {key(other.name) for other in answer.candidates[:number]}
    ]


def ask(need: Need) -> Ask[Gap, Proposals]:
    """The question what the catalog lacks for this need."""
    unknown = [entry.text for entry in need.named if entry.model is None]
    slots = [slot for slot in ("task", "domain", "language_of_data", "license", "params") if need.wanted.item(slot)]
    gap = Gap(
        objective=need.objective,
        languages=list(need.languages),
        wishes={slot: need.wanted.text(slot) or "" for slot in slots},
        unknown=unknown,
        catalog=", ".join(model.name for model in models() if model.origin == "weights"),
    )
    return Ask("coder.candidates", gap, Proposals, _none, faults)


def _none(_: Gap) -> Proposals:
    return Proposals(candidates=[])


def faults(_: Gap, answer: Proposals) -> list[str]:
    """What is wrong with the proposals."""
    return [f"{one.name}: {fault}" for one in answer.candidates for fault in _faults(one)]


def _faults(one: Proposal) -> Iterator[str]:
    if not _NAME.fullmatch(one.name):
        yield "name: letters, digits and . _ - only"
    if _is_known(one.name):
        yield "name: the catalog has it already"
    if not _LICENSE.fullmatch(one.license):
        yield "license: its name and nothing else"
    if one.source and not _SOURCE.fullmatch(one.source):
        yield "source: an https address, or empty"
    if not all(_LANGUAGE.fullmatch(language) for language in one.languages):
        yield "languages: ISO 639 codes"
    yield from _miscounted(one)


def _is_known(name: str) -> bool:
    try:
        find_model(name)
    except UsageError:
        return False
    return True


def _miscounted(one: Proposal) -> Iterator[str]:
    """A size that does not follow from the shape: one of them is invented."""
    try:
        counted = count_parameters(one.architecture()).total
    except UsageError as error:
        yield error.message
        return
    claimed = one.params_b * 1e9
    if abs(counted - claimed) > _TOLERANCE * claimed:
        yield f"params_b: the shape has {counted / 1e9:.3g} billion parameters, not {one.params_b:g}"
