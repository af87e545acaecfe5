"""Byte-level BPE and WordPiece, trained and run by the Hugging Face `tokenizers` library."""

import abc
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import tokenizers as library
from tokenizers import Regex, decoders, models, pre_tokenizers, trainers

from scratch_llm.tokenizers.base import SPECIAL_TOKENS, UNK, Tokenizer
from scratch_llm.tokenizers.storage import Stored, write_stored
from scratch_llm.tokenizers.text import (
    N_SPECIAL,
    framed,
    most_frequent_characters,
    plain_ids,
    whole_characters,
)
from scratch_llm.utils.files import fingerprint


class LibraryTokenizer(Tokenizer):
    """A tokenizer of the library without any added tokens.

    The library looks for added tokens inside texts, so it is told of none: the special tokens are plain entries of the
    vocabulary that no text can reach, because pre-tokenization always parts the brackets from the word between them.
    """

    def __init__(self, core: library.Tokenizer) -> None:
        self.core = core
        self._vocab_size = int(core.get_vocab_size())

    @classmethod
    @abc.abstractmethod
    def train(cls, texts: Sequence[str], vocab_size: int) -> Self:
        """Learn a vocabulary of at most `vocab_size` entries from the texts."""

    @classmethod
    def from_content(cls, content: bytes) -> Self:
        """Rebuild from the saved content."""
        return cls(library.Tokenizer.from_str(content.decode()))

    @property
    def vocab_size(self) -> int:
        return self._vocab_size

    def encode_batch(self, texts: Sequence[str], *, bos: bool = False, eos: bool = False) -> list[list[int]]:
        try:
            encoded = self.core.encode_batch_fast(texts)
        except TypeError:  # the library's word for half a surrogate pair
            encoded = self.core.encode_batch_fast([whole_characters(text) for text in texts])
        return framed([row.ids for row in encoded], bos=bos, eos=eos)

    def decode(self, ids: Sequence[int]) -> str:
        return str(self.core.decode(plain_ids(ids, self._vocab_size)))

    def save(self, folder: Path) -> None:
        write_stored(folder, Stored(self.kind, self.core.to_str(pretty=True).encode()), "tokenizer.json")

    @property
    def fingerprint(self) -> str:
        # All of it: equal vocabularies encode differently behind another normalizer or pre-tokenizer.
        return fingerprint([self.kind, json.loads(self.core.to_str())])


class BPETokenizer(LibraryTokenizer):
    """Byte-level BPE: any text comes back exactly as it was."""

    kind = "bpe"

    @classmethod
    def train(cls, texts: Sequence[str], vocab_size: int) -> Self:
        """Learn merges of bytes."""
        pupil = _byte_level(models.BPE())
        trainer = trainers.BpeTrainer(
            vocab_size=vocab_size,
            special_tokens=list(SPECIAL_TOKENS),
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
            show_progress=False,
        )
        pupil.train_from_iterator(texts, trainer)
        learned = json.loads(pupil.to_str())["model"]
        merges = [(left, right) for left, right in learned["merges"]]
        return cls(_byte_level(models.BPE(vocab=learned["vocab"], merges=merges)))


class WordPieceTokenizer(LibraryTokenizer):
    """WordPiece with the blanks kept.

    It loses words that hold a character not seen in training: each becomes one UNK. Everything else comes back exactly.
    """

    kind = "wordpiece"

    @classmethod
    def train(cls, texts: Sequence[str], vocab_size: int) -> Self:
        """Learn pieces of words."""
        pupil = _words(models.WordPiece(vocab={}, unk_token=SPECIAL_TOKENS[UNK]))
        alphabet = most_frequent_characters(texts, (vocab_size - N_SPECIAL) // 2)
        # The library numbers inner letters in the random order of its hash map; named beforehand, they keep one order.
        inner = [f"##{letter}" for letter in alphabet if len(pupil.pre_tokenizer.pre_tokenize_str(f"a{letter}")) == 1]
        trainer = trainers.WordPieceTrainer(
            vocab_size=vocab_size,
            special_tokens=[*SPECIAL_TOKENS, *sorted(alphabet), *inner],
            initial_alphabet=alphabet,
            limit_alphabet=len(alphabet),
            show_progress=False,
        )
        pupil.train_from_iterator(texts, trainer)
        learned = json.loads(pupil.to_str())["model"]["vocab"]
        return cls(_words(models.WordPiece(vocab=learned, unk_token=SPECIAL_TOKENS[UNK])))


def _byte_level(model: models.BPE) -> library.Tokenizer:
    core = library.Tokenizer(model)
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    return core


def _words(model: models.WordPiece) -> library.Tokenizer:
    core = library.Tokenizer(model)
    # A word takes the blank before it along; Chinese characters and all signs stand alone, as in BERT.
    words = Regex(r" ?[\p{L}\p{M}\p{N}&&[^\p{Han}]]{1,24}|[\s\S]")
    core.pre_tokenizer = pre_tokenizers.Split(words, "isolated")
    core.decoder = decoders.Sequence([decoders.Replace(Regex("^##(?=.)"), ""), decoders.Fuse()])
    return core
