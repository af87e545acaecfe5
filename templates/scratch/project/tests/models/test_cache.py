"""A cache changes how logits are computed, never what they are."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scratch_llm.models import KVCache
from scratch_llm.utils.errors import RequestError

from tests.models.shapes import CONTEXT, KINDS, random_tokens, small_decoder

same = {"atol": 2e-5, "rtol": 1e-4}


@pytest.mark.fast
@pytest.mark.parametrize("kind", KINDS)
def test_prefill_chunk_and_single_tokens_give_the_logits_of_the_whole_row(kind):
    decoder, tokens = small_decoder(**KINDS[kind]), random_tokens(3, 14)
    whole = decoder(tokens).logits
    cache = KVCache(decoder.config, 3, 20)
    pieces = [decoder(piece, cache=cache).logits for piece in tokens.split([6, 5, 1, 1, 1], dim=1)]
    torch.testing.assert_close(torch.cat(pieces, dim=1), whole, **same)
    assert cache.lengths == [14, 14, 14]


@pytest.mark.fast
@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_unequal_length_do_not_disturb_each_other(kind):
    decoder, tokens = small_decoder(**KINDS[kind]), random_tokens(3, 14)
    whole = decoder(tokens).logits
    cache = KVCache(decoder.config, 4, 14)
    begun = decoder(tokens[:, :9], cache=cache, rows=[3, 0, 2], n_new=[9, 2, 5])
    torch.testing.assert_close(begun.logits[1, :2], whole[1, :2], **same)
    assert cache.lengths == [2, 0, 5, 9]
    # A single token each, every row at its own position; one row is given nothing new.
    step = torch.stack([tokens[1, 2], tokens[2, 5], tokens[0, 9]])[:, None]
    logits = decoder.last_logits(step, cache=cache, rows=[0, 2, 3], n_new=[1, 1, 0])
    torch.testing.assert_close(logits[:2], torch.stack([whole[1, 2], whole[2, 5]]), **same)
    assert cache.lengths == [3, 0, 6, 9]
    # Padding may reach beyond the end of a row that is nearly full.
    end = torch.stack([tokens[0, 9:14], torch.cat([tokens[1, 3:5], torch.zeros(3, dtype=torch.long)])])
    logits = decoder.last_logits(end, cache=cache, rows=[3, 0], n_new=[5, 2])
    torch.testing.assert_close(logits, torch.stack([whole[0, 13], whole[1, 4]]), **same)


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_any_order_of_chunks_rows_and_resets(data):
    decoder, tokens = small_decoder(attention="gqa", n_kv_head=2, n_layer=1), random_tokens(4, 12)
    whole = decoder(tokens).logits
    cache = KVCache(decoder.config, 4, 12)
    for _ in range(4):
        row = data.draw(st.integers(0, 3))
        if data.draw(st.booleans()):
            cache.reset(row)
        rows = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=4, unique=True))
        n_new = [data.draw(st.integers(0, 12 - cache.lengths[r])) for r in rows]
        width = max([1, *n_new])
        before = [cache.lengths[r] for r in rows]
        if not any(length + new for length, new in zip(before, n_new, strict=True)):
            continue
        given_tokens = torch.zeros(len(rows), width, dtype=torch.long)
        for i, r in enumerate(rows):
            given_tokens[i, : n_new[i]] = tokens[r, before[i] : before[i] + n_new[i]]
        logits = decoder(given_tokens, cache=cache, rows=rows, n_new=n_new).logits
        for i, r in enumerate(rows):
            torch.testing.assert_close(logits[i, : n_new[i]], whole[r, before[i] : before[i] + n_new[i]], **same)


@pytest.mark.fast
def test_last_logits_are_the_last_of_all_logits():
    decoder, tokens = small_decoder(), random_tokens(2, 7)
    logits = decoder(tokens).logits
    torch.testing.assert_close(decoder.last_logits(tokens), logits[:, -1], **same)
    torch.testing.assert_close(
        decoder.last_logits(tokens, n_new=[3, 7]), torch.stack([logits[0, 2], logits[1, 6]]), **same
    )


@pytest.mark.fast
def test_a_row_is_used_again_after_reset():
    decoder, tokens = small_decoder(), random_tokens(2, 8)
    cache = KVCache(decoder.config, 2, 8)
    decoder(tokens, cache=cache)
    cache.reset(1)
    assert cache.lengths == [8, 0]
    again = decoder(tokens[:1], cache=cache, rows=[1]).logits
    torch.testing.assert_close(again, decoder(tokens[:1]).logits, **same)
    cache.reset()
    assert cache.lengths == [0, 0]


@pytest.mark.fast
def test_generation_leaves_no_graph_behind():
    decoder = small_decoder()
    cache = KVCache(decoder.config, 1, 8)
    for _ in range(3):
        decoder(random_tokens(1, 2), cache=cache)
    assert not any(tensor.requires_grad for tensor in cache.storage)


@pytest.mark.fast
def test_latent_attention_keeps_much_less_than_keys_and_values():
    plain = KVCache(small_decoder(**KINDS["mha"]).config, 2, 16)
    latent = KVCache(small_decoder(**KINDS["mla"]).config, 2, 16)
    assert plain.n_bytes == 2 * 2 * 16 * 2 * 32 * 4  # layers, rows, positions, keys and values, width, bytes
    assert latent.n_bytes == 2 * 2 * 16 * (16 + 4) * 4


@pytest.mark.fast
def test_what_does_not_fit_is_refused_and_changes_nothing():
    decoder = small_decoder()
    cache = KVCache(decoder.config, 1, 8)
    decoder(random_tokens(1, 6), cache=cache)
    with pytest.raises(RequestError, match="9 tokens does not fit into a cache of 8"):
        decoder(random_tokens(1, 3), cache=cache)
    assert cache.lengths == [6]
    with pytest.raises(RequestError, match=f"context_length of {CONTEXT}"):
        decoder(random_tokens(1, CONTEXT + 1))
    long = KVCache(decoder.config, 1, CONTEXT + 8)
    with pytest.raises(RequestError, match=f"context_length of {CONTEXT}"):
        decoder(random_tokens(1, CONTEXT + 1), cache=long)
    with pytest.raises(RequestError, match="cache"):
        decoder.last_logits(random_tokens(1, 2), document_ids=torch.zeros(1, 2), cache=cache)
