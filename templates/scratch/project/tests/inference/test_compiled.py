"""The compiled backend answers as the eager one does, and sees few shapes."""

from pathlib import Path

import pytest
import torch

from scratch_llm.config import ModelConfig
from scratch_llm.inference import SamplingParams, generate, load_backend
from scratch_llm.inference.compiled import CompiledBackend
from scratch_llm.models import Decoder
from scratch_llm.tokenizers import BOS, Tokenizer

GREEDY = SamplingParams(max_new_tokens=6, temperature=0, ignore_eos=True)


@pytest.mark.slow
def test_compiled_answers_are_those_of_the_model(tokenizer: Tokenizer) -> None:
    torch.manual_seed(0)
    shape = {"vocab_size": 320, "d_model": 32, "n_head": 2, "n_layer": 1, "context_length": 32, "init_std": 0.3}
    model = Decoder(ModelConfig(attention="mha", **shape)).eval()
    # A prompt of one token has the shape of every later step: one compilation is enough for both answers.
    backend = CompiledBackend(model, 1, 32)
    for prompt in ([BOS], [50]):
        assert generate(backend, tokenizer, [prompt], GREEDY) == generate(model, tokenizer, [prompt], GREEDY)


def test_padding_to_a_bucket_changes_no_answer(folder: Path, model: Decoder, tokenizer: Tokenizer) -> None:
    with torch.compiler.set_stance("force_eager"):
        backend, _ = load_backend(folder, "compile", n_row=4, length=48)
        for prompts in ([[20, 30, 40], [50], [9] * 7], [[60, 70, 80, 90, 10], [30, 20]], [[8] * 40]):
            assert generate(backend, tokenizer, prompts, GREEDY) == generate(model, tokenizer, prompts, GREEDY)
