"""Models beyond the catalog: told by a model, counted by us, never before what the catalog has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from pydantic import BaseModel

from agents.coder.beyond import Proposal, Proposals, faults
from agents.coder.technology import choose
from framework.artifacts.records import EngineName
from framework.artifacts.tech import Candidate, Tech
from framework.engines.base import Ask, C, D
from framework.engines.expert import ExpertEngine
from tests.unit.coder.wishes import policy, wanted

# The shape of a small Llama-like model, as its config.json has it.
TINY: dict[str, Any] = {
    "name": "OtherLlama-1.1B",
    "kind": "decoder",
    "params_b": 1.1,
    "layers": 22,
    "hidden": 2048,
    "heads": 32,
    "kv_heads": 4,
    "feed_forward": 5632,
    "vocab": 32000,
    "tied": False,
    "context": 2048,
    "license": "Apache-2.0",
    "languages": ["en"],
    "source": "https://models.example/OtherLlama-1.1B/config.json",
}
COUNTED = 1_100_048_384
ENCODER = TINY | {"name": "OtherBert", "kind": "encoder", "params_b": 0.11, "layers": 12, "hidden": 768, "heads": 12}
ENCODER |= {"kv_heads": 12, "feed_forward": 3072, "vocab": 30522, "context": 512}


@dataclass
class Knowing:
    """An engine that knows these models; for the rest the rules."""

    answer: Proposals
    complaints: list[str] = field(default_factory=list)
    contexts: dict[str, BaseModel] = field(default_factory=dict)
    name: EngineName = "llm"
    decided: tuple[()] = ()

    def decide(self, ask: Ask[C, D]) -> D:
        self.contexts[ask.kind] = ask.context
        if ask.kind != "coder.candidates":
            return ask.rule(ask.context)
        self.complaints = ask.faults(ask.context, cast(D, self.answer))
        return cast(D, self.answer)


def proposals(*changes: dict[str, Any]) -> Proposals:
    return Proposals(candidates=[Proposal.model_validate(TINY | change) for change in changes])


def chosen(answer: Proposals, **wishes: Any) -> tuple[Tech, Knowing]:
    engine = Knowing(answer)
    return choose(wanted(**({"task": "sft", "hardware__gpu": "RTX 4090"} | wishes)), policy(), engine), engine


def found(tech: Tech, title: str) -> list[Candidate]:
    return [candidate for candidate in tech.candidates if candidate.model == title]


def test_a_proposal_is_counted_by_us_and_marked() -> None:
    tech, engine = chosen(proposals({}))
    (one,) = found(tech, "OtherLlama-1.1B")

    assert engine.complaints == []
    assert one.params == COUNTED
    assert one.figures.train_vram_gb is not None
    told = next(weakness for weakness in one.weaknesses if weakness.key == "told")
    assert "https://models.example/OtherLlama-1.1B/config.json" in told.text
    assert "nobody has checked" in told.text
    assert one.license != "Apache-2.0", "a claim about the licence is no licence"


def test_a_proposal_without_a_source_says_so() -> None:
    tech, _ = chosen(proposals({"source": ""}))
    (one,) = found(tech, "OtherLlama-1.1B")
    assert any("no source" in weakness.text for weakness in one.weaknesses)


def test_the_rest_of_the_report_stays_as_it_is() -> None:
    need = wanted(task="sft", hardware__gpu="RTX 4090")
    plain = choose(need, policy(), ExpertEngine())
    tech, _ = chosen(proposals({}))

    assert tech.recommended == plain.recommended
    assert [one.name for one in tech.candidates if one.model != "OtherLlama-1.1B"] == [
        one.name for one in plain.candidates
    ]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"params_b": 7.0}, "the shape has 1.1 billion"),
        ({"layers": 44}, "billion parameters"),
        ({"heads": 30, "kv_heads": 30}, "num_attention_heads"),
        ({"kv_heads": 5}, "num_key_value_heads"),
        ({"name": "Qwen2.5-7B"}, "catalog has it"),
        ({"name": "../../etc"}, "letters, digits"),
        ({"name": "a\n# title"}, "letters, digits"),
        ({"source": "javascript:alert(1)"}, "https address"),
        ({"source": "https://x.example/a b](c)"}, "https address"),
        ({"license": "MIT](x) <b>"}, "its name"),
        ({"languages": ["1!"]}, "ISO 639"),
    ],
)
def test_what_does_not_hold_together_is_dropped_whoever_says_it(change: dict[str, Any], why: str) -> None:
    tech, engine = chosen(proposals(change))

    assert why in " ".join(engine.complaints)
    assert tech == choose(wanted(task="sft", hardware__gpu="RTX 4090"), policy(), ExpertEngine())


@pytest.mark.parametrize(
    "wishes",
    [{"params": 1_100_000_000}, {"hardware__gpu": "GTX 1060", "params": 13_000_000_000}, {"language_of_data": "sw"}],
    ids=["of just the size", "nothing fits", "a language that no model of the catalog knows"],
)
def test_a_proposal_is_never_recommended_unless_the_user_names_it(wishes: dict[str, Any]) -> None:
    """Else a claim about a language or a size would pass where what is known does not."""
    plain = choose(wanted(**({"task": "sft", "hardware__gpu": "RTX 4090"} | wishes)), policy(), ExpertEngine())
    tech, _ = chosen(proposals({"languages": ["sw"]}), **wishes)
    (one,) = found(tech, "OtherLlama-1.1B")

    assert (tech.recommended, tech.feasibility) == (plain.recommended, plain.feasibility)
    assert not one.feasible
    assert "--set base_model=OtherLlama-1.1B" in one.conflicts[0].text


def test_a_model_that_the_user_names_is_computed_by_the_shape_that_was_told() -> None:
    """Its name tells no size, so that without the shape nothing could be computed."""
    guessed = choose(wanted(task="sft", hardware__gpu="RTX 4090", base_model="Otherama"), policy(), ExpertEngine())
    tech, engine = chosen(proposals({"name": "Otherama"}), base_model="Otherama")

    assert [one.params for one in found(guessed, "Otherama")] == [None]
    assert "Otherama" in engine.contexts["coder.candidates"].model_dump()["unknown"]
    assert tech.choice and tech.choice.model == "Otherama"
    assert tech.choice.params == COUNTED
    assert tech.choice.named_by_user
    assert any(advice.key == "model_told" for advice in tech.advice)


def test_an_encoder_is_counted_as_one() -> None:
    assert faults(cast(Any, None), proposals(ENCODER)) == []
    tech, _ = chosen(proposals(ENCODER), task="classification")
    assert [one.params for one in found(tech, "OtherBert")] == [109_482_240]


def test_the_same_proposal_twice_is_one() -> None:
    tech, _ = chosen(proposals({}, {}))
    assert len(found(tech, "OtherLlama-1.1B")) == 1


def test_a_proposal_of_just_the_wished_size_changes_no_word_about_the_wish() -> None:
    """What is said of the user's wish, of what was refused and of what is nearest speaks of what is known."""
    wishes = {"task": "sft", "hardware__gpu": "GTX 1060", "params": 13_000_000_000}
    plain = choose(wanted(**wishes), policy(), ExpertEngine())
    exact = {"params_b": 13.0, "layers": 40, "hidden": 5120, "heads": 40, "kv_heads": 40, "feed_forward": 13824}
    tech, engine = chosen(proposals(exact), **wishes)

    assert engine.complaints == []
    assert (tech.unmet, tech.refused, tech.advice) == (plain.unmet, plain.refused, plain.advice)
