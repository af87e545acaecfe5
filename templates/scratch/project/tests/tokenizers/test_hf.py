"""Transformers loads an exported tokenizer and agrees with it."""

from pathlib import Path

import pytest

from scratch_llm.tokenizers import (
    ASSISTANT,
    BOS,
    END,
    EOS,
    PAD,
    UNK,
    Message,
    Tokenizer,
    encode_chat,
    export_tokenizer,
)
from scratch_llm.utils.errors import ConfigError

from tests.tokenizers.samples import TEXTS

MESSAGES = [
    Message("system", "Be kind."),
    Message("user", "Tell me of  the fox\n狐狸"),
    Message("assistant", "There was a fox."),
]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["bpe", "wordpiece"])
def test_transformers_gives_the_same_ids_and_texts(tokenizers: dict[str, Tokenizer], kind: str, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    ours = tokenizers[kind]
    export_tokenizer(ours, tmp_path)
    theirs = AutoTokenizer.from_pretrained(tmp_path)
    texts = [*TEXTS[:10], *TEXTS[-10:], " blanks  and\nlines ", ""]
    assert theirs(texts)["input_ids"] == ours.encode_batch(texts, bos=True)
    rows = ours.encode_batch(texts)
    assert [theirs.decode(row, skip_special_tokens=True) for row in rows] == [ours.decode(row) for row in rows]
    assert (theirs.pad_token_id, theirs.bos_token_id, theirs.eos_token_id, theirs.unk_token_id) == (PAD, BOS, EOS, UNK)
    assert len(theirs) == ours.vocab_size
    assert theirs.convert_tokens_to_ids(["<|assistant|>", "<|end|>"]) == [ASSISTANT, END]


@pytest.mark.slow
def test_transformers_applies_the_same_chat_template(tokenizers: dict[str, Tokenizer], tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    export_tokenizer(tokenizers["bpe"], tmp_path)
    theirs = AutoTokenizer.from_pretrained(tmp_path)
    rows = [{"role": message.role, "content": message.content} for message in MESSAGES]
    whole = theirs.apply_chat_template(rows, return_dict=True, return_assistant_tokens_mask=True)
    ours = encode_chat(tokenizers["bpe"], MESSAGES)
    assert whole["input_ids"] == ours.ids
    assert [bool(marked) for marked in whole["assistant_masks"]] == ours.response_mask
    prompt = theirs.apply_chat_template(rows[:2], add_generation_prompt=True, return_dict=True)
    assert prompt["input_ids"] == encode_chat(tokenizers["bpe"], MESSAGES[:2], add_generation_prompt=True).ids


@pytest.mark.fast
@pytest.mark.parametrize("kind", ["char", "sentencepiece"])
def test_kinds_without_a_transformers_format_are_refused(
    tokenizers: dict[str, Tokenizer], kind: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=kind):
        export_tokenizer(tokenizers[kind], tmp_path)
    assert not list(tmp_path.iterdir())
