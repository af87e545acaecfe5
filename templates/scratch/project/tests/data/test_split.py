"""Training and validation share nothing, whatever the data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scratch_llm.data.records import ChatRecord, PreferenceRecord, TextRecord
from scratch_llm.data.split import LEFT_OUT, TRAIN, VAL, assign, is_validation, split_key
from scratch_llm.tokenizers import Message
from scratch_llm.utils.errors import DataError

pytestmark = pytest.mark.fast


def sides(texts: list[str], share: float, kept: list[bool] | None = None, seed: int = 0) -> list[int]:
    keys = np.array([split_key(TextRecord(text), seed) for text in texts], dtype=np.uint64)
    return assign(keys, kept or [True] * len(texts), share).tolist()


@given(texts=st.lists(st.sampled_from("abcdefgh"), min_size=2, max_size=30), share=st.floats(0.01, 0.49))
@settings(max_examples=25, deadline=None)
def test_equal_documents_are_on_one_side_and_both_sides_have_some(texts: list[str], share: float) -> None:
    if len(set(texts)) < 2:
        with pytest.raises(DataError, match="1 distinct document"):
            sides(texts, share)
        return
    found = sides(texts, share)
    by_side = {side: {text for text, own in zip(texts, found, strict=True) if own == side} for side in (TRAIN, VAL)}
    assert by_side[TRAIN] and by_side[VAL]
    assert not by_side[TRAIN] & by_side[VAL]


def test_the_share_is_exact_among_distinct_documents() -> None:
    assert sides([str(i) for i in range(1000)], 0.05).count(VAL) == 50


def test_what_is_left_out_is_on_no_side() -> None:
    found = sides(["a", "b", "c", "d"], 0.3, kept=[True, False, True, False])
    assert [side == LEFT_OUT for side in found] == [False, True, False, True]


def test_another_seed_is_another_split() -> None:
    texts = [str(i) for i in range(100)]
    assert sides(texts, 0.3, seed=1) != sides(texts, 0.3, seed=2)


def test_one_document_alone_is_decided_with_the_wanted_frequency() -> None:
    keys = [split_key(TextRecord(str(i)), 0) for i in range(4000)]
    assert 0.08 < sum(is_validation(key, 0.1) for key in keys) / 4000 < 0.12


def test_answers_to_one_prompt_stay_together() -> None:
    prompt = (Message("user", "why?"),)
    comparisons = [PreferenceRecord(prompt, "because", "no"), PreferenceRecord(prompt, "so", "never")]
    chats = [ChatRecord((*prompt, Message("assistant", answer))) for answer in ("because", "so")]
    assert len({split_key(record, 0) for record in [*comparisons, *chats]}) == 1
    other = ChatRecord((Message("user", "how?"), Message("assistant", "so")))
    assert split_key(other, 0) != split_key(chats[0], 0)


def test_conversations_in_which_nobody_asks_count_as_a_whole() -> None:
    system = Message("system", "Tell stories.")
    told = [ChatRecord((*before, Message("assistant", text))) for before in ((), (system,)) for text in ("a", "b")]
    assert len({split_key(record, 0) for record in told}) == 4


def test_a_text_that_no_file_can_hold_has_a_side_too() -> None:
    assert split_key(TextRecord("half a pair: \ud800"), 0) != split_key(TextRecord("half a pair: \ud801"), 0)
