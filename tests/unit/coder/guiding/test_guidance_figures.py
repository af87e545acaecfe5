"""Tokens, rates, checkpoints and money, against what is computed by hand; and the figures beside tech.md's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest

from agents.coder.guiding.amounts import amount_of, rate_at, schedule_of
from agents.coder.guiding.explaining import explained
from agents.coder.guiding.facts import facts
from agents.coder.guiding.full_run import FullRun, Model
from agents.coder.guiding.hardware import EIGHT, OWN, hardware_for
from agents.coder.guiding.measuring import measured_in
from agents.coder.guiding.plans import Margins, checkpoints_of, plan_for
from agents.coder.guiding.scripts import slurm_time
from framework.artifacts.bugfix import Bugfix, Check, Measures, ProbeRow
from framework.artifacts.bugfix import Figure as CalibrationFigure
from framework.artifacts.guidance import Measured, Plan
from framework.artifacts.guidance_figures import differences
from framework.knowledge.catalog import find_accelerator
from framework.knowledge.parameters import count_parameters
from tests.unit.coder.guiding.desk import SENTENCES, chosen, family_run, subject_of

MARGINS = Margins(0.05)
_NOTHING = {
    **{"machine": "here", "device": "cpu", "tokens_per_s": None, "memory_gb": None, "memory_extra_gb": 0},
    **{"speed_factor": None, "first_loss": None, "last_loss": None},
}


def _plans(which: str, **loop: object) -> dict[str, Plan]:
    subject = subject_of(which, **loop)
    return {one.key: plan_for(subject, one, MARGINS) for one in hardware_for(chosen(which)[1])}


@pytest.mark.parametrize(
    ("name", "total", "active"),
    [
        ("configs/pretrain/full.yaml", 14_162_304, 14_162_304),
        ("configs/pretrain/124m.yaml", 123_587_328, 123_587_328),
        ("configs/pretrain/1b_model_pretrain.yaml", 1_040_254_976, 1_040_254_976),
        ("configs/pretrain/small_mla.yaml", 14_949_504, 14_949_504),
    ],
)
def test_parameters_are_those_that_the_project_counts(name: str, total: int, active: int) -> None:
    counted = count_parameters(family_run(name).architecture)
    assert (counted.total, counted.active) == (total, active)


def test_a_mixture_has_fewer_active_parameters() -> None:
    counted = count_parameters(family_run("configs/pretrain/small_moe.yaml").architecture)
    assert counted.total == 42_498_432
    assert counted.active < counted.total


def test_the_rate_goes_with_the_root_of_the_step() -> None:
    assert rate_at(3e-4, 4) == pytest.approx(6e-4)
    assert rate_at(3e-4, 0.25) == pytest.approx(1.5e-4)


def test_steps_and_tokens_by_hand() -> None:
    """The card of 24 GB: 64 x 4 sequences of 512 tokens are 131,072 a step."""
    subject = subject_of("card_24", max_steps=1000)
    assert subject.step_tokens == 64 * 4 * 512
    assert subject.tokens == 131_072_000
    amount = amount_of(subject)
    assert amount.compute_optimal == 20 * amount.params
    assert amount.tokens.best == 131_072_000
    assert amount.epochs is not None
    assert amount.epochs.best == pytest.approx(131_072_000 / (2_119_719 * 224), rel=0.01)


def test_epochs_count_where_no_steps_are_given() -> None:
    subject = subject_of("card_24", max_steps=0, epochs=2.0)
    assert subject.tokens == 2 * 2_119_719 * 224
    assert subject.steps == math.ceil(subject.tokens / subject.step_tokens)


def test_a_checkpoint_is_twelve_bytes_a_parameter() -> None:
    subject = subject_of("card_24")
    saved = checkpoints_of(subject)
    assert saved.size_gb == pytest.approx(12 * count_parameters(subject.run.architecture).total / 1e9, rel=0.01)
    assert saved.kept == 4
    assert saved.disk_gb == pytest.approx(5 * saved.size_gb, rel=0.01)


def test_money_is_hours_by_price() -> None:
    for plan in _plans("eight").values():
        price = find_accelerator(plan.machine.accelerator).usd_per_hour
        assert plan.price_span_usd == pytest.approx((plan.gpu_hours[0] * price.low, plan.gpu_hours[1] * price.high))
        assert plan.cost_usd == pytest.approx(
            tuple(h * math.sqrt(price.low * price.high) for h in plan.gpu_hours), rel=1e-3
        )
        assert plan.wall_hours == pytest.approx(tuple(h / plan.machine.count for h in plan.gpu_hours), rel=1e-3)
        assert plan.tokens_per_s[0] == pytest.approx(plan.tokens / plan.wall_hours[1] / 3600)


@pytest.mark.parametrize("which", SENTENCES)
def test_the_step_is_the_same_on_every_machine(which: str) -> None:
    """Within a twentieth, so that one learning rate serves all."""
    subject = subject_of(which)
    for plan in _plans(which).values():
        assert subject.in_step <= plan.step_sequences <= 1.05 * subject.in_step
        assert plan.learning_rate == pytest.approx(subject.run.optimizer.params.lr, rel=0.03)


@pytest.mark.parametrize("which", SENTENCES)
def test_saving_costs_little_and_loses_little(which: str) -> None:
    subject = subject_of(which)
    write = checkpoints_of(subject).write_seconds.best
    for plan in _plans(which).values():
        whole = math.sqrt(plan.wall_hours[0] * plan.wall_hours[1]) * 60
        assert plan.save_every.best <= plan.steps
        assert plan.save_minutes.best <= max(30.5, 100 * write / 60 * 1.02)
        assert plan.save_minutes.best >= min(100 * write / 60, whole / 4) * 0.9


def test_the_schedule_is_that_of_the_configuration() -> None:
    subject = subject_of("hours")
    schedule = schedule_of(subject)
    assert schedule.rate.best == subject.run.optimizer.params.lr
    assert schedule.warmup.best == subject.run.scheduler.warmup_steps
    assert schedule.rate.low < schedule.rate.best < schedule.rate.high


def test_the_published_run_of_the_nearest_size() -> None:
    assert facts().rates.near(30_000_000).params == 125_000_000
    assert facts().rates.near(1_040_000_000).params == 1_300_000_000


@pytest.mark.parametrize("which", SENTENCES)
def test_every_difference_from_tech_is_explained(which: str) -> None:
    subject, (_, tech) = subject_of(which), chosen(which)
    plans = list(_plans(which).values())
    rows = differences(tech, subject.candidate, amount_of(subject), schedule_of(subject), plans)
    assert {row.figure for row in rows} >= {"tokens", "learning_rate", "memory_gb", "gpu_hours", "cost_usd"}
    for row in (explained(row, subject, plans, None) for row in rows):
        assert bool(row.why) != row.inside


def test_an_edited_rate_is_named_as_the_reason() -> None:
    subject, (_, tech) = subject_of("card_24"), chosen("card_24")
    params = subject.run.optimizer.params.model_copy(update={"lr": 0.005})
    optimizer = subject.run.optimizer.model_copy(update={"params": params})
    changed = subject.__class__(
        subject.run.model_copy(update={"optimizer": optimizer}), subject.candidate, subject.cards, subject.lang
    )
    plans = [plan_for(changed, one, MARGINS) for one in hardware_for(tech)]
    rows = differences(tech, changed.candidate, amount_of(changed), schedule_of(changed), plans)
    rate = next(explained(row, changed, plans, None) for row in rows if row.figure == "learning_rate")
    assert "0.005" in rate.why
    assert "configs/pretrain/full.yaml" in rate.why


def test_what_was_measured_corrects_a_processor_and_nothing_else() -> None:
    subject, (_, tech) = subject_of("cpu"), chosen("cpu")
    halved = Margins(0.05, speed_factor=0.5)
    own, eight = (one for one in hardware_for(tech) if one.key in (OWN, EIGHT))
    assert plan_for(subject, own, halved).wall_hours[0] == pytest.approx(
        2 * plan_for(subject, own, MARGINS).wall_hours[0]
    )
    assert plan_for(subject, eight, halved).wall_hours == plan_for(subject, eight, MARGINS).wall_hours
    plans = [plan_for(subject, own, halved)]
    rows = differences(tech, subject.candidate, amount_of(subject), schedule_of(subject), plans)
    measured = Measured.model_validate(_NOTHING | {"speed_factor": 0.5})
    wall = next(explained(row, subject, plans, measured) for row in rows if row.figure == "wall_hours")
    assert "50%" in wall.why


def test_a_model_that_is_too_large_is_refused_with_its_figures() -> None:
    subject = subject_of("card_24")
    large = FullRun(model=Model(n_layer=48, d_model=6144, n_head=48, n_kv_head=8, context_length=2048))
    plan = plan_for(
        subject.__class__(large, subject.candidate, 1, "en"), hardware_for(chosen("card_24")[1])[0], MARGINS
    )
    assert not plan.fits
    assert plan.memory_gb > plan.usable_gb
    assert "22.8 GB" in plan.why_not  # 24 without the margin


@pytest.mark.parametrize(("hours", "text"), [(0.01, "0-00:15:00"), (7.5, "0-07:30:00"), (50, "2-02:00:00")])
def test_time_as_slurm_reads_it(hours: float, text: str) -> None:
    assert slurm_time(hours) == text


def _bugfix(evaluated: str = "2.1234", figures: Sequence[CalibrationFigure] = ()) -> Bugfix:
    """As much of a report of the debug stage as the guidance reads."""
    measures: dict[str, Any] = {"machine": "x86_64, 2 cores", "device": "cpu", "figures": list(figures)}
    fields: dict[str, Any] = {
        "checks": [Check(name="evaluated", passed=True, measured=evaluated, wanted="-")],
        "probes": [ProbeRow(name="initial_loss", passed=True, measured="loss 6.65", limit="0.1", why="")],
        "measures": Measures.model_construct(**measures) if figures else None,
    }
    return Bugfix.model_construct(**fields)


_FIGURES = [
    CalibrationFigure(name="tokens_per_s", predicted=4000, measured=1000, factor=0.25),
    CalibrationFigure(name="memory_gb", predicted=0.75, measured=1.0, factor=4 / 3),
]


def test_the_calibration_is_that_of_the_debug_stage() -> None:
    measured = measured_in(_bugfix(figures=_FIGURES))
    assert measured is not None
    assert (measured.speed_factor, measured.memory_extra_gb) == (0.25, 0.25)
    assert (measured.first_loss, measured.last_loss) == (6.65, 2.1234)


@pytest.mark.parametrize("text", ["-", "", "nan", "inf", "no step"])
def test_what_is_no_figure_is_unknown(text: str) -> None:
    measured = measured_in(_bugfix(text, _FIGURES))
    assert measured is not None
    assert measured.last_loss is None


def test_a_figure_among_words_is_found() -> None:
    measured = measured_in(_bugfix("step 40: loss 2.9", _FIGURES))
    assert measured is not None
    assert measured.last_loss == 2.9


def test_nothing_is_measured_without_measures() -> None:
    assert measured_in(_bugfix()) is None
    assert measured_in(None) is None
