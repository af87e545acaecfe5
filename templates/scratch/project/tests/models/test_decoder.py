"""What a decoder promises, whatever it is made of."""

import math
from typing import get_args

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from scratch_llm.config import ModelConfig
from scratch_llm.models import Decoder, KVCache, count_parameters, flops_per_token
from scratch_llm.models.norm import RMSNorm
from scratch_llm.models.registry import ATTENTION, FEED_FORWARD
from scratch_llm.utils.errors import ConfigError

from tests.models.shapes import KINDS, VOCAB, random_tokens, small_config, small_decoder


def loss_of(decoder, tokens, **documents):
    output = decoder(tokens[:, :-1], **documents)
    return F.cross_entropy(output.logits.flatten(0, 1), tokens[:, 1:].flatten()) + output.auxiliary_loss


@pytest.mark.fast
@pytest.mark.parametrize("kind", KINDS)
def test_a_later_token_does_not_change_earlier_logits(kind):
    decoder, tokens = small_decoder(**KINDS[kind]), random_tokens(2, 12)
    changed = tokens.clone()
    changed[:, 7] = (changed[:, 7] + 1) % VOCAB
    before, after = decoder(tokens).logits, decoder(changed).logits
    torch.testing.assert_close(before[:, :7], after[:, :7])
    assert (before[:, 7:] - after[:, 7:]).abs().amax(-1).min() > 1e-4


@pytest.mark.fast
@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_gets_a_gradient(kind):
    decoder = small_decoder(**KINDS[kind]).train()
    loss_of(decoder, random_tokens(4, 30)).backward()
    still = [name for name, weight in decoder.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert still == []


@pytest.mark.fast
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tied", [True, False])
def test_the_loss_of_given_targets_is_that_of_the_logits(kind, tied):
    decoder, tokens = small_decoder(**KINDS[kind] | {"tie_embeddings": tied}).train(), random_tokens(2, 12)
    targets = tokens[:, 1:].clone()
    targets[0, :4] = -100
    logits, auxiliary = decoder(tokens[:, :-1])
    plain = F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="sum") + auxiliary
    direct = sum(decoder(tokens[:, :-1], targets=targets))
    torch.testing.assert_close(direct, plain)
    weights = list(decoder.parameters())
    torch.testing.assert_close(torch.autograd.grad(direct, weights), torch.autograd.grad(plain, weights))


