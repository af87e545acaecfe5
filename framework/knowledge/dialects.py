"""How each family of models writes its config.json: the table specs/catalog/architectures.yaml, typed."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal, cast

from pydantic import Field, JsonValue

from framework.artifacts.base import Strict
from framework.knowledge.architecture import Kind
from framework.resources import load_yaml

Trait = bool | str


class ExpertKeys(Strict):
    """The keys that describe a mixture of experts."""

    count: str
    active: str = "num_experts_per_tok"
    width: str = "intermediate_size"
    shared_count: str | None = None
    shared_width: str | None = None
    shared_gate: bool = False
    bias: bool = False
    router_bias: bool = False


class Dialect(Strict):
    """One family: where its numbers stand, and what its shape is apart from them. A trait may be a config key."""

    kind: Kind = "decoder"
    names: dict[str, str] = Field(default_factory=dict, description="canonical key: the key in this family's files")
    defaults: dict[str, JsonValue] = Field(default_factory=dict)
    ffn_multiple: int | None = Field(default=None, description="feed-forward width, where the file gives none")
    gated: Trait = True
    qkv_bias: Trait = False
    out_bias: Trait = False
    mlp_bias: Trait = False
    down_bias: bool | None = None
    head_bias: Trait = False
    qk_norm: Literal["none", "head", "width"] = "none"
    qk_norm_when: Trait = True
    qk_norm_bias: bool = False
    attention_sinks: bool = False
    norm: Literal["rms", "layer", "layer_without_bias", "plain"] = "rms"
    norms_per_layer: int = 2
    norms_less: int = 0
    final_norm: bool = True
    embedding_norm: bool = False
    learned_positions: Trait = False
    position_offset: int = 0
    pooler: bool = False
    latent: bool = False
    latent_bias: Trait = False
    experts: ExpertKeys | None = None


class _Refusals(Strict):
    families: dict[str, dict[str, JsonValue]]
    refused: tuple[str, ...]
    refused_keys: tuple[str, ...]


@cache
def _table() -> _Refusals:
    return _Refusals.model_validate(load_yaml("specs/catalog/architectures.yaml"))


def _row(family: str) -> dict[str, Any]:
    """The row with what it takes over from the row that it is like."""
    own = dict(_table().families[family])
    like = own.pop("like", None)
    if like is None:
        return own
    base = _row(cast(str, like))
    for nested in ("names", "defaults"):
        own[nested] = {**base.get(nested, {}), **cast(dict[str, JsonValue], own.get(nested, {}))}
    return {**base, **own}


@cache
def dialect(family: str) -> Dialect:
    """The family's row."""
    return Dialect.model_validate(_row(family))


def families() -> tuple[str, ...]:
    """Every `model_type` that has a row."""
    return tuple(_table().families)


def is_refused(family: str, config: dict[str, JsonValue]) -> bool:
    """Whether it is known to be something else than a transformer of the kinds that are counted."""
    return family in _table().refused or any(config.get(key) for key in _table().refused_keys)
