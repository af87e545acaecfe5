"""Batches: what fits by the estimator, what a step is made of, and when cards hold copies."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.coder.guiding.fitting import Card, Fit, fit, part_of
from agents.coder.guiding.full_run import FullRun, Loop, Model, Tokenizer
from agents.coder.machines import machine_named
from framework.artifacts.guidance import Strategy
from framework.artifacts.tech import Machine
from framework.knowledge.catalog import accelerators, efficiency_of, find_accelerator
from framework.knowledge.memory import Plan, training_memory
from tests.unit.coder.guiding.desk import family_run

HEADROOM = 0.05


def _machine(name: str, count: int) -> Machine:
    return machine_named(name, 1 if find_accelerator(name).kind == "cpu" else count)


def _taken(run: FullRun, machine: Machine, found: Fit, batch: int) -> float:
    """The estimator asked directly."""
    plan = Plan(
        method="full",
        context=run.context,
        batch=batch,
        checkpointing=found.checkpointing,
        cards=machine.count if found.strategy == "fsdp2" else 1,
        half=found.precision != "fp32",
    )
    overhead = efficiency_of(find_accelerator(machine.accelerator)).overhead_gb
    return training_memory(run.architecture, plan, overhead).total


models = st.builds(
    lambda layers, heads, head, context, vocab: FullRun(
        model=Model(n_layer=layers, d_model=heads * head, n_head=heads, n_kv_head=heads, context_length=context),
        tokenizer=Tokenizer(vocab_size=vocab),
    ),
    st.integers(1, 80),
    st.integers(1, 64),
    st.sampled_from([32, 64, 128]),
    st.sampled_from([128, 512, 2048, 8192]),
    st.integers(300, 150_000),
)
machines = st.builds(_machine, st.sampled_from([one.name for one in accelerators()]), st.sampled_from([1, 2, 4, 8, 16]))


@settings(max_examples=150, deadline=None)
@given(models, machines, st.integers(1, 2048))
def test_every_batch_fits_with_its_margin_and_makes_up_the_step(run: FullRun, machine: Machine, in_step: int) -> None:
    card = Card(run, machine, HEADROOM)
    found = fit(card, in_step)
    if found is None:
        return
    usable = machine.memory_gb * efficiency_of(find_accelerator(machine.accelerator)).usable
    assert _taken(run, machine, found, found.batch.best) <= usable * (1 - HEADROOM) + 1e-9
    assert _taken(run, machine, found, found.batch.high) <= usable * (1 - HEADROOM) + 1e-9
    assert found.batch.low <= found.batch.best <= found.batch.high
    made = found.batch.best * found.accumulation * machine.count
    assert made >= in_step
    assert made < in_step + machine.count * (1 + found.accumulation)  # not a row more than equal parts need


@settings(max_examples=60, deadline=None)
@given(models, machines)
def test_what_does_not_fit_does_not_fit_with_everything_saved(run: FullRun, machine: Machine) -> None:
    card = Card(run, machine, HEADROOM)
    strategies: list[Strategy] = ["one_process"] if machine.count == 1 else ["ddp", "fsdp2"]
    if fit(card, 64) is None:
        least = min(
            card.taken(strategy, 1, True, "bf16" if machine.precision == "bf16" else "fp32") for strategy in strategies
        )
        assert least > card.room_gb


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_a_share_is_cut_into_few_equal_parts(share: int, largest: int) -> None:
    part = part_of(share, largest)
    assert 1 <= part <= max(largest, 1)
    times = math.ceil(share / part)
    assert times * part - share < times
    assert part >= min(largest, share) / 4.1  # never much smaller than it could be


@pytest.mark.parametrize(
    ("share", "largest", "part"),
    [
        (256, 139, 128),
        (256, 300, 256),
        (32, 20, 16),
        (86, 40, 29),
        (1, 9, 1),
        (97, 50, 49),
        (64, 48, 32),
        (256, 95, 64),
    ],
)
def test_parts_by_hand(share: int, largest: int, part: int) -> None:
    assert part_of(share, largest) == part


def test_states_are_sixteen_bytes_a_parameter() -> None:
    """14,162,304 parameters, as the project itself counts them."""
    card = Card(family_run(), machine_named("RTX 4090", 1), HEADROOM)
    assert card.states_gb == pytest.approx(14_162_304 * 16 / 1e9)


def test_copies_while_the_states_take_half_of_a_card() -> None:
    """2 x 40 GB: 1.2B parameters are 19.3 GB and are copied, 1.6B are 25 GB and are shared."""
    machine = _machine("A100", 2).model_copy(update={"memory_gb": 40.0})

    def strategy(layers: int) -> str:
        model = Model(n_layer=layers, d_model=2048, n_head=16, n_kv_head=16, d_ff=5632, context_length=512)
        found = fit(Card(FullRun(model=model, tokenizer=Tokenizer(vocab_size=32000)), machine, HEADROOM), 64)
        assert found is not None
        return found.strategy

    assert [strategy(22), strategy(30)] == ["ddp", "fsdp2"]


def test_sharding_never_goes_with_fp16() -> None:
    """The project refuses the two together."""
    model = Model(n_layer=24, d_model=2048, n_head=16, n_kv_head=16, context_length=512)
    run = FullRun(model=model, tokenizer=Tokenizer(vocab_size=32000))
    found = fit(Card(run, _machine("V100", 8), HEADROOM), 64)
    assert found is not None
    assert (found.strategy, found.precision) in {("fsdp2", "fp32"), ("ddp", "fp16")}


def test_a_processor_takes_no_larger_batch_than_the_run_says() -> None:
    run = FullRun(training=Loop(batch_size=16, accumulate=4))
    found = fit(Card(run, machine_named("CPU", 1), HEADROOM), 64)
    assert found is not None
    assert (found.batch.best, found.accumulation) == (16, 4)
