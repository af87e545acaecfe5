import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from scratch_llm.checkpoint import Pretrained
from scratch_llm.evaluation import perplexity
from scratch_llm.evaluation.likelihood import Request, continuation, score, windows
from scratch_llm.evaluation.perplexity import Perplexity, lossless_share, text_losses
from scratch_llm.tokenizers import BOS

TEXT = "Once upon a time there was a kind fox named Mia. She lived in a small house in the forest."


def by_hand(tiny: Pretrained, ids: list[int], first: int) -> float:
    """The log-likelihood in one pass, straight from its definition."""
    with torch.no_grad():
        logprobs = tiny.model(torch.tensor([ids[:-1]])).logits[0].log_softmax(-1)
    return sum(logprobs[place - 1, ids[place]].item() for place in range(first, len(ids)))


@given(st.integers(1, 120), st.integers(1, 130), st.integers(1, 40), st.integers(0, 39))
@pytest.mark.fast
def test_windows_score_each_token_once_and_never_exceed_the_context(first, extra, length, overlap) -> None:
    overlap = min(overlap, length - 1)
    n_token = first + extra
    found = list(windows(n_token, first, length, overlap))
    assert [place for w in found for place in range(w.first, w.end)] == list(range(first, n_token))
    for window in found:
        assert window.begin < window.first
        assert window.end - 1 - window.begin <= length
        # Nothing before the first token is missed unless it does not fit, and each token has its promised context.
        assert window.begin == 0 or window.first - window.begin > overlap


def test_score_equals_the_definition(tiny: Pretrained) -> None:
    ids = [BOS, *tiny.tokenizer.encode(TEXT)][:30]
    [found] = score(tiny.model, [Request(ids, 7)])
    assert found.logprob == pytest.approx(by_hand(tiny, ids, 7), rel=1e-5)
    assert found.n_token == len(ids) - 7


def test_a_batch_of_unequal_lengths_gives_what_each_gives_alone(tiny: Pretrained) -> None:
    ids = [BOS, *tiny.tokenizer.encode(TEXT)]
    requests = [Request(ids[:n], first) for n, first in ((30, 1), (5, 4), (len(ids), 2), (12, 11))]
    together = score(tiny.model, requests, batch_size=3)
    for request, found in zip(requests, together, strict=True):
        [alone] = score(tiny.model, [request])
        assert found.logprob == pytest.approx(alone.logprob, rel=1e-5)


def test_is_greedy_only_if_every_token_is_the_likeliest(tiny: Pretrained) -> None:
    ids = [BOS, *tiny.tokenizer.encode("Once upon")]
    with torch.no_grad():
        for _ in range(5):
            ids.append(int(tiny.model(torch.tensor([ids])).logits[0, -1].argmax()))
    first = len(ids) - 5
    other = [*ids[:-1], (ids[-1] + 1) % 400]
    assert [found.is_greedy for found in score(tiny.model, [Request(ids, first), Request(other, first)])] == [
        True,
        False,
    ]


def test_long_text_is_scored_in_windows_with_the_context_that_fits(tiny: Pretrained) -> None:
    ids = [BOS, *tiny.tokenizer.encode(TEXT * 4)]
    length = tiny.model.config.context_length
    assert len(ids) > 2 * length
    expected = by_hand(tiny, ids[: length + 1], 1)
    first = length + 1
    while first < len(ids):
        end = min(len(ids), first + length - 10)
        piece = ids[max(0, end - 1 - length) : end]
        expected += by_hand(tiny, piece, len(piece) - (end - first))
        first = end
    [found] = score(tiny.model, [Request(ids, 1)], overlap=10)
    assert found.logprob == pytest.approx(expected, rel=1e-5)
    assert found.n_token == len(ids) - 1


def test_scoring_leaves_the_mode_of_the_model_as_it_was(tiny: Pretrained) -> None:
    tiny.model.train()
    score(tiny.model, [Request([BOS, 20, 21], 1)])
    was_training = tiny.model.training
    tiny.model.eval()
    assert was_training


def test_continuation_covers_the_text_across_a_token_border(tiny: Pretrained) -> None:
    request = continuation(tiny.tokenizer, "Once upon a ti", "me there was")
    assert tiny.tokenizer.decode(request.ids) == "Once upon a time there was"
    assert "me there was" in tiny.tokenizer.decode(request.ids[request.first :])
    assert request.first >= 1


def test_continuation_of_nothing_is_given_the_beginning_of_a_text(tiny: Pretrained) -> None:
    assert continuation(tiny.tokenizer, "", "Once") == Request([BOS, *tiny.tokenizer.encode("Once")], 1)


def test_bits_per_byte_counts_the_exact_bytes_of_the_text(tiny: Pretrained) -> None:
    texts = ["狐狸 naïve 🦊", TEXT]
    found = perplexity(tiny.model, tiny.tokenizer, texts)
    nats = -sum(by_hand(tiny, [BOS, *tiny.tokenizer.encode(text)], 1) for text in texts)
    assert found.n_byte == sum(len(text.encode()) for text in texts)
    assert found.bits_per_byte == pytest.approx(nats / math.log(2) / found.n_byte, rel=1e-5)
    assert found.perplexity == pytest.approx(math.exp(nats / found.n_token), rel=1e-4)


def test_a_model_that_knows_nothing_has_the_vocabulary_as_perplexity(tiny: Pretrained) -> None:
    from scratch_llm.models import Decoder

    flat = Decoder(tiny.model.config)
    torch.nn.init.zeros_(flat.head.weight)
    assert perplexity(flat, tiny.tokenizer, [TEXT]).perplexity == pytest.approx(448, rel=1e-5)


def test_each_text_has_a_loss_of_its_own(tiny: Pretrained) -> None:
    losses = text_losses(tiny.model, tiny.tokenizer, [TEXT, "Once."], batch_size=1)
    assert losses[1] == text_losses(tiny.model, tiny.tokenizer, ["Once."])[0]
    assert losses[0].nats > losses[1].nats


def test_lossless_share_finds_what_a_tokenizer_drops(tiny: Pretrained) -> None:
    from scratch_llm.tokenizers import train_tokenizer

    narrow = train_tokenizer("char", ["abc"], 300)
    assert lossless_share(tiny.tokenizer, ["fox 🦊", " two  spaces "]) == 1.0
    assert lossless_share(narrow, ["abc", "abd"]) == 0.5


def test_the_perplexity_of_a_model_that_is_wrong_beyond_all_floats_is_a_number() -> None:
    assert 1e307 < Perplexity(nats=2000.0, n_token=2, n_byte=2).perplexity < math.inf
    assert math.isnan(Perplexity(nats=math.nan, n_token=2, n_byte=2).perplexity)
