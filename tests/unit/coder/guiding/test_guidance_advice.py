"""What is said beside the figures: alarms and drills that suit the run, and assumptions that can be held to account."""

from __future__ import annotations

import math

import pytest

from agents.coder.guiding.advice import assumptions_of
from agents.coder.guiding.amounts import schedule_of
from agents.coder.guiding.hardware import hardware_for
from agents.coder.guiding.plans import Margins, plan_for
from agents.coder.guiding.watching import alarms_for, drills_for
from framework.artifacts.guidance import Plan
from framework.knowledge.parameters import count_parameters
from framework.messages import LANGUAGES, Lang, say
from tests.unit.coder.guiding.desk import chosen, subject_of


def _plans(which: str) -> list[Plan]:
    subject = subject_of(which)
    return [plan_for(subject, one, Margins(0.05)) for one in hardware_for(chosen(which)[1])]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_two_processes_of_a_drill_need_no_second_card(lang: Lang) -> None:
    killed = next(one for one in drills_for(lang) if one.name == say(lang, "guidance.drill_killed_name"))
    started = [line.partition(" & ")[0].split() for line in killed.lines if "torchrun" in line]
    assert len(started) == 2
    assert all("device=cpu" in words and words[:3:2] == ["torchrun", "--nproc_per_node=2"] for words in started)


@pytest.mark.parametrize(("batch", "share"), [(64, 0.65), (1, 0.9)])
def test_the_loss_after_a_long_warm_up_is_held_to_more(batch: int, share: float) -> None:
    subject = subject_of("card_24", batch_size=batch, accumulate=4 if batch > 1 else 1)
    alarm = next(one for one in alarms_for(subject, _plans("card_24")[0]) if one.name == "loss after the warm-up")
    assert alarm.high == pytest.approx(math.log(subject.run.vocab) * share, rel=0.01)
    assert (subject.run.scheduler.warmup_steps * subject.step_tokens >= 10_000_000) == (share < 0.9)


def test_cards_that_are_counted_as_so_many_times_one_say_which_link_that_takes() -> None:
    subject, plans = subject_of("eight"), _plans("eight")
    said = [line for line in assumptions_of(subject, plans, 0.05) if "are counted as" in line]
    several = [plan for plan in plans if plan.machine.count > 1 and plan.fits]
    assert len(said) == len(several) > 1
    gradients = 4 * count_parameters(subject.run.architecture).total / 1e9
    for line, plan in zip(said, several, strict=True):
        assert plan.sharing.strategy == "ddp"
        cards, step = plan.machine.count, plan.wall_hours[0] * 3600 / plan.steps
        moved = 2 * (cards - 1) / cards * gradients
        assert f"{moved:.3g} GB a step" in line
        assert f"{moved / step * 10:.2g} GB/s" in line
        assert ("network between the nodes" in line) == (plan.nodes > 1)


def test_one_card_exchanges_nothing() -> None:
    subject = subject_of("card_24")
    alone = [plan for plan in _plans("card_24") if plan.machine.count == 1]
    assert not any("are counted as" in line for line in assumptions_of(subject, alone, 0.05))


def test_the_published_rate_is_not_called_the_end_of_the_search() -> None:
    schedule = schedule_of(subject_of("card_24"))
    published = next(fact.text for fact in schedule.facts if "published run" in fact.text)
    assert "lower end" not in published
    assert schedule.rate.low <= float(published.partition("that is ")[2].partition(":")[0])


@pytest.mark.parametrize("which", ["card_24", "cpu"])
def test_a_small_model_on_a_card_answers_no_faster_than_its_layers_are_started(which: str) -> None:
    subject, (_, tech) = subject_of(which), chosen(which)
    serving = subject.candidate.serving
    assert serving is not None
    assert serving.answer_tokens
    started = 0.05 * subject.run.model.n_layer if tech.machines[0].kind != "cpu" else 0.0
    assert serving.latency_ms[0] / serving.answer_tokens > started
