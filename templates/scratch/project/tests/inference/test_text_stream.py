"""Streamed text is the final text, in pieces that are never taken back."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratch_llm.inference import TextStream
from scratch_llm.tokenizers import Tokenizer, train_tokenizer

from tests.inference.conftest import TEXTS

pytestmark = pytest.mark.fast

TEXT = st.text(st.sampled_from("abc theé中国😀👨\u200d .,!"), max_size=60)
TOKENIZERS = {kind: train_tokenizer(kind, TEXTS, 300) for kind in ("char", "bpe")}
BPE = TOKENIZERS["bpe"]


def pieces(tokenizer: Tokenizer, ids: list[int], stop: tuple[str, ...] = (), cuts: tuple[int, ...] = ()) -> list[str]:
    """Push the ids in groups that end at the cuts."""
    stream = TextStream(tokenizer, stop)
    edges = [0, *sorted(cut for cut in cuts if cut < len(ids)), len(ids)]
    groups = [ids[start:end] for start, end in itertools.pairwise(edges)]
    return [*(stream.push(group) for group in groups), stream.finish()]


@settings(max_examples=25)
@given(text=TEXT, kind=st.sampled_from(sorted(TOKENIZERS)))
def test_pieces_make_the_decoded_text(text: str, kind: str) -> None:
    tokenizer = TOKENIZERS[kind]
    ids = tokenizer.encode(text)
    assert "".join(pieces(tokenizer, ids, cuts=tuple(range(len(ids))))) == tokenizer.decode(ids)


@settings(max_examples=25)
@given(ids=st.lists(st.integers(0, BPE.vocab_size + 5), max_size=80))
def test_any_tokens_stream_as_they_decode(ids: list[int]) -> None:
    # A model may produce what no text encodes to: halves of characters, special tokens, padding.
    assert "".join(pieces(BPE, ids, cuts=tuple(range(len(ids))))) == BPE.decode(ids)


def test_a_character_of_several_tokens_is_never_shown_in_part() -> None:
    text = "龘 🦄!"
    ids = BPE.encode(text)
    assert len(ids) > len(text)
    shown = pieces(BPE, ids, cuts=tuple(range(len(ids))))
    assert not any("\ufffd" in piece for piece in shown)
    assert "".join(shown) == text


def test_bytes_that_are_no_character_are_shown_as_such_at_the_end() -> None:
    ids = BPE.encode("🦄")
    assert pieces(BPE, ids[:-1])[-1] == "\ufffd"


def test_text_comes_at_once_where_nothing_is_held_back() -> None:
    stream = TextStream(BPE)
    assert [stream.push([token]) for token in BPE.encode("cat, dog")] == [
        BPE.decode([t]) for t in BPE.encode("cat, dog")
    ]


@settings(max_examples=40)
@given(
    text=TEXT,
    stop=st.lists(st.text("abc th中.", min_size=1, max_size=4), min_size=1, max_size=3),
    cuts=st.lists(st.integers(0, 60), max_size=8),
)
def test_a_stop_string_is_cut_off_however_the_tokens_are_grouped(text: str, stop: list[str], cuts: list[int]) -> None:
    ids = BPE.encode(text)
    text = BPE.decode(ids)
    ends = [(at + len(each), at) for each in stop if (at := text.find(each)) >= 0]
    expected = text[: min(ends)[1]] if ends else text
    assert "".join(pieces(BPE, ids, tuple(stop), tuple(cuts))) == expected


def test_a_stop_string_over_several_tokens_is_never_shown() -> None:
    ids = BPE.encode("the cat. THE END of it")
    shown = pieces(BPE, ids, ("THE END",), tuple(range(len(ids))))
    assert "".join(shown) == "the cat. "


def test_what_only_looked_like_a_stop_string_is_shown_later() -> None:
    stream = TextStream(BPE, ["END"])
    assert stream.push(BPE.encode("EN")) == ""
    assert stream.push(BPE.encode("TER")) == "ENTER"
    assert not stream.stopped


def test_nothing_follows_a_stop_string() -> None:
    stream = TextStream(BPE, ["."])
    assert stream.push(BPE.encode("cat. dog")) == "cat"
    assert stream.stopped
    assert stream.push(BPE.encode("dog")) + stream.finish() == ""
