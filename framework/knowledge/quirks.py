"""What a few families do differently from everybody else: before their configuration is read, it is put into the common
form; after, the architecture gets what only they have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from framework.knowledge.architecture import Architecture, Attention
from framework.knowledge.config_fields import Config, Fields

_EXPERT_COUNTS = ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")


def expert_count(config: Config) -> int:
    """How many experts a mixture has, by any of the names for it; 0 where there is none."""
    counts = (config.get(key) for key in _EXPERT_COUNTS)
    return next((count for count in counts if isinstance(count, int) and count > 0), 0)


def sparse_layers(fields: Fields, layers: int) -> int:
    """How many of the layers have experts: not the first ones or the last, only every n-th, not those of a list."""
    kinds = fields.raw("mlp_layer_types")
    if isinstance(kinds, list):
        return kinds[:layers].count("sparse")
    first = fields.optional("first_k_dense_replace", at_least=0) or 0
    last = fields.optional("moe_layer_end_index", at_least=-1)
    end = layers if last is None or last < 0 else min(layers, last + 1)
    step = fields.optional("decoder_sparse_step") or 1
    dense = fields.numbers("mlp_only_layers")
    return sum((layer + 1) % step == 0 and layer not in dense for layer in range(first, end))


def before(family: str, fields: Fields) -> Fields:
    """The configuration in the common form."""
    return _BEFORE[family](fields) if family in _BEFORE else fields


def after(family: str, architecture: Architecture, fields: Fields) -> Architecture:
    """The architecture with what only this family has."""
    return _AFTER[family](architecture, fields) if family in _AFTER else architecture


def _falcon(fields: Fields) -> Fields:
    """The first Falcon shares one key head and, as its blocks run in parallel, one norm; the new one has groups."""
    if fields.flag("new_decoder_architecture"):
        return fields.changed({}, norms_per_layer=fields.optional("num_ln_in_parallel_attn") or 2)
    groups: Config = {"num_key_value_heads": 1 if fields.flag("multi_query") else None}
    parallel = fields.optional("num_ln_in_parallel_attn") or 1
    return fields.changed(groups, norms_per_layer=parallel if fields.flag("parallel_attn") else 2)


def _bigcode(fields: Fields) -> Fields:
    return fields.changed({"num_key_value_heads": 1}) if fields.flag("multi_query") else fields


def _qwen(fields: Fields) -> Fields:
    """The first Qwen counts gate and up together."""
    return fields.changed({"intermediate_size": fields.whole("intermediate_size") // 2})


def _chatglm(fields: Fields) -> Fields:
    return fields if fields.flag("multi_query_attention") else fields.changed({"num_key_value_heads": None})


def _stablelm(fields: Fields) -> Fields:
    """Attention and feed-forward side by side need one norm."""
    return fields.changed({}, norms_per_layer=1) if fields.flag("use_parallel_residual") else fields


def _minicpm3(fields: Fields) -> Fields:
    if fields.optional("v_head_dim"):
        return fields
    return fields.changed({"v_head_dim": fields.whole("hidden_size") // fields.whole("num_attention_heads")})


def _modernbert(fields: Fields) -> Fields:
    return fields.changed({}, norm="layer") if fields.flag("norm_bias") else fields


def _t5(fields: Fields) -> Fields:
    return fields.changed({}, gated=str(fields.raw("feed_forward_proj")).startswith("gated"))


def _optional_projection(architecture: Architecture, width: int | None, update: Mapping[str, object]) -> Architecture:
    """The embedding at a width of its own, with what joins it to the hidden width."""
    if width is None or width == architecture.hidden:
        return architecture
    embedding = architecture.embedding.model_copy(update={"width": width, **update})
    return architecture.model_copy(update={"embedding": embedding})


def _after_opt(architecture: Architecture, fields: Fields) -> Architecture:
    """OPT-350m alone embeds at half width and normalises after the blocks, so that no final norm is left."""
    final = fields.flag("do_layer_norm_before") and not fields.raw("_remove_final_layer_norm")
    norms = architecture.norms.model_copy(update={"count": 2 * architecture.layers + (1 if final else 0)})
    normed = architecture.model_copy(update={"norms": norms})
    return _optional_projection(normed, fields.optional("word_embed_proj_dim"), {"projections": 2})


def _after_electra(architecture: Architecture, fields: Fields) -> Architecture:
    width = fields.optional("embedding_size")
    update = {"position_width": width, "projections": 1, "projection_bias": True}
    return _optional_projection(architecture, width, update)


def _after_albert(architecture: Architecture, fields: Fields) -> Architecture:
    """All layers are the same few; the embedding is projected even where the widths are equal."""
    distinct = (fields.optional("num_hidden_groups") or 1) * (fields.optional("inner_group_num") or 1)
    width = fields.whole("embedding_size")
    update = {"width": width, "position_width": width, "projections": 1, "projection_bias": True}
    return architecture.model_copy(
        update={
            "distinct_layers": distinct,
            "norms": architecture.norms.model_copy(update={"count": 2 * distinct}),
            "embedding": architecture.embedding.model_copy(update=update),
        }
    )


def _after_mpnet(architecture: Architecture, fields: Fields) -> Architecture:
    buckets = fields.whole("relative_attention_num_buckets")
    return architecture.model_copy(update={"position_bias": buckets * architecture.heads})


def _after_deberta(architecture: Architecture, fields: Fields) -> Architecture:
    """Distances have embeddings of hidden width, and, unless shared with the tokens', projections of their own."""
    hidden, extra = architecture.hidden, 0
    norms = architecture.norms.count + ("layer_norm" in str(fields.raw("norm_rel_ebd")))
    if fields.flag("relative_attention"):
        farthest = fields.optional("max_relative_positions", at_least=-1) or -1
        buckets = fields.optional("position_buckets", at_least=-1) or -1
        reach = max(buckets, farthest) if buckets < 1 else buckets
        extra += 2 * (reach if reach > 0 else fields.whole("max_position_embeddings")) * hidden
        if not fields.flag("share_att_key"):
            ways = [way for way in ("c2p", "p2c") if way in str(fields.raw("pos_att_type"))]
            extra += architecture.layers * len(ways) * (hidden + 1) * hidden
    kernel = fields.optional("conv_kernel_size", at_least=0) or 0
    if kernel:
        extra += kernel * hidden * hidden // (fields.optional("conv_groups") or 1) + hidden
        norms += 1
    counted = architecture.norms.model_copy(update={"count": norms + 1})  # the embedding's norm, after its projection
    plain = architecture.embedding.model_copy(update={"norms": 0})
    joined = architecture.model_copy(update={"position_bias": extra, "norms": counted, "embedding": plain})
    width = fields.optional("embedding_size")
    return _optional_projection(joined, width, {"position_width": width, "projections": 1})


