"""One small trained tokenizer of each kind."""

import pytest

from scratch_llm.tokenizers import Tokenizer, train_tokenizer

from tests.tokenizers.samples import KINDS, LOSSLESS, TEXTS


@pytest.fixture(scope="session")
def tokenizers() -> dict[str, Tokenizer]:
    return {kind: train_tokenizer(kind, TEXTS, 600) for kind in KINDS}


@pytest.fixture(params=KINDS)
def tokenizer(request: pytest.FixtureRequest, tokenizers: dict[str, Tokenizer]) -> Tokenizer:
    return tokenizers[request.param]


@pytest.fixture(params=LOSSLESS)
def lossless(request: pytest.FixtureRequest, tokenizers: dict[str, Tokenizer]) -> Tokenizer:
    return tokenizers[request.param]
