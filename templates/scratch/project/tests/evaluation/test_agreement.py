"""Worked examples from the literature, and what must hold for any ratings."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratch_llm.evaluation.human import cohen_kappa, fleiss_kappa, krippendorff_alpha

# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section E: four observers, twelve units.
OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]
# Fleiss' kappa, the example of Wikipedia's article: fourteen raters put ten subjects into five categories.
PSYCHIATRIC = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]
RATINGS = st.lists(st.tuples(*[st.integers(1, 5)] * 3), min_size=2, max_size=12)


@pytest.mark.fast
@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_krippendorff_alpha_equals_the_published_values(level, alpha) -> None:
    assert krippendorff_alpha(OBSERVERS, level) == pytest.approx(alpha, abs=5e-4)


@pytest.mark.fast
def test_fleiss_kappa_equals_the_published_value() -> None:
    assert fleiss_kappa(PSYCHIATRIC) == pytest.approx(0.210, abs=5e-4)


@pytest.mark.fast
def test_cohen_kappa_equals_the_published_value() -> None:
    # Two readers and fifty grant proposals: both yes 20, both no 15, and 5 and 10 where they differ (Wikipedia).
    first = [1] * 25 + [0] * 25
    second = [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15
    assert cohen_kappa(first, second) == pytest.approx(0.4)


@pytest.mark.fast
def test_quadratic_weights_forgive_near_misses() -> None:
    near, far = [1, 2, 3, 4, 5, 4], [1, 2, 3, 4, 5, 1]
    assert cohen_kappa([1, 2, 3, 4, 5, 5], near, weights="quadratic") > 0.9
    assert cohen_kappa([1, 2, 3, 4, 5, 5], far, weights="quadratic") < 0.7
    assert cohen_kappa([1, 2, 3, 4, 5, 5], near) < 0.9


@given(RATINGS)
def test_one_opinion_is_full_agreement(items) -> None:
    first = [item[0] for item in items]
    assert krippendorff_alpha([first, first, first]) == pytest.approx(1.0)
    assert cohen_kappa(first, first) == pytest.approx(1.0)


@given(RATINGS, st.permutations(range(3)))
def test_alpha_does_not_depend_on_the_order_of_raters_or_items(items, order) -> None:
    rows = [list(row) for row in zip(*items, strict=True)]
    turned = [list(reversed(rows[place])) for place in order]
    assert krippendorff_alpha(turned) == pytest.approx(krippendorff_alpha(rows))


@given(RATINGS)
def test_agreement_never_exceeds_one(items) -> None:
    rows = [list(row) for row in zip(*items, strict=True)]
    counts = [[item.count(value) for value in range(1, 6)] for item in items]
    assert krippendorff_alpha(rows) <= 1 + 1e-9
    assert fleiss_kappa(counts) <= 1 + 1e-9


@pytest.mark.fast
def test_raters_who_contradict_each_other_are_below_chance() -> None:
    assert krippendorff_alpha([[1, 5, 1, 5], [5, 1, 5, 1]]) < 0
    assert cohen_kappa([1, 5, 1, 5], [5, 1, 5, 1]) == pytest.approx(-1.0)


@pytest.mark.fast
@pytest.mark.parametrize("rows", [[[1, None], [None, 5]], [[None], [None]]])
def test_raters_without_an_item_in_common_have_no_agreement(rows) -> None:
    assert math.isnan(krippendorff_alpha(rows))