def _after_t5(architecture: Architecture, fields: Fields) -> Architecture:
    """Two stacks; the second one attends to the first as well. Distances have biases, in T5 in one layer of each."""
    attention = cast(Attention, architecture.attention)
    decoders = fields.optional("num_decoder_layers") or architecture.layers
    layers = architecture.layers + decoders
    biased = layers if architecture.family == "umt5" else 2
    buckets = fields.whole("relative_attention_num_buckets")
    norms = 2 * architecture.layers + 3 * decoders + 2
    return architecture.model_copy(
        update={
            "layers": layers,
            "distinct_layers": layers,
            "cross_layers": decoders,
            "norms": architecture.norms.model_copy(update={"count": norms}),
            "position_bias": biased * buckets * attention.heads,
        }
    )


_BEFORE: dict[str, Callable[[Fields], Fields]] = {
    "falcon": _falcon,
    "RefinedWebModel": _falcon,
    "RefinedWeb": _falcon,
    "gpt_bigcode": _bigcode,
    "qwen": _qwen,
    "chatglm": _chatglm,
    "stablelm": _stablelm,
    "stablelm_epoch": _stablelm,
    "minicpm3": _minicpm3,
    "modernbert": _modernbert,
    "t5": _t5,
    "mt5": _t5,
    "umt5": _t5,
}
_AFTER: dict[str, Callable[[Architecture, Fields], Architecture]] = {
    "opt": _after_opt,
    "electra": _after_electra,
    "albert": _after_albert,
    "mpnet": _after_mpnet,
    "deberta-v2": _after_deberta,
    "t5": _after_t5,
    "mt5": _after_t5,
    "umt5": _after_t5,
}
