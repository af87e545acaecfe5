"""SentencePiece BPE with byte fallback: reads raw text without cutting it into words by a rule for one language."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import sentencepiece

from scratch_llm.tokenizers.base import BOS, EOS, PAD, SPECIAL_TOKENS, UNK, Tokenizer
from scratch_llm.tokenizers.storage import Stored, write_stored
from scratch_llm.tokenizers.text import (
    N_SPECIAL,
    framed,
    most_frequent_characters,
    plain_ids,
    whole_characters,
)
from scratch_llm.utils.files import fingerprint

# SentencePiece writes blanks as this character and would read a real one back as a blank.
BLANK = "\u2581"
N_BYTE = 256


class SentencePieceTokenizer(Tokenizer):
    """SentencePiece BPE: any text comes back exactly as it was; unseen characters are spelled in bytes."""

    kind = "sentencepiece"

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._core: Any = sentencepiece.SentencePieceProcessor(model_proto=content)
        self._vocab_size = int(self._core.get_piece_size())
        self._blank_ids = [int(self._core.piece_to_id(f"<0x{byte:02X}>")) for byte in BLANK.encode()]

    @classmethod
    def train(cls, texts: Sequence[str], vocab_size: int) -> Self:
        """Learn merges of characters."""
        pad, bos, eos, unk, *control = SPECIAL_TOKENS
        n_character = (vocab_size - N_SPECIAL - N_BYTE) // 2
        written = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=_common_parts(texts, max(1, n_character)),
            model_writer=written,
            model_type="bpe",
            vocab_size=vocab_size,
            hard_vocab_limit=False,
            byte_fallback=True,
            character_coverage=1.0,
            normalization_rule_name="identity",
            remove_extra_whitespaces=False,
            add_dummy_prefix=False,
            pad_id=PAD,
            bos_id=BOS,
            eos_id=EOS,
            unk_id=UNK,
            pad_piece=pad,
            bos_piece=bos,
            eos_piece=eos,
            unk_piece=unk,
            control_symbols=control,
            max_sentence_length=1 << 24,
            num_threads=1,
            minloglevel=2,
        )
        return cls(written.getvalue())

    @classmethod
    def from_content(cls, content: bytes) -> Self:
        """Rebuild from the saved content."""
        return cls(content)

    @property
    def vocab_size(self) -> int:
        return self._vocab_size

    def encode_batch(self, texts: Sequence[str], *, bos: bool = False, eos: bool = False) -> list[list[int]]:
        try:
            rows = self._encode(list(texts))
        except TypeError:  # the library's word for half a surrogate pair
            rows = self._encode([whole_characters(text) for text in texts])
        return framed(rows, bos=bos, eos=eos)

    def decode(self, ids: Sequence[int]) -> str:
        return str(self._core.decode(plain_ids(ids, self._vocab_size)))

    def save(self, folder: Path) -> None:
        write_stored(folder, Stored(self.kind, self._content), "sentencepiece.model")

    @property
    def fingerprint(self) -> str:
        return fingerprint([self.kind, [self._core.id_to_piece(i) for i in range(self._vocab_size)]])

    def _encode(self, texts: list[str]) -> list[list[int]]:
        if any(BLANK in text for text in texts):
            return [self._encode_around_blanks(text) for text in texts]
        rows: list[list[int]] = self._core.encode(texts)
        return rows

    def _encode_around_blanks(self, text: str) -> list[int]:
        first, *others = self._core.encode(text.split(BLANK))
        return list(first) + [i for other in others for i in (*self._blank_ids, *other)]


def _common_parts(texts: Sequence[str], n_character: int) -> Iterator[str]:
    """Cut texts at their rare characters, so that no more than `n_character` get an id; bytes spell the rest."""
    common = set(most_frequent_characters(texts, n_character))
    rare = dict.fromkeys((ord(character) for text in texts for character in set(text) - common), "\0")
    for text in texts:
        yield from filter(None, text.translate(rare).split("\0"))
