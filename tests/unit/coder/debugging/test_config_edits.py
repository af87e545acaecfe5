"""A config is changed where it must be; everything else stays as it was written."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agents.coder.debugging import config_edits

TEXT = "# head\na: 1  # one\nb:\n  c: 3e-4   # slow\n  d: [1, 2]\ne: {f: x, g: y}\n"


def test_a_value() -> None:
    assert config_edits.with_value(TEXT, "b.c", 0.5) == TEXT.replace("3e-4", "0.5")
    assert config_edits.with_value(TEXT, "e.f", "a: b") == TEXT.replace("f: x", "f: 'a: b'")


@pytest.mark.parametrize(("key", "line"), [("b.h", "  h: 7"), ("z", "z: 7"), ("q.r", "q:\n  r: 7")])
def test_a_key_that_is_missing(key: str, line: str) -> None:
    new = config_edits.with_value(TEXT, key, 7)
    assert new is not None and f"\n{line}\n" in new + "\n"
    assert [each for each in TEXT.splitlines() if each not in new] == []


def test_another_name_and_another_section() -> None:
    assert config_edits.renamed(TEXT, "b.c", "b.lr") == TEXT.replace("c: 3e-4", "lr: 3e-4")
    moved = config_edits.renamed(TEXT, "a", "b.a")
    assert moved is not None and yaml.safe_load(moved)["b"] == {"c": "3e-4", "d": [1, 2], "a": 1}


@pytest.mark.parametrize("key", ["a", "b.c", "b.d", "e.f", "e.g", "b"])
def test_a_key_is_taken_out(key: str) -> None:
    new = config_edits.without(TEXT, key)
    assert new is not None
    assert set(config_edits.keys(TEXT)) - set(config_edits.keys(new)) >= {key}


@given(st.one_of(st.text(max_size=20), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans()))
def test_any_value_is_read_back(value: str | int | float | bool) -> None:
    new = config_edits.with_value(TEXT, "b.c", value)
    if new is not None:
        assert yaml.safe_load(new)["b"]["c"] == value
        assert "# head" in new and "# slow" in new
