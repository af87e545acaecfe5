"""Answers to lists of prompts."""

import pytest
import torch

from scratch_llm.config import ModelConfig
from scratch_llm.inference import EagerBackend, SamplingParams, generate
from scratch_llm.models import Decoder
from scratch_llm.tokenizers import BOS, Tokenizer
from scratch_llm.utils.errors import RequestError

GREEDY = SamplingParams(max_new_tokens=12, temperature=0, ignore_eos=True)
PROMPTS = [[20, 30, 40], [50], [60, 70, 80, 90, 100, 110]]


@pytest.mark.fast
def test_greedy_answers_are_those_of_the_whole_sequence_without_a_cache(model: Decoder, tokenizer: Tokenizer) -> None:
    answers = generate(model, tokenizer, PROMPTS, GREEDY)
    for prompt, answer in zip(PROMPTS, answers, strict=True):
        ids = list(prompt)
        for _ in range(GREEDY.max_new_tokens):
            with torch.no_grad():
                ids.append(model(torch.tensor([ids])).logits[0, -1, : tokenizer.vocab_size].argmax().item())
        assert answer.token_ids == ids[len(prompt) :]


def test_a_seeded_answer_does_not_depend_on_the_batch(model: Decoder, tokenizer: Tokenizer) -> None:
    params = [SamplingParams(max_new_tokens=12, temperature=1.5, seed=seed, ignore_eos=True) for seed in (1, 2, 3)]
    together = generate(model, tokenizer, PROMPTS, params)
    backwards = generate(model, tokenizer, PROMPTS[::-1], params[::-1])[::-1]
    alone = [generate(model, tokenizer, [prompt], own)[0] for prompt, own in zip(PROMPTS, params, strict=True)]
    assert together == backwards == alone


def test_streamed_text_is_the_final_text(model: Decoder, tokenizer: Tokenizer) -> None:
    streamed = ["", "", ""]

    def collect(index: int, text: str) -> None:
        streamed[index] += text

    params = SamplingParams(max_new_tokens=40, temperature=1.0, seed=0, ignore_eos=True)
    answers = generate(model, tokenizer, PROMPTS, params, on_text=collect)
    assert streamed == [answer.text for answer in answers]
    assert streamed == [tokenizer.decode(answer.token_ids) for answer in answers]


def test_a_stop_string_ends_the_answer_and_is_not_in_it(model: Decoder, tokenizer: Tokenizer) -> None:
    [whole] = generate(model, tokenizer, PROMPTS[:1], GREEDY)
    stop = whole.text[4:7]
    [answer] = generate(model, tokenizer, PROMPTS[:1], GREEDY.model_copy(update={"stop": (stop,)}))
    assert answer.text == whole.text[: whole.text.index(stop)]
    assert answer.finish_reason == "stop"
    assert whole.finish_reason == "length"


def test_the_end_token_ends_the_answer_unless_it_is_ignored(model: Decoder, tokenizer: Tokenizer) -> None:
    params = SamplingParams(max_new_tokens=80, temperature=10, seed=3)
    answers = generate(model, tokenizer, [[20]] * 8, [params.model_copy(update={"seed": seed}) for seed in range(8)])
    ignoring = params.model_copy(update={"ignore_eos": True, "seed": 0})
    assert {answer.finish_reason for answer in answers} == {"stop", "length"}
    assert all(len(answer.token_ids) < 80 for answer in answers if answer.finish_reason == "stop")
    assert len(generate(model, tokenizer, [[20]], ignoring)[0].token_ids) == 80


def test_an_empty_prompt_begins_a_text(model: Decoder, tokenizer: Tokenizer) -> None:
    empty, begun = generate(model, tokenizer, [[], [BOS]], GREEDY)
    assert empty == begun
    assert empty.n_prompt_tokens == 1


def test_no_prompts_give_no_answers(model: Decoder, tokenizer: Tokenizer) -> None:
    assert generate(model, tokenizer, [], GREEDY) == []


def test_padding_of_the_vocabulary_is_never_chosen(model: Decoder, tokenizer: Tokenizer) -> None:
    params = SamplingParams(max_new_tokens=90, temperature=10, seed=0, ignore_eos=True)
    assert model.config.vocab_size > tokenizer.vocab_size
    answers = generate(model, tokenizer, [[20]] * 4, params)
    assert max(max(answer.token_ids) for answer in answers) < tokenizer.vocab_size


def test_an_answer_beyond_the_context_is_refused(model: Decoder, tokenizer: Tokenizer) -> None:
    with pytest.raises(RequestError, match="context of 96"):
        generate(model, tokenizer, [[20]], SamplingParams(max_new_tokens=96))


def test_a_model_in_training_is_measured_without_dropout_and_goes_on_training(tokenizer: Tokenizer) -> None:
    torch.manual_seed(0)
    model = Decoder(ModelConfig(vocab_size=320, d_model=32, n_head=2, n_layer=1, context_length=32, dropout=0.5))
    answers = [generate(model.train(), tokenizer, [[20]], GREEDY) for _ in range(2)]
    assert answers[0] == answers[1]
    assert model.training


def test_a_backend_generates_as_its_model_does(model: Decoder, tokenizer: Tokenizer) -> None:
    backend = EagerBackend(model, 2, 64)
    assert generate(backend, tokenizer, PROMPTS, GREEDY) == generate(model, tokenizer, PROMPTS, GREEDY)


@pytest.mark.parametrize("kind", ["mha", "gqa", "mla"])
def test_every_attention_generates_alike_alone_and_in_a_ragged_batch(kind: str, tokenizer: Tokenizer) -> None:
    torch.manual_seed(1)
    shape = {"vocab_size": 320, "d_model": 32, "n_head": 2, "n_layer": 2, "context_length": 48, "init_std": 0.3}
    model = Decoder(ModelConfig(attention=kind, **shape)).eval()
    together = generate(model, tokenizer, PROMPTS, GREEDY)
    assert together == [generate(model, tokenizer, [prompt], GREEDY)[0] for prompt in PROMPTS]
