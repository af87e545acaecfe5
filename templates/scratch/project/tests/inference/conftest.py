"""Small models and tokenizers for generation."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from scratch_llm.checkpoint import Pretrained, load_pretrained, save_model
from scratch_llm.config import ModelConfig
from scratch_llm.data.synthetic.stories import stories
from scratch_llm.models import Decoder
from scratch_llm.tokenizers import Tokenizer, train_tokenizer

TEXTS = [
    "The cat sat on the mat, and the dog looked at the cat. ¿Qué pasa? naïve café.",
    "A bird sang in the tree while the sun went down 🌅 and the moon came up 🌙.",
    "小猫坐在垫子上，小狗看着它。太阳下山了。",
    "Once there was a small fox. It lived in a wood with its mother, and it liked to run.",
] * 4


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    return train_tokenizer("bpe", TEXTS, 300)


@pytest.fixture(scope="session")
def config(tokenizer: Tokenizer) -> ModelConfig:
    return ModelConfig(
        vocab_size=-(-tokenizer.vocab_size // 64) * 64,
        context_length=96,
        n_layer=2,
        d_model=64,
        n_head=4,
        n_kv_head=2,
        attention="gqa",
        init_std=0.2,  # far from uniform, so that greedy answers do not hang on rounding
    )


@pytest.fixture(scope="session")
def model(config: ModelConfig) -> Decoder:
    torch.manual_seed(0)
    return Decoder(config).eval()


@pytest.fixture(scope="session")
def folder(model: Decoder, tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model")
    save_model(path, model, tokenizer)
    return path


@pytest.fixture(scope="session")
def trained(config: ModelConfig, tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Pretrained:
    """A model that has learned something, so that rounding its weights has something to spoil."""
    torch.manual_seed(0)
    steps = 120
    decoder = Decoder(config.model_copy(update={"init_std": 0.1}))
    optimizer = torch.optim.AdamW(decoder.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=steps)
    for tokens in batches(tokenizer, steps):
        loss = F.cross_entropy(decoder(tokens[:, :-1]).logits.flatten(0, 1), tokens[:, 1:].flatten())
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
    path = tmp_path_factory.mktemp("trained")
    save_model(path, decoder, tokenizer)
    return load_pretrained(path)


def batches(tokenizer: Tokenizer, steps: int, seed: int = 0) -> Iterator[torch.Tensor]:
    """Rows of 32 tokens from random places of made-up stories."""
    texts = list(stories(200))
    stream = torch.tensor([token for ids in tokenizer.encode_batch(texts, bos=True, eos=True) for token in ids])
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        starts = torch.randint(0, len(stream) - 32, (8, 1), generator=generator)
        yield stream[starts + torch.arange(32)]
