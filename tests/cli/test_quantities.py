"""Numbers as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.cli.quantities import whole_number
from framework.errors import UsageError


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("300B", 300_000_000_000),
        ("1.5T", 1_500_000_000_000),
        ("2e12", 2_000_000_000_000),
        ("10M", 10_000_000),
        ("10 m", 10_000_000),
        ("4k", 4_000),
        ("200_000", 200_000),
        ("1,000,000", 1_000_000),
        ("3亿", 300_000_000),
        ("1", 1),
    ],
)
def test_a_number_is_understood(written: str, number: int) -> None:
    assert whole_number("--tokens", written) == number


@given(st.integers(min_value=1, max_value=10**15))
def test_plain_digits_and_grouped_digits_are_the_number(number: int) -> None:
    assert whole_number("--tokens", str(number)) == number
    assert whole_number("--tokens", f"{number:,}") == number


def test_a_context_counts_in_powers_of_two() -> None:
    assert whole_number("--context", "4k", kilo=1024) == 4096


@pytest.mark.parametrize("written", ["", "many", "-5", "0", "0.1", "1e99", "5X", "1..5", "nan", "inf", "1,00", "²"])
def test_what_is_no_number_is_refused_with_examples(written: str) -> None:
    with pytest.raises(UsageError) as refused:
        whole_number("--tokens", written)
    assert repr(written) in refused.value.message
    assert "300B" in refused.value.hint
