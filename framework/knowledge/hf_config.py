"""From a Hugging Face config.json to one typed Architecture. Whatever is peculiar to a family ends here."""

from __future__ import annotations

import json
from pathlib import Path

from framework.errors import UsageError
from framework.knowledge import quirks
from framework.knowledge.architecture import (
    Architecture,
    Attention,
    Embedding,
    Experts,
    FeedForward,
    LatentAttention,
    Norms,
    Note,
)
from framework.knowledge.config_fields import Config, Fields
from framework.knowledge.dialects import dialect, families, is_refused

# Where models that also see or hear keep the configuration of their language part.
_LANGUAGE_PARTS = ("text_config", "llm_config", "language_config")
_MOST_LAYERS = 100_000
# Without these an unknown family cannot be read as if it were a known one.
_NEEDED = ("hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size")


def load_hf_config(path: Path) -> Architecture:
    """The architecture that a config.json describes."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.", hint="Give the path of a config.json.") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no JSON file: {error}.", hint="Give the path of a config.json.") from error
    if not isinstance(config, dict):
        raise UsageError(f"{path} must hold a JSON object.", hint="Give the path of a model's config.json.")
    return parse_config(config, path)


def parse_config(config: Config, source: str | Path = "config.json") -> Architecture:
    """The architecture that a configuration describes."""
    config, notes = _language_part(config)
    family, assumed = _family(config, source)
    fields = quirks.before(family, Fields(config, dialect(family), source))
    architecture = _build(fields, str(config.get("model_type") or family), (*notes, *assumed))
    return quirks.after(family, architecture, fields)


def _language_part(config: Config) -> tuple[Config, tuple[Note, ...]]:
    """The configuration of the model that reads and writes text, out of one that also sees or hears."""
    for key in _LANGUAGE_PARTS:
        part = config.get(key)
        if isinstance(part, dict):
            shared = {k: config[k] for k in ("tie_word_embeddings",) if k in config}
            note = Note(key="language_part_only", fields={"model_type": str(config.get("model_type"))})
            return {**shared, **part}, (note,)
    return config, ()


def _family(config: Config, source: str | Path) -> tuple[str, tuple[Note, ...]]:
    """The row to read it by; where there is none, the nearest one by its keys, and a note that says so."""
    model_type = str(config.get("model_type") or "")
    if is_refused(model_type, config):
        raise UsageError(
            f"{source}: a model of type {model_type or 'unknown'!r} is not made of attention layers alone, and "
            "foundry cannot count it.",
            hint="specs/catalog/architectures.yaml lists the families that are counted.",
        )
    if model_type in families():
        return model_type, ()
    missing = next((key for key in _NEEDED if config.get(key) is None), None)
    if missing:
        raise UsageError(
            f"{source}: key {missing} is missing, and model_type {model_type!r} is none whose keys are known.",
            hint="specs/catalog/architectures.yaml lists the families that are known; others must be named like Llama.",
        )
    if "type_vocab_size" in config:
        nearest = "bert"
    elif "kv_lora_rank" in config:
        nearest = "deepseek_v3"
    elif quirks.expert_count(config):
        nearest = "qwen3_moe" if "moe_intermediate_size" in config else "mixtral"
    else:
        nearest = "llama"
    note = Note(key="family_assumed", fields={"model_type": model_type or "-", "family": nearest})
    return nearest, (note,)


def _build(fields: Fields, family: str, notes: tuple[Note, ...]) -> Architecture:
    row = fields.dialect
    hidden, layers = fields.whole("hidden_size"), fields.whole("num_hidden_layers", at_most=_MOST_LAYERS)
    experts = _experts(fields, layers)
    norms = layers * row.norms_per_layer - row.norms_less + (1 if row.final_norm else 0)
    longest = fields.optional("max_position_embeddings", at_least=-1) or 0
    return Architecture(
        family=family,
        kind=row.kind,
        hidden=hidden,
        layers=layers,
        distinct_layers=layers,
        context=longest if longest > 0 else None,
        attention=_latent(fields) if row.latent else _attention(fields, hidden),
        feed_forward=None if experts and experts.layers == layers else _feed_forward(fields, hidden),
        experts=experts,
        norms=Norms(kind=row.norm, count=norms),
        embedding=_embedding(fields, hidden),
        pooler=row.pooler,
        notes=notes,
    )


def _attention(fields: Fields, hidden: int) -> Attention:
    row = fields.dialect
    heads = fields.whole("num_attention_heads")
    kv_heads = fields.optional("num_key_value_heads") or heads
    head_dim = fields.optional("head_dim")
    if heads % kv_heads:
        raise fields.refuse(
            "num_key_value_heads", f"must divide num_attention_heads {heads}, which {kv_heads} does not"
        )
    if head_dim is None and hidden % heads:
        raise fields.refuse("num_attention_heads", f"must divide hidden_size {hidden}, which {heads} does not")
    return Attention(
        heads=heads,
        kv_heads=kv_heads,
        head_dim=head_dim or hidden // heads,
        qkv_bias=fields.flag(row.qkv_bias),
        out_bias=fields.flag(row.out_bias),
        qk_norm=row.qk_norm if fields.flag(row.qk_norm_when) else "none",
        qk_norm_bias=row.qk_norm_bias,
        sinks=row.attention_sinks,
    )


def _latent(fields: Fields) -> LatentAttention:
    return LatentAttention(
        heads=fields.whole("num_attention_heads"),
        q_rank=fields.optional("q_lora_rank"),
        kv_rank=fields.whole("kv_lora_rank"),
        nope_dim=fields.whole("qk_nope_head_dim"),
        rope_dim=fields.whole("qk_rope_head_dim"),
        v_dim=fields.whole("v_head_dim"),
        bias=fields.flag(fields.dialect.latent_bias),
    )


def _feed_forward(fields: Fields, hidden: int) -> FeedForward:
    row = fields.dialect
    width = fields.optional("intermediate_size") or (row.ffn_multiple or 0) * hidden
    return FeedForward(
        width=width or fields.whole("intermediate_size"),
        gated=fields.flag(row.gated),
        bias=fields.flag(row.mlp_bias),
        down_bias=row.down_bias,
    )


def _experts(fields: Fields, layers: int) -> Experts | None:
    keys = fields.dialect.experts
    count = quirks.expert_count(fields.values) if keys else 0
    sparse = quirks.sparse_layers(fields, layers) if count else 0
    if keys is None or not sparse:
        return None
    width = fields.whole(keys.width)
    shared = fields.optional(keys.shared_width, at_least=0) if keys.shared_width else None
    if keys.shared_count:
        shared = (fields.optional(keys.shared_count, at_least=0) or 0) * width
    active = fields.whole(keys.active)
    if active > count:
        raise fields.refuse(keys.active, f"must be at most the number of experts {count}, which {active} is not")
    return Experts(
        layers=sparse,
        count=count,
        active=active,
        width=width,
        gated=True,
        bias=keys.bias,
        router_bias=keys.router_bias,
        shared_width=shared or 0,
        shared_bias=fields.flag(fields.dialect.mlp_bias),
        shared_gate=keys.shared_gate,
    )


def _embedding(fields: Fields, hidden: int) -> Embedding:
    row = fields.dialect
    decodes = row.kind != "encoder" and not _is_headless(fields.values)
    positions = (
        fields.whole("max_position_embeddings") + row.position_offset if fields.flag(row.learned_positions) else 0
    )
    return Embedding(
        vocab=fields.whole("vocab_size"),
        width=hidden,
        positions=positions,
        position_width=hidden,
        token_types=fields.optional("type_vocab_size", at_least=0) or 0,
        norms=1 if row.embedding_norm else 0,
        head=decodes,
        tied=decodes and fields.flag("tie_word_embeddings"),
        head_bias=decodes and fields.flag(row.head_bias),
    )


def _is_headless(config: Config) -> bool:
    """Embedding models are published as the bare stack of layers: `MistralModel`, not `MistralForCausalLM`."""
    classes = config.get("architectures")
    named = classes[0] if isinstance(classes, list) and classes else ""
    return isinstance(named, str) and named.endswith("Model") and "LMHead" not in named and "GLM" not in named
