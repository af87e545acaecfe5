"""The one interface of all tokenizers, and the special tokens that they share."""

import abc
from collections.abc import Sequence
from pathlib import Path
from typing import Final

# The ids are the same in every tokenizer: special tokens come first, in this order.
SPECIAL_TOKENS: Final = (
    "<|pad|>",
    "<|bos|>",
    "<|eos|>",
    "<|unk|>",
    "<|system|>",
    "<|user|>",
    "<|assistant|>",
    "<|end|>",
)
PAD, BOS, EOS, UNK, SYSTEM, USER, ASSISTANT, END = range(len(SPECIAL_TOKENS))


class Tokenizer(abc.ABC):
    """Turns text into ids and back.

    Text is data: a special token's name inside a text is encoded like any other characters, never as the special token.
    Special ids are only ever placed by code (`bos`, `eos`, and the chat template in `tokenizers.chat`).
    """

    kind: str

    @property
    @abc.abstractmethod
    def vocab_size(self) -> int:
        """Number of ids, special tokens included."""

    @abc.abstractmethod
    def encode_batch(self, texts: Sequence[str], *, bos: bool = False, eos: bool = False) -> list[list[int]]:
        """Encode many texts at once."""

    @abc.abstractmethod
    def decode(self, ids: Sequence[int]) -> str:
        """Give back the text; special tokens and ids beyond the vocabulary are left out."""

    @abc.abstractmethod
    def save(self, folder: Path) -> None:
        """Write everything that `tokenizers.load_tokenizer(folder)` needs."""

    @property
    @abc.abstractmethod
    def fingerprint(self) -> str:
        """Equal for tokenizers that encode equally; names prepared data and is kept with every score."""

    def encode(self, text: str, *, bos: bool = False, eos: bool = False) -> list[int]:
        """Encode one text."""
        return self.encode_batch([text], bos=bos, eos=eos)[0]