@pytest.mark.fast
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tied", [True, False])
def test_the_first_loss_is_about_that_of_guessing(kind, tied):
    torch.manual_seed(0)
    fields = KINDS[kind] | {"tie_embeddings": tied, "vocab_size": 1024, "d_model": 64}
    tokens = torch.randint(0, 1024, (8, 33), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert loss_of(Decoder(small_config(**fields)).eval(), tokens) == pytest.approx(math.log(1024), abs=0.15)


@pytest.mark.fast
@pytest.mark.parametrize("kind", KINDS)
def test_training_and_evaluation_compute_the_same(kind):
    decoder, tokens = small_decoder(**KINDS[kind]), random_tokens(2, 9)
    torch.testing.assert_close(decoder.train()(tokens).logits, decoder.eval()(tokens).logits, atol=1e-5, rtol=1e-4)


@pytest.mark.fast
def test_the_short_norm_has_the_value_and_gradients_of_the_plain_one():
    torch.manual_seed(0)
    ours, plain = RMSNorm(24, 0.1).train(), torch.nn.RMSNorm(24, 0.1)
    for norm in (ours, plain):
        torch.nn.init.uniform_(norm.weight, 0.5, 2.0, generator=torch.Generator().manual_seed(1))
    gradients = []
    for norm in (ours, plain):
        x = torch.randn(3, 5, 24, generator=torch.Generator().manual_seed(2), requires_grad=True)
        y = norm(x)
        (y * torch.linspace(-1, 2, 24)).sum().backward()
        gradients.append((y, x.grad, norm.weight.grad))
    for short, long in zip(*gradients, strict=True):
        torch.testing.assert_close(short, long)
    rows = torch.randn(7, 24)
    torch.testing.assert_close(ours.step(rows), plain(rows))


@pytest.mark.fast
def test_the_stream_does_not_grow_with_depth():
    tokens, spread = random_tokens(2, 16), []
    for n_layer in (2, 12):
        torch.manual_seed(0)
        decoder = Decoder(small_config(n_layer=n_layer))
        stream = decoder.embed(tokens)
        hidden = []
        decoder.norm.register_forward_pre_hook(lambda _, inputs, hidden=hidden: hidden.append(inputs[0]))
        decoder(tokens)
        spread.append((hidden[0] - stream).std().item())
    assert spread[1] < 1.5 * spread[0]


def test_one_batch_can_be_learnt_by_heart():
    torch.manual_seed(0)
    decoder, tokens = Decoder(small_config(init_std=0.05)), random_tokens(2, 17)
    optimizer = torch.optim.AdamW(decoder.parameters(), lr=1e-2)
    for _ in range(60):
        optimizer.zero_grad()
        loss = loss_of(decoder, tokens)
        loss.backward()
        optimizer.step()
    assert loss < 0.1


@pytest.mark.fast
@pytest.mark.parametrize("kind", KINDS)
def test_a_packed_document_is_computed_as_if_it_were_alone(kind):
    decoder = small_decoder(**KINDS[kind])
    one, two, three = random_tokens(1, 5, 1), random_tokens(1, 8, 2), random_tokens(1, 4, 3)
    packed = torch.cat([one, two, three], dim=1)
    ids = torch.tensor([[7] * 5 + [3] * 8 + [7] * 4])  # an id may come again: it is another document
    logits = decoder(packed, document_ids=ids).logits
    alone = torch.cat([decoder(document).logits for document in (one, two, three)], dim=1)
    torch.testing.assert_close(logits, alone, atol=2e-5, rtol=1e-4)


@pytest.mark.fast
def test_changing_one_document_leaves_the_others_alone():
    decoder, tokens = small_decoder(), random_tokens(2, 12)
    ids = torch.tensor([[0] * 5 + [1] * 7, [0] * 9 + [1] * 3])
    changed = tokens.clone()
    changed[0, :5] = (changed[0, :5] + 1) % VOCAB
    before, after = decoder(tokens, document_ids=ids).logits, decoder(changed, document_ids=ids).logits
    assert torch.equal(before[0, 5:], after[0, 5:])
    assert torch.equal(before[1], after[1])
    assert not torch.equal(before[0, :5], after[0, :5])


@pytest.mark.parametrize("kind", ["gqa", "mla", "moe"])
def test_checkpointed_activations_give_the_same_gradients(kind):
    gradients = []
    for is_checkpointed in (False, True):
        decoder = small_decoder(**KINDS[kind]).train()
        decoder.checkpoint_activations = is_checkpointed
        loss_of(decoder, random_tokens(2, 20)).backward()
        gradients.append([weight.grad for weight in decoder.parameters()])
    for kept, recomputed in zip(*gradients, strict=True):
        torch.testing.assert_close(kept, recomputed)


def test_checkpointing_keeps_less_for_the_backward_pass():
    kept = []
    for is_checkpointed in (False, True):
        decoder, n_byte = small_decoder(n_layer=4).train(), 0

        def count(tensor):
            nonlocal n_byte
            n_byte += tensor.nbytes
            return tensor

        decoder.checkpoint_activations = is_checkpointed
        with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
            decoder(random_tokens(4, 32))
        kept.append(n_byte)
    assert kept[1] < 0.5 * kept[0]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["gqa", "mla"])
