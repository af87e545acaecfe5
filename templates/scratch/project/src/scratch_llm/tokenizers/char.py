"""The prototype: one id per character. Easy to debug, but its rows are three to four times longer than BPE's."""

import json
from collections.abc import Sequence
from itertools import repeat
from pathlib import Path
from typing import Self

from scratch_llm.tokenizers.base import UNK, Tokenizer
from scratch_llm.tokenizers.storage import Stored, write_stored
from scratch_llm.tokenizers.text import (
    N_SPECIAL,
    framed,
    most_frequent_characters,
    plain_ids,
)
from scratch_llm.utils.files import fingerprint


class CharTokenizer(Tokenizer):
    """Characters seen in training get an id each; any other character becomes UNK and is lost in decoding."""

    kind = "char"

    def __init__(self, characters: Sequence[str]) -> None:
        self._characters = tuple(characters)
        self._ids = {character: N_SPECIAL + i for i, character in enumerate(self._characters)}

    @classmethod
    def train(cls, texts: Sequence[str], vocab_size: int) -> Self:
        """Give an id to the most frequent characters of the texts."""
        return cls(most_frequent_characters(texts, vocab_size - N_SPECIAL))

    @classmethod
    def from_content(cls, content: bytes) -> Self:
        """Rebuild from the saved content."""
        return cls(json.loads(content))

    @property
    def vocab_size(self) -> int:
        return N_SPECIAL + len(self._characters)

    def encode_batch(self, texts: Sequence[str], *, bos: bool = False, eos: bool = False) -> list[list[int]]:
        rows = [list(map(self._ids.get, text, repeat(UNK))) for text in texts]
        return framed(rows, bos=bos, eos=eos)

    def decode(self, ids: Sequence[int]) -> str:
        return "".join(self._characters[i - N_SPECIAL] for i in plain_ids(ids, self.vocab_size))

    def save(self, folder: Path) -> None:
        content = json.dumps(self._characters, ensure_ascii=False).encode()
        write_stored(folder, Stored(self.kind, content), "characters.json")

    @property
    def fingerprint(self) -> str:
        return fingerprint([self.kind, self._characters])
