"""The decoder and its tokenizer, in numbers that the template's own configuration accepts."""

from __future__ import annotations

from typing import Literal

from agents.coder.scratch.case import Case
from framework.rendering.context import Latent, Model, Tokenizer

Attention = Literal["mha", "gqa", "mla"]
Kind = Literal["char", "bpe", "wordpiece", "sentencepiece"]

EXPERTS, ACTIVE = 8, 2  # the template's usual mixture
_HEADS_PER_KV_HEAD = 4
_SMALLEST_VOCAB = 300  # what the template's tokenizers need for special tokens and bytes
_CHARACTERS = {"en": 512, "zh": 8192}
_MINI_VOCAB: dict[Kind, int] = {"char": 512, "bpe": 768, "wordpiece": 768, "sentencepiece": 768}


def model_of(case: Case) -> Model:
    """The shape that was chosen, with the attention and the feed-forward that were asked for."""
    shape = case.shape
    d_model = case.whole("width") or shape.hidden + shape.hidden % 2
    n_head = case.whole("heads") or heads_for(d_model, shape.heads)
    kept = None if case.whole("width") else shape.feed_forward
    model = _model(
        case,
        n_layer=case.whole("layers") or max(1, shape.layers),
        d_model=d_model,
        n_head=n_head,
        n_kv_head=_divisor(n_head, case.whole("kv_heads") or shape.kv_heads),
        d_ff=case.whole("d_ff") or kept or 0,
        context_length=case.training.context,
    )
    return model.model_copy(update={"dropout": case.number("dropout") or 0.0})


def mini_model_of(case: Case) -> Model:
    """The same kind of model with less than a million parameters, or three with experts."""
    return _model(case, n_layer=4, d_model=128, n_head=4, n_kv_head=2, d_ff=0, context_length=128)


def _model(
    case: Case, *, n_layer: int, d_model: int, n_head: int, n_kv_head: int, d_ff: int, context_length: int
) -> Model:
    attention = _attention(case)
    experts = case.shape.experts or EXPERTS if "moe" in case.features or case.shape.experts else 0
    if attention == "gqa" and n_kv_head == n_head and "kv_heads" not in case.settings:
        n_kv_head = _divisor(n_head, max(1, n_head // _HEADS_PER_KV_HEAD))
    return Model(
        attention=attention,
        feed_forward="moe" if experts else "swiglu",
        n_layer=n_layer,
        d_model=d_model,
        n_head=n_head,
        n_kv_head=n_kv_head if attention == "gqa" else n_head,
        d_ff=d_ff or -(-8 * d_model // 3 // 64) * 64,
        context_length=context_length,
        n_experts=max(ACTIVE, experts) if experts else 0,
        latent=_latent(d_model, n_head) if attention == "mla" else None,
    )


def _attention(case: Case) -> Attention:
    """As the words say; else as the shape that was chosen has it."""
    named: list[Attention] = [kind for kind in ("mla", "gqa", "mha") if kind in case.features]
    if named:
        return named[0]
    if "kv_heads" in case.settings:
        return "gqa"
    return "gqa" if case.shape.attention == "mqa" else case.shape.attention


def _latent(d_model: int, n_head: int) -> Latent:
    """A quarter of the width is kept for each token; half as much of a head is rotated as is not."""
    head = max(4, d_model // n_head // 4 * 4)
    return Latent(kv_rank=max(32, d_model // 4), nope_dim=head, rope_dim=head // 2, v_dim=head)


def heads_for(d_model: int, heads: int) -> int:
    """As many heads as were chosen, or the next fewer that give each an even width."""
    even = d_model + d_model % 2
    return next(n for n in range(max(1, min(heads, even // 2)), 0, -1) if even % (2 * n) == 0)


def _divisor(number: int, most: int) -> int:
    return next(n for n in range(max(1, min(most, number)), 0, -1) if number % n == 0)


def tokenizer_of(case: Case) -> Tokenizer:
    """The kind that was named; else SentencePiece for languages without blanks, and BPE."""
    kind = _kind(case)
    stated = case.whole("vocab")
    vocab = stated or max(_SMALLEST_VOCAB, case.shape.vocab)
    if kind == "char" and not stated:
        vocab = min(vocab, max(_CHARACTERS.get(language, 2048) for language in case.languages))
    return Tokenizer(kind=kind, vocab_size=vocab)


def mini_tokenizer_of(case: Case) -> Tokenizer:
    """The same kind with a vocabulary that a grammar's few thousand sentences fill."""
    kind = _kind(case)
    return Tokenizer(kind=kind, vocab_size=_MINI_VOCAB[kind])


def _kind(case: Case) -> Kind:
    kinds: tuple[Kind, ...] = ("char", "wordpiece", "sentencepiece", "bpe")
    named = [kind for kind in kinds if kind in case.features]
    if named:
        return named[0]
    exported = {"Transformers", "vLLM", "GGUF"} & {*case.wanted.texts("stack"), *case.wanted.texts("compatibility")}
    without_blanks = {"zh", "ja", "th"} & set(case.languages)
    return "sentencepiece" if without_blanks and not exported else "bpe"


def parameters_of(model: Model, vocab: int, *, active: bool = False) -> int:
    """What the template's decoder has with tied embeddings; `active` counts what one token passes through."""
    d, experts = model.d_model, model.n_experts
    if experts:
        width = max(8, model.d_ff // ACTIVE // 8 * 8)
        feed_forward = (ACTIVE if active else experts) * 3 * d * width + d * experts
    else:
        feed_forward = 3 * d * model.d_ff
    rows = -(-vocab // 64) * 64
    return rows * d + model.n_layer * (_attention_size(model) + feed_forward + 2 * d) + d


def _attention_size(model: Model) -> int:
    d, heads = model.d_model, model.n_head
    if model.latent is None:
        return 2 * d * d + 2 * d * (d // heads) * model.n_kv_head
    sizes = model.latent
    queries = d * heads * (sizes.nope_dim + sizes.rope_dim)
    latent = d * (sizes.kv_rank + sizes.rope_dim) + sizes.kv_rank
    return queries + latent + sizes.kv_rank * heads * (sizes.nope_dim + sizes.v_dim) + heads * sizes.v_dim * d


def cache_bytes_of(model: Model, bytes_per_number: int) -> int:
    """The key-value cache of one sequence of full length."""
    if model.latent is None:
        kept = 2 * model.n_kv_head * (model.d_model // model.n_head)
    else:
        kept = model.latent.kv_rank + model.latent.rope_dim
    return model.n_layer * model.context_length * kept * bytes_per_number
