"""A model, a tokenizer and data that are small enough for a line of output, and need no network."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import lru_cache

from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

WORDS = ("<pad>", "<eos>", "<unk>", "one", "two", "three", "four")
CONFIG = GPT2Config(vocab_size=64, n_positions=64, n_embd=32, n_layer=2, n_head=2, eos_token_id=1, pad_token_id=0)


def model() -> GPT2LMHeadModel:
    """A decoder of random weights."""
    return GPT2LMHeadModel(CONFIG)


def tokenizer() -> PreTrainedTokenizerFast:
    """A tokenizer that knows a few words."""
    core = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="<unk>"))
    core.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=core, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>")


def rows() -> Dataset:
    """Texts."""
    return Dataset.from_list([{"text": "one two three four"}, {"text": "four three"}] * 4)


def pairs() -> Dataset:
    """Prompts with a good and a bad answer."""
    return Dataset.from_list([{"prompt": "one two", "chosen": " three", "rejected": " four"}] * 8)


@lru_cache(1)
def folder() -> str:
    """Where the model and the tokenizer lie as if they had been downloaded."""
    place = tempfile.mkdtemp(prefix="tiny-model-")
    atexit.register(shutil.rmtree, place)
    model().save_pretrained(place)
    tokenizer().save_pretrained(place)
    return place
