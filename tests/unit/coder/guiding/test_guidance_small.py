"""A small model on fast cards, and more cards than a step has sequences: figures that a person can believe."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.coder.guiding.advice import assumptions_of
from agents.coder.guiding.amounts import Subject, schedule_of
from agents.coder.guiding.full_run import FullRun, Model, Tokenizer
from agents.coder.guiding.hardware import EIGHT, NODES, OWN, hardware_for
from agents.coder.guiding.plans import Margins, checkpoints_of, plan_for
from agents.coder.guiding.scripts import overrides_of
from agents.coder.guiding.watching import alarms_for
from framework.artifacts.guidance import Plan
from framework.artifacts.tech_figures import card_hours, hours, minutes, money, percent
from framework.knowledge.catalog import accelerators
from framework.knowledge.compute import starting_seconds
from framework.knowledge.estimate import EstimateRequest, estimate
from framework.messages import LANGUAGES, Lang, say
from tests.unit.coder.guiding.desk import chosen, subject_of


def _tiny(max_steps: int = 500, in_step: int = 2) -> Subject:
    """A model of about a million parameters that sees 1,024 tokens a step."""
    subject = subject_of("card_24")
    model = Model(n_layer=4, d_model=128, n_head=4, context_length=512)
    loop = subject.run.training.model_copy(
        update={"batch_size": in_step, "accumulate": 1, "max_steps": max_steps, "save_every": 20}
    )
    update = {"model": model, "tokenizer": Tokenizer(vocab_size=2048), "training": loop}
    return replace(subject, run=FullRun.model_validate(subject.run.model_copy(update=update).model_dump()))


def _plans(subject: Subject) -> dict[str, Plan]:
    return {one.key: plan_for(subject, one, Margins(0.05)) for one in hardware_for(chosen("card_24")[1])}


def test_a_pass_takes_milliseconds_that_grow_with_the_layers() -> None:
    def least(layers: int) -> tuple[float, float]:
        return starting_seconds(FullRun(model=Model(n_layer=layers)).architecture)

    assert 0.001 < least(4)[0] < least(4)[1] < 0.01
    assert least(32)[0] > 4 * least(4)[0]


def test_no_step_of_a_tiny_model_is_faster_than_its_kernels_are_started() -> None:
    subject = _tiny()
    started = starting_seconds(subject.run.architecture)
    for plan in _plans(subject).values():
        for hours_taken, seconds in zip(plan.wall_hours, started, strict=True):
            assert hours_taken * 3600 >= plan.steps * seconds * 0.99
    own = _plans(subject)[OWN]
    assert own.tokens_per_s[1] < 1_000_000
    assert own.mfu[1] < 0.1
    assert own.mfu[0] <= own.mfu[1]


@pytest.mark.parametrize("name", [card.name for card in accelerators()])
@pytest.mark.parametrize("batch", [1, 64])
def test_the_range_of_a_tiny_model_stays_narrow(name: str, batch: int) -> None:
    found = estimate(
        EstimateRequest(architecture=_tiny().run.architecture, accelerator=name, tokens=10**8, context=512, batch=batch)
    )
    low, high = found.gpu_hours
    assert 0 < low < high <= 4 * low


def test_larger_batches_make_a_tiny_model_faster_and_a_large_one_not() -> None:
    def taken(model: str, batch: int) -> float:
        request = EstimateRequest(model=model, accelerator="A100 80G", tokens=10**9, context=1024, batch=batch)
        return estimate(request).gpu_hours[1]

    assert taken("Scratch-5M", 1) > 2 * taken("Scratch-5M", 16)
    assert taken("Llama-2-7B", 1) == taken("Llama-2-7B", 16)


def test_it_is_said_how_passes_are_counted() -> None:
    subject = _tiny()
    (line,) = (line for line in assumptions_of(subject, list(_plans(subject).values()), 0.05) if "kernels" in line)
    assert "2.8 to 8.4 ms" in line


@pytest.mark.parametrize("steps", [50, 5_000, 1_000_000])
def test_nobody_is_told_to_save_every_few_milliseconds(steps: int) -> None:
    subject = _tiny(steps)
    write = checkpoints_of(subject).write_seconds.best
    for plan in _plans(subject).values():
        slowest = plan.wall_hours[1] * 60
        step = slowest / plan.steps
        assert plan.save_every.low == plan.steps or plan.save_every.low * step >= 1
        assert plan.save_every.low == plan.steps or plan.save_every.low * step * 60 >= 3 * write
        stuck = next(one for one in alarms_for(subject, plan) if one.name == say("en", "guidance.alarm_age_name"))
        assert stuck.high is not None
        assert stuck.high >= 10


def test_more_cards_than_sequences_stay_within_the_bounds_of_the_rate() -> None:
    subject = _tiny()
    plans, rate = _plans(subject), schedule_of(subject).rate
    assert [plans[key].step_sequences for key in (OWN, EIGHT, NODES)] == [2, 8, 16]
    assert plans[OWN].learning_rate == rate.best
    assert rate.best < plans[EIGHT].learning_rate <= plans[NODES].learning_rate <= rate.high
    assert all(rate.low <= row.rate <= rate.high for row in schedule_of(subject).scaled)


def test_a_run_of_few_large_steps_still_comes_to_its_peak() -> None:
    subject = _tiny(300)
    scheduler = subject.run.scheduler.model_copy(update={"warmup_steps": 100})
    run, plans = subject.run.model_copy(update={"scheduler": scheduler}), _plans(subject)
    assert not any("warmup" in word for word in overrides_of(run, plans[OWN]))
    assert plans[NODES].steps == 38
    assert "scheduler.warmup_steps=2" in overrides_of(run, plans[NODES])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_figures_below_what_people_tell_apart(lang: Lang) -> None:
    assert say(lang, "technology.seconds", low="3.6", high="11") == hours(lang, (0.001, 0.003))
    assert "min" in hours("en", (0.1, 0.3))
    assert money((0.0001, 0.004)) == "< $0.01"
    assert money((0.004, 0.02)) == "$0-0.02"
    assert money((1.0, 20.0)) == "$1.0-20"
    assert (card_hours((1e-5, 1e-4)), card_hours((1e-3, 0.5))) == ("< 0.01", "0 - 0.5")
    assert (minutes(0.004), minutes(12)) == ("< 1", "12")
    assert (percent(0.0061), percent(0.45)) == ("0.6%", "45%")
