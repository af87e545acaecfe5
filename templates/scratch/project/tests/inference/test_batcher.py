"""Requests that share a batch do not notice each other."""

import random

import pytest

from scratch_llm.inference import (
    ContinuousBatcher,
    EagerBackend,
    SamplingParams,
    Update,
    generate,
)
from scratch_llm.models import Decoder
from scratch_llm.tokenizers import Tokenizer
from scratch_llm.utils.errors import RequestError

GREEDY = SamplingParams(max_new_tokens=8, temperature=0, ignore_eos=True)
CONTEXT = 96


@pytest.fixture
def batcher(model: Decoder, tokenizer: Tokenizer) -> ContinuousBatcher:
    return ContinuousBatcher(EagerBackend(model, 3, CONTEXT), tokenizer, n_slot=3, length=CONTEXT, prefill_chunk=16)


def prompts(n: int, longest: int = 40) -> list[list[int]]:
    draw = random.Random(0)
    return [[draw.randrange(8, 250) for _ in range(draw.randint(1, longest))] for _ in range(n)]


def drain(batcher: ContinuousBatcher) -> dict[str, list[Update]]:
    answers: dict[str, list[Update]] = {}
    while batcher.n_active or batcher.n_waiting:
        for update in batcher.step():
            answers.setdefault(update.request_id, []).append(update)
    return answers


def tokens(updates: list[Update]) -> list[int]:
    return [token for update in updates for token in update.token_ids]


def test_more_requests_than_slots_give_the_answers_of_one_after_the_other(
    batcher: ContinuousBatcher, model: Decoder, tokenizer: Tokenizer
) -> None:
    every = prompts(7)
    for index, prompt in enumerate(every):
        batcher.add(str(index), prompt, GREEDY)
    answers = drain(batcher)
    for index, prompt in enumerate(every):
        assert tokens(answers[str(index)]) == generate(model, tokenizer, [prompt], GREEDY)[0].token_ids


def test_a_request_that_comes_later_changes_nothing_for_the_others(
    batcher: ContinuousBatcher, model: Decoder, tokenizer: Tokenizer
) -> None:
    first, second = prompts(2)
    batcher.add("first", first, GREEDY)
    early = [update for _ in range(4) for update in batcher.step()]
    batcher.add("second", second, GREEDY)
    late = drain(batcher)
    own = [update for update in early if update.request_id == "first"] + late["first"]
    assert tokens(own) == generate(model, tokenizer, [first], GREEDY)[0].token_ids
    assert tokens(late["second"]) == generate(model, tokenizer, [second], GREEDY)[0].token_ids


@pytest.mark.fast
def test_a_long_prompt_is_read_in_pieces_while_others_are_answered(batcher: ContinuousBatcher) -> None:
    batcher.add("short", [9, 10], GREEDY)
    batcher.step()
    batcher.add("long", list(range(8, 56)), GREEDY)  # three pieces of 16
    seen = [{update.request_id for update in batcher.step()} for _ in range(3)]
    assert seen == [{"short"}, {"short"}, {"short", "long"}]


@pytest.mark.fast
def test_requests_are_served_in_the_order_in_which_they_come(batcher: ContinuousBatcher) -> None:
    for index in range(6):
        batcher.add(str(index), [9 + index], GREEDY)
    finished = [update.request_id for _ in range(30) for update in batcher.step() if update.finish_reason]
    assert finished == [str(index) for index in range(6)]


@pytest.mark.fast
def test_cancelling_frees_the_slot_for_the_next_one(batcher: ContinuousBatcher) -> None:
    for index in range(4):
        batcher.add(str(index), [9 + index], GREEDY)
    batcher.step()
    assert (batcher.n_active, batcher.n_waiting) == (3, 1)
    assert batcher.cancel("1")
    assert (batcher.n_active, batcher.n_waiting) == (2, 1)
    assert {update.request_id for update in batcher.step()} == {"0", "2", "3"}


def test_a_slot_that_was_cancelled_keeps_nothing(
    batcher: ContinuousBatcher, model: Decoder, tokenizer: Tokenizer
) -> None:
    for index, prompt in enumerate(prompts(3)):
        batcher.add(f"old {index}", prompt, GREEDY)
    batcher.step()
    for index in range(3):
        batcher.cancel(f"old {index}")
    batcher.add("new", [30, 31, 32], GREEDY)
    assert tokens(drain(batcher)["new"]) == generate(model, tokenizer, [[30, 31, 32]], GREEDY)[0].token_ids


def test_a_waiting_request_can_be_cancelled_and_an_unknown_one_is_no_error(batcher: ContinuousBatcher) -> None:
    for index in range(4):
        batcher.add(str(index), [9], GREEDY)
    batcher.step()
    assert batcher.cancel("3")
    assert not batcher.cancel("3")
    assert batcher.n_waiting == 0


@pytest.mark.fast
def test_what_does_not_fit_is_refused_with_the_numbers(batcher: ContinuousBatcher) -> None:
    with pytest.raises(RequestError, match=r"90 tokens.*max_new_tokens=8 make 98.*context of 96") as refused:
        batcher.add("a", [9] * 90, GREEDY)
    assert "at most 6 new tokens" in refused.value.hint
    batcher.add("a", [9] * 88, GREEDY)
    assert len(tokens(drain(batcher)["a"])) == 8


def test_ids_that_are_no_tokens_are_refused(batcher: ContinuousBatcher, tokenizer: Tokenizer) -> None:
    for token in (-1, tokenizer.vocab_size):
        with pytest.raises(RequestError, match=f"prompt token {token} is not in"):
            batcher.add("a", [9, token], GREEDY)


def test_a_request_id_is_used_once_at_a_time(batcher: ContinuousBatcher) -> None:
    batcher.add("a", [9], GREEDY)
    with pytest.raises(RequestError, match="'a' is in use"):
        batcher.add("a", [9], GREEDY)
    drain(batcher)
    batcher.add("a", [9], GREEDY)