def test_compiling_changes_nothing(kind):
    decoder, tokens = small_decoder(**KINDS[kind], n_layer=1).train(), random_tokens(2, 9)
    ids = torch.tensor([[0] * 4 + [1] * 5] * 2)[:, :-1]
    loss_of(decoder, tokens, document_ids=ids).backward()
    eager = [weight.grad.clone() for weight in decoder.parameters()]
    decoder.zero_grad()
    compiled = torch.compile(decoder, backend="aot_eager", fullgraph=True)
    loss_of(compiled, tokens, document_ids=ids).backward()
    for weight, expected in zip(decoder.parameters(), eager, strict=True):
        torch.testing.assert_close(weight.grad, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.fast
def test_dropout_works_in_training_only():
    decoder, tokens = small_decoder(dropout=0.5), random_tokens(1, 8)
    assert torch.equal(decoder(tokens).logits, decoder(tokens).logits)
    decoder.train()
    assert not torch.equal(decoder(tokens).logits, decoder(tokens).logits)


@pytest.mark.fast
@pytest.mark.parametrize("kind", KINDS)
def test_it_computes_in_bf16_too(kind):
    decoder, tokens = small_decoder(**KINDS[kind]), random_tokens(2, 9)
    exact = decoder(tokens).logits
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(decoder(tokens).logits.float(), exact, atol=0.5, rtol=0.1)
    decoder.bfloat16()
    cache = KVCache(decoder.config, 2, 9, dtype=torch.bfloat16)
    decoder(tokens[:, :8], cache=cache, n_new=[8, 7])
    assert decoder.last_logits(tokens[:, 8:], cache=cache).dtype == torch.bfloat16


@pytest.mark.fast
def test_parameters_are_counted_by_what_a_token_meets():
    tied, untied = (count_parameters(small_decoder(tie_embeddings=tied)) for tied in (True, False))
    assert tied.embeddings == untied.embeddings == VOCAB * 32
    assert untied.total - tied.total == VOCAB * 32
    assert tied.active == tied.total
    config = small_config(feed_forward="moe", moe={"n_expert": 8, "n_active": 2, "d_ff": 16})
    counted = count_parameters(Decoder(config))
    assert counted.total - counted.active == config.n_layer * 6 * 3 * 32 * 16


def test_arithmetic_of_a_token_is_what_a_counter_counts():
    from torch.utils.flop_counter import FlopCounterMode

    for fields in ({"n_kv_head": 2}, {"tie_embeddings": False}):
        decoder, tokens = small_decoder(**fields).train(), random_tokens(2, 33)
        ids = torch.zeros(2, 32, dtype=torch.long)
        with (
            FlopCounterMode(display=False) as counter,
            torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH),
        ):
            loss_of(decoder, tokens, document_ids=ids).backward()
        assert flops_per_token(decoder.config, 32) == pytest.approx(counter.get_total_flops() / 64, rel=0.02)
    latent = small_config(**KINDS["mla"])
    per_position = flops_per_token(latent, 2) - flops_per_token(latent, 1)
    assert per_position == 6 * latent.n_layer * latent.n_head * (8 + 4 + 12)


@pytest.mark.fast
def test_a_config_without_a_vocabulary_is_refused():
    with pytest.raises(ConfigError, match="vocab_size is 0"):
        Decoder(ModelConfig())


@pytest.mark.fast
def test_every_name_in_the_config_has_its_variant():
    fields = ModelConfig.model_fields
    assert set(get_args(fields["attention"].annotation)) == set(ATTENTION)
    assert set(get_args(fields["feed_forward"].annotation)) == set(FEED_FORWARD)


@settings(max_examples=25, deadline=None)
@given(
    n_head=st.sampled_from([1, 2, 3, 4]),
    groups=st.sampled_from([1, 2]),
    head_dim=st.sampled_from([2, 8, 10]),
    n_layer=st.integers(1, 3),
    d_ff=st.sampled_from([0, 1, 24]),
    attention=st.sampled_from(["gqa", "mla"]),
    tied=st.booleans(),
    n_token=st.integers(1, 6),
)
def test_any_shape_that_the_config_allows_computes(n_head, groups, head_dim, n_layer, d_ff, attention, tied, n_token):
    config = ModelConfig(
        vocab_size=VOCAB,
        context_length=6,
        n_layer=n_layer,
        d_model=n_head * groups * head_dim,
        n_head=n_head * groups,
        n_kv_head=n_head,
        attention=attention,
        d_ff=d_ff,
        tie_embeddings=tied,
    )
    decoder, tokens = Decoder(config).eval(), random_tokens(2, n_token)
    logits = decoder(tokens).logits
    assert logits.shape == (2, n_token, VOCAB)
    cached = decoder.last_logits(tokens, cache=KVCache(config, 2, n_token))
    torch.testing.assert_close(cached, logits[:, -1], atol=1e-5, rtol=1e-4)
