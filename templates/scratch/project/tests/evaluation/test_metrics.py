import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratch_llm.evaluation.bootstrap import interval, ratio, sign_test
from scratch_llm.evaluation.metrics import (
    accuracy,
    answer_tokens,
    exact_match,
    macro_f1,
    micro_f1,
    token_f1,
)

pytestmark = pytest.mark.fast
LABELS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=30)


def test_case_width_punctuation_and_articles_do_not_count() -> None:
    assert answer_tokens("The  Cat, a “DOG”!") == ["cat", "dog"]
    assert answer_tokens("Ｔｅｎ！") == ["ten"]


def test_chinese_is_compared_by_character() -> None:
    assert answer_tokens("四条腿。") == ["四", "条", "腿"]
    assert token_f1("四条", ["四条腿。"]) == pytest.approx(2 * 2 / 5)


def test_exact_match_takes_any_reference() -> None:
    assert exact_match("four!", ["4", "Four"]) == 1.0
    assert exact_match("forty", ["4", "Four"]) == 0.0


def test_token_f1_is_harmonic_mean_of_precision_and_recall() -> None:
    # 2 of 3 words are right, 2 of 4 are found: 2 * (2/3 * 1/2) / (2/3 + 1/2)
    assert token_f1("red blue pink", ["red blue green white"]) == pytest.approx(4 / 7)
    assert token_f1("red red", ["red"]) == pytest.approx(2 / 3)
    assert token_f1("", ["red"]) == 0.0


def test_macro_f1_of_a_hand_computed_case() -> None:
    actual = ["a", "a", "a", "b", "b", "c"]
    predicted = ["a", "a", "b", "b", "c", "c"]
    assert macro_f1(predicted, actual) == pytest.approx((4 / 5 + 1 / 2 + 2 / 3) / 3)
    assert micro_f1(predicted, actual) == pytest.approx(4 / 6)


def test_a_rare_label_weighs_as_much_as_a_frequent_one_in_macro_f1() -> None:
    actual = ["a"] * 9 + ["b"]
    assert accuracy(["a"] * 10, actual) == 0.9
    assert macro_f1(["a"] * 10, actual) == pytest.approx((18 / 19 + 0) / 2)


@given(LABELS)
def test_micro_f1_equals_accuracy_where_each_example_has_one_label(pairs: list[tuple[str, str]]) -> None:
    predicted, actual = zip(*pairs, strict=True)
    assert micro_f1(predicted, actual) == pytest.approx(accuracy(predicted, actual))
    assert 0 <= macro_f1(predicted, actual) <= 1


def test_interval_holds_the_true_mean_about_as_often_as_it_says() -> None:
    import numpy as np

    rng = np.random.default_rng(0)
    samples = rng.normal(3.0, 1.0, size=(200, 40))
    inside = [found.low <= 3.0 <= found.high for found in (interval(s, n_resample=300) for s in samples)]
    assert 0.88 <= sum(inside) / len(inside) <= 0.98


def test_interval_is_the_same_for_the_same_seed() -> None:
    values = [i**2 for i in range(30)]
    assert interval(values, seed=3) == interval(values, seed=3)
    assert interval(values, seed=3) != interval(values, seed=4)


def test_ratio_weighs_examples_by_their_size() -> None:
    assert interval([(1, 1), (30, 10)], ratio).value == pytest.approx(31 / 11)


@pytest.mark.parametrize(("wins", "losses", "p"), [(0, 0, 1.0), (5, 5, 1.0), (9, 1, 22 / 1024), (1, 9, 22 / 1024)])
def test_sign_test_equals_the_binomial_tail(wins: int, losses: int, p: float) -> None:
    assert sign_test(wins, losses) == pytest.approx(p)
