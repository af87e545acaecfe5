"""A tiny model with a tokenizer of its own, fresh weights and a fixed seed."""

from pathlib import Path

import pytest
import torch

from scratch_llm.checkpoint import Pretrained, load_pretrained, save_model
from scratch_llm.config import ModelConfig
from scratch_llm.data.synthetic import stories
from scratch_llm.models import Decoder
from scratch_llm.tokenizers import train_tokenizer


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = train_tokenizer("bpe", stories(50), 400)
    torch.manual_seed(0)
    shape = ModelConfig(
        vocab_size=448, context_length=48, n_layer=1, d_model=32, n_head=2, d_ff=64, init_std=0.3, tie_embeddings=False
    )
    save_model(folder, Decoder(shape), tokenizer)
    return folder


@pytest.fixture(scope="session")
def tiny(checkpoint: Path) -> Pretrained:
    return load_pretrained(checkpoint)
