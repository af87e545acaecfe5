"""What may be chosen, how often, and by whose random numbers."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from scratch_llm.inference.request import SamplingParams
from scratch_llm.inference.sampling import Sampler, choose

LOGITS = st.lists(st.floats(-30, 30), min_size=2, max_size=12)


def draws(logits: list[float], n: int = 50, prompt: tuple[int, ...] = (), **params: object) -> list[int]:
    sampler = Sampler(SamplingParams(seed=1, **params), prompt)
    return [choose(torch.tensor([logits]), [sampler])[0] for _ in range(n)]


def test_temperature_zero_takes_the_likeliest() -> None:
    assert draws([0.0, 3.0, 2.9], temperature=0) == [1] * 50


@pytest.mark.parametrize("top_p", [0.0, 1e-9])
def test_a_vanishing_top_p_is_greedy(top_p: float) -> None:
    assert draws([0.0, 3.0, 2.9], top_p=top_p) == [1] * 50


def test_a_vanishing_temperature_is_greedy_and_finite() -> None:
    assert draws([80.0, 90.0, -90.0], temperature=1e-300) == [1] * 50


@pytest.mark.parametrize("temperature", [0, 1.0])
def test_ties_go_to_the_lower_id(temperature: float) -> None:
    assert draws([1.0, 2.0, 2.0, 2.0], top_k=1, temperature=temperature) == [1] * 50


def test_top_k_keeps_exactly_k_of_equal_tokens() -> None:
    assert set(draws([1.0, 2.0, 2.0, 2.0], top_k=2, n=200)) == {1, 2}


def test_top_p_keeps_the_token_that_crosses_the_threshold() -> None:
    logits = torch.tensor([0.5, 0.3, 0.2]).log().tolist()
    assert set(draws(logits, top_p=0.6, n=200)) == {0, 1}


def test_top_k_comes_before_top_p() -> None:
    # Of the two kept tokens the first has 5/8, which alone reaches 0.6.
    logits = torch.tensor([0.5, 0.3, 0.2]).log().tolist()
    assert set(draws(logits, top_k=2, top_p=0.6, n=100)) == {0}


def test_frequencies_follow_the_probabilities() -> None:
    shares = torch.bincount(torch.tensor(draws(torch.tensor([0.6, 0.3, 0.1]).log().tolist(), n=2000))) / 2000
    # Four standard deviations of a share of 2000 draws are 0.044.
    assert torch.allclose(shares, torch.tensor([0.6, 0.3, 0.1]), atol=0.045)


def test_a_high_temperature_makes_tokens_alike() -> None:
    shares = torch.bincount(torch.tensor(draws([5.0, 0.0], temperature=10, n=1000)), minlength=2) / 1000
    assert 0.55 < shares[0] < 0.7  # e^0.5 to 1 is 0.62


def test_a_repetition_penalty_lowers_tokens_of_the_prompt_whatever_their_sign() -> None:
    assert draws([2.0, 1.9], temperature=0, repetition_penalty=1.5, prompt=(0,), n=1) == [1]
    assert draws([-1.0, -1.1], temperature=0, repetition_penalty=1.5, prompt=(0,), n=1) == [1]


def test_a_repetition_penalty_counts_the_answer_too() -> None:
    sampler = Sampler(SamplingParams(temperature=0, repetition_penalty=2.0), [])
    logits = torch.tensor([[2.0, 1.5]])
    assert choose(logits, [sampler]) == [0]
    sampler.note(0)
    assert choose(logits, [sampler]) == [1]
    assert logits.tolist() == [[2.0, 1.5]]


def test_a_seed_repeats_and_no_seed_does_not() -> None:
    logits = torch.zeros(1, 50)
    seeded = [[choose(logits, [sampler])[0] for _ in range(20)] for sampler in _samplers(seed=7)]
    unseeded = [[choose(logits, [sampler])[0] for _ in range(20)] for sampler in _samplers(seed=None)]
    assert seeded[0] == seeded[1]
    assert unseeded[0] != unseeded[1]


def _samplers(seed: int | None) -> list[Sampler]:
    return [Sampler(SamplingParams(seed=seed), []) for _ in range(2)]


@settings(max_examples=50)
@given(
    rows=st.lists(LOGITS.filter(lambda row: len(row) >= 8).map(lambda row: row[:8]), min_size=1, max_size=4),
    temperature=st.sampled_from([0.0, 0.5, 2.0]),
    top_k=st.integers(0, 9),
    top_p=st.sampled_from([0.0, 0.3, 0.9, 1.0]),
    penalty=st.sampled_from([1.0, 1.5]),
)
def test_a_row_is_chosen_alike_alone_and_among_others(
    rows: list[list[float]], temperature: float, top_k: int, top_p: float, penalty: float
) -> None:
    own = {"temperature": temperature, "top_k": top_k, "top_p": top_p, "repetition_penalty": penalty}
    every = [SamplingParams(seed=0, **own), SamplingParams(temperature=0), SamplingParams(seed=2, top_k=3)]
    params = [every[index % 3] for index in range(len(rows))]
    together = choose(torch.tensor(rows), [Sampler(each, [0, 1]) for each in params])
    alone = [choose(torch.tensor([row]), [Sampler(p, [0, 1])])[0] for row, p in zip(rows, params, strict=True)]
    assert together == alone


@settings(max_examples=60)
@given(logits=LOGITS, top_k=st.integers(1, 12), top_p=st.floats(0, 1), seed=st.integers(0, 2**63 - 1))
def test_only_tokens_that_top_k_and_top_p_keep_are_chosen(
    logits: list[float], top_k: int, top_p: float, seed: int
) -> None:
    params = SamplingParams(top_k=top_k, top_p=top_p, seed=seed)
    token = choose(torch.tensor([logits]), [Sampler(params, [])])[0]
    values = torch.tensor(logits)
    rank = sorted(range(len(logits)), key=lambda index: (-values[index].item(), index))
    kept = rank[:top_k]
    assert token in kept
    weights = values.double().exp()[kept]
    before = weights[: kept.index(token)].sum() / weights.sum()
    assert before < top_p + 1e-9 or token == rank[0]


@pytest.mark.parametrize("wish", [{"repetition_penalty": 1e-39}, {"top_k": 2**63}])
def test_wishes_beyond_what_can_be_computed_are_refused(wish: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wish))):
        SamplingParams(**wish)


def test_the_extreme_wishes_that_are_allowed_give_an_answer() -> None:
    assert set(draws([80.0, 90.0, -90.0], prompt=(0, 1), repetition_penalty=0.01, top_k=2**31 - 1)) == {1}


def test_a_row_that_keeps_all_tokens_is_chosen_alike_beside_one_that_keeps_few() -> None:
    logits = torch.linspace(0, 1, 50).repeat(2, 1)
    for seed in range(10):
        whole, few = SamplingParams(seed=seed), SamplingParams(seed=seed, top_k=3)
        together = choose(logits, [Sampler(whole, []), Sampler(few, [])])
        assert together == [choose(logits[:1], [Sampler(params, [])])[0] for params in (whole, few)]
