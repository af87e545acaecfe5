"""Text comes back as it was, and no text can place a special token."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratch_llm.tokenizers import (
    BOS,
    EOS,
    SPECIAL_TOKENS,
    UNK,
    Tokenizer,
    train_tokenizer,
)

from tests.tokenizers.samples import KINDS, LOSSLESS, TEXTS

TELLING = [
    "",
    " ",
    "  two  blanks and a tab\t",
    "lines\n\n\r\nand\x0bmore\n",
    "nul \x00 and escape \x1b",
    "emoji 😀 👩‍👩‍👧‍👦 🇨🇳",
    "狐狸在森林里找到一盏灯笼。",
    "composed é, decomposed e\u0301",
    "SentencePiece's own blank ▁ and ▁▁",
    "its own byte <0x0A> and unknown ⁇",
    "the replacement \ufffd",
    "عربي עברית हिन्दी",
    "##inner ##",
    *SPECIAL_TOKENS,
    "".join(SPECIAL_TOKENS),
]
PIECES = st.sampled_from([*SPECIAL_TOKENS, "<|", "|>", "▁", "##", "fox", " ", "\n", "狐狸", "\u0301", "😀"])
ANY_TEXT = st.text(max_size=60) | st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join)
KNOWN_TEXT = st.lists(st.sampled_from(["fox", " the ", "Tom", ".", "狐狸", "，", "森林", "  "]), max_size=12).map(
    "".join
)


@pytest.mark.fast
@pytest.mark.parametrize("text", TELLING)
def test_lossless_kinds_give_telling_texts_back(lossless: Tokenizer, text: str) -> None:
    assert lossless.decode(lossless.encode(text)) == text


@pytest.mark.parametrize("kind", LOSSLESS)
@settings(max_examples=60, deadline=None)
@given(text=ANY_TEXT)
def test_lossless_kinds_give_any_text_back(tokenizers: dict[str, Tokenizer], kind: str, text: str) -> None:
    assert tokenizers[kind].decode(tokenizers[kind].encode(text)) == text


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40, deadline=None)
@given(text=KNOWN_TEXT)
def test_every_kind_gives_text_of_known_characters_back(tokenizers: dict[str, Tokenizer], kind: str, text: str) -> None:
    assert tokenizers[kind].decode(tokenizers[kind].encode(text)) == text


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60, deadline=None)
@given(text=ANY_TEXT)
def test_no_text_places_a_special_token(tokenizers: dict[str, Tokenizer], kind: str, text: str) -> None:
    tokenizer = tokenizers[kind]
    placed = {i for i in tokenizer.encode(text) if i < len(SPECIAL_TOKENS)}
    assert placed <= (set() if kind in LOSSLESS else {UNK})


@pytest.mark.fast
@pytest.mark.parametrize("kind", KINDS)
def test_training_on_special_tokens_does_not_teach_them(kind: str) -> None:
    tokenizer = train_tokenizer(kind, ["<|end|> <|bos|>"] * 200 + TEXTS[:5], 500)
    ids = tokenizer.encode("<|end|> <|bos|>")
    assert min(ids) >= len(SPECIAL_TOKENS)
    assert tokenizer.decode(ids) == "<|end|> <|bos|>"


@pytest.mark.fast
def test_unknown_characters_are_unk_in_the_kinds_that_lose_them(tokenizers: dict[str, Tokenizer]) -> None:
    assert UNK in tokenizers["char"].encode("fox 龘")
    assert tokenizers["char"].decode(tokenizers["char"].encode("fox龘fox")) == "foxfox"
    assert tokenizers["wordpiece"].decode(tokenizers["wordpiece"].encode("fox ŵfox fox")) == "fox fox"


@pytest.mark.fast
def test_half_a_surrogate_pair_becomes_the_replacement_character(lossless: Tokenizer) -> None:
    assert lossless.decode(lossless.encode("a\ud83d b")) == "a\ufffd b"
    assert lossless.encode_batch(["\udc00", "fox"])[1] == lossless.encode("fox")


@pytest.mark.fast
def test_bos_and_eos_frame_a_text(tokenizer: Tokenizer) -> None:
    plain = tokenizer.encode("the fox")
    assert tokenizer.encode("the fox", bos=True, eos=True) == [BOS, *plain, EOS]
    assert tokenizer.encode_batch(["", "the fox"], eos=True) == [[EOS], [*plain, EOS]]
    assert tokenizer.encode_batch([]) == []


@pytest.mark.fast
def test_a_batch_encodes_like_single_texts(tokenizer: Tokenizer) -> None:
    texts = ["", "a ▁ b", *TEXTS[:4], *TEXTS[-4:]]
    assert tokenizer.encode_batch(texts) == [tokenizer.encode(text) for text in texts]


@pytest.mark.fast
def test_decoding_leaves_out_special_and_unheard_of_ids(tokenizer: Tokenizer) -> None:
    fox = tokenizer.encode("fox")
    around = [*range(len(SPECIAL_TOKENS)), *fox, tokenizer.vocab_size, 10**9, -1]
    assert tokenizer.decode(around) == "fox"


@pytest.mark.fast
def test_all_ids_are_inside_the_vocabulary(tokenizer: Tokenizer) -> None:
    ids = {i for row in tokenizer.encode_batch(TEXTS) for i in row}
    assert max(ids) < tokenizer.vocab_size <= 600
