"""The learning rate follows its schedule."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratch_llm.config import SchedulerConfig
from scratch_llm.training.schedule import lr_factor

pytestmark = pytest.mark.fast


def factors(total: int, **config: object) -> list[float]:
    schedule = SchedulerConfig.model_validate(config)
    return [lr_factor(step, total, schedule) for step in range(total)]


def test_warm_up_is_linear_and_reaches_the_peak() -> None:
    assert factors(8, name="constant", warmup_steps=4) == [0.25, 0.5, 0.75, 1, 1, 1, 1, 1]


def test_cosine_ends_at_the_minimum() -> None:
    values = factors(12, name="cosine", warmup_steps=2, min_lr_ratio=0.2)
    assert values[:2] == [0.5, 1.0]
    assert values[6] == pytest.approx(0.2 + 0.8 * (1 + math.cos(math.pi * 0.5)) / 2)  # five of ten decaying steps
    assert values[-1] == pytest.approx(0.2)


def test_wsd_is_stable_and_then_falls_in_a_line() -> None:
    values = factors(10, name="wsd", warmup_steps=1, min_lr_ratio=0.0, decay_share=0.4)
    assert values == pytest.approx([1, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25, 0])


@given(
    total=st.integers(1, 60),
    warmup=st.integers(0, 80),
    name=st.sampled_from(["cosine", "wsd", "constant"]),
    least=st.floats(0, 1),
    share=st.floats(0.01, 1),
)
def test_it_rises_once_and_falls_once(total: int, warmup: int, name: str, least: float, share: float) -> None:
    values = factors(total, name=name, warmup_steps=warmup, min_lr_ratio=least, decay_share=share)
    peak = values.index(max(values))
    assert values[: peak + 1] == sorted(values[: peak + 1])
    assert values[peak:] == sorted(values[peak:], reverse=True)
    assert min(values) >= 0
    assert max(values) <= 1
