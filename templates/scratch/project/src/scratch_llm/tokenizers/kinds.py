"""Choose a tokenizer by its kind: train a new one, or load a saved one."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from scratch_llm.tokenizers.base import Tokenizer
from scratch_llm.tokenizers.char import CharTokenizer
from scratch_llm.tokenizers.library import BPETokenizer, WordPieceTokenizer
from scratch_llm.tokenizers.sentencepiece_bpe import SentencePieceTokenizer
from scratch_llm.tokenizers.storage import read_stored
from scratch_llm.tokenizers.text import whole_characters
from scratch_llm.utils.errors import ConfigError, DataError

KindClass = type[CharTokenizer] | type[BPETokenizer] | type[WordPieceTokenizer] | type[SentencePieceTokenizer]
KINDS: Final[dict[str, KindClass]] = {
    kind.kind: kind for kind in (CharTokenizer, BPETokenizer, WordPieceTokenizer, SentencePieceTokenizer)
}
SMALLEST: Final = 300  # room for the special tokens, 256 bytes and a first few merges


def train_tokenizer(kind: str, texts: Iterable[str], vocab_size: int) -> Tokenizer:
    """Learn a vocabulary of at most `vocab_size` ids, special tokens included.

    Equal texts in equal order give equal tokenizers. Texts with too little variety give a smaller vocabulary.
    """
    chosen = _kind(kind)
    if vocab_size < SMALLEST:
        raise ConfigError(f"vocab_size={vocab_size} is too small", f"use a vocab_size of at least {SMALLEST}")
    cleaned = [whole_characters(text) for text in texts if text.strip()]
    if not cleaned:
        raise DataError("there is no text to train a tokenizer on", "check the input: its documents are empty")
    return chosen.train(cleaned, vocab_size)


def load_tokenizer(folder: Path) -> Tokenizer:
    """Load what `Tokenizer.save(folder)` wrote."""
    stored = read_stored(Path(folder))
    return _kind(stored.kind).from_content(stored.content)


def _kind(name: str) -> KindClass:
    if name not in KINDS:
        raise ConfigError(f"tokenizer kind '{name}' is unknown", f"use one of {', '.join(KINDS)}")
    return KINDS[name]
