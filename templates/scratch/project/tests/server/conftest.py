from collections.abc import Iterator

import pytest
import torch

from scratch_llm.config import ModelConfig
from scratch_llm.inference import Loaded
from scratch_llm.models import Decoder
from scratch_llm.tokenizers import train_tokenizer

from tests.server.running import Offline, Running, SteppedBackend, serving

TEXTS = ["Once upon a time a small fox found a red ball. ", "The bird sang, and the cat slept. ", "小猫在花园里玩。"]


@pytest.fixture(scope="session")
def offline() -> Offline:
    torch.manual_seed(0)
    tokenizer = train_tokenizer("bpe", TEXTS * 20, 320)
    # Large initial weights: an untrained model that says something else to every prompt.
    config = ModelConfig(
        vocab_size=tokenizer.vocab_size, context_length=4096, n_layer=1, d_model=32, n_head=2, init_std=0.4
    )
    return Offline(Decoder(config).eval(), tokenizer)


@pytest.fixture(scope="session")
def running(offline: Offline) -> Iterator[Running]:
    """One server for all tests that leave it as it was."""
    with serving(offline.loaded(8), max_new_tokens=64, max_body_bytes=20_000) as server:
        yield server


@pytest.fixture
def stepped(offline: Offline) -> Iterator[tuple[SteppedBackend, Loaded]]:
    """A backend with one row that waits for the test."""
    loaded = offline.loaded(1)
    backend = SteppedBackend(loaded.backend)
    yield backend, Loaded(backend, loaded.tokenizer)
    backend.open()
