"""Sixteen greedy answers at a time against one after the other."""

import tempfile
from pathlib import Path

from scratch_llm.checkpoint import save_model
from scratch_llm.inference import SamplingParams, generate
from scratch_llm.inference.load import load_backend

from benchmarks import peers
from benchmarks.decoding import any_tokenizer
from benchmarks.measure import Contender, Result, compare

CONCURRENT, PROMPT, NEW = 16, 16, 64


def run(rounds: int) -> Result:
    """Tokens per CPU-second over all answers."""
    # Unequal lengths, as they come in life: each row is at its own position.
    prompts = [[8 + (7 * row + step) % 200 for step in range(PROMPT + row)] for row in range(CONCURRENT)]
    params = SamplingParams(max_new_tokens=NEW, temperature=0, ignore_eos=True)
    with tempfile.TemporaryDirectory() as folder:
        save_model(Path(folder), peers.ours(), any_tokenizer(), None)
        many, tokenizer = load_backend(folder, "eager", CONCURRENT, PROMPT + CONCURRENT + NEW)
        one, _ = load_backend(folder, "eager", 1, PROMPT + CONCURRENT + NEW)

    def in_turn() -> None:
        for ids in prompts:
            generate(one, tokenizer, [ids], params)

    contenders = [
        Contender("ours, 16 at a time", lambda: generate(many, tokenizer, prompts, params), CONCURRENT * NEW),
        Contender("one after the other", in_turn, CONCURRENT * NEW),
    ]
    return compare("batching", contenders, unit="tokens per CPU-second", rounds=rounds, goal="at least 4")
