"""The decoder once more, by its formulas alone: slow, in double precision, one row at a time."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from scratch_llm.config import ModelConfig

_LATENT = {"to_latent", "latent_norm", "from_latent", "out"}
_MIXERS = {"mha": {"qkv", "out"}, "gqa": {"qkv", "out"}, "mla": _LATENT}
_PARTS = {"swiglu": {"gate_up", "down"}, "moe": {"router", "experts"}}
_OPTIONAL = {"query_norm", "from_query_latent", "shared"}


def is_known(weights: Mapping[str, Tensor], config: ModelConfig) -> bool:
    """Whether these are the weights of the model that the formulas here are of."""
    wanted = {"attention": _MIXERS.get(config.attention), "feed_forward": _PARTS.get(config.feed_forward)}
    for name, parts in wanted.items():
        found = {key.split(".")[3] for key in weights if key.startswith(f"blocks.0.{name}.")} - _OPTIONAL
        if found != parts:
            return False
    top = {key.split(".")[0] for key in weights}
    inner = {key.split(".")[2] for key in weights if key.startswith("blocks.")}
    return top <= {"embed", "blocks", "norm", "head"} and inner == {*wanted, *(f"{name}_norm" for name in wanted)}


def logits(weights: Mapping[str, Tensor], config: ModelConfig, tokens: Tensor) -> tuple[Tensor, float]:
    """Logits [T, V] of one document [T], and the auxiliary loss of its mixtures of experts."""
    every = {name: weight.detach().double() for name, weight in weights.items()}
    x, losses = every["embed.weight"][tokens], []
    for number in range(config.n_layer):
        own = {k.removeprefix(f"blocks.{number}."): w for k, w in every.items() if k.startswith(f"blocks.{number}.")}
        mix = _latent_attention if config.attention == "mla" else _attention
        x = x + mix(own, config, _norm(x, own["attention_norm.weight"], config))
        y = _norm(x, own["feed_forward_norm.weight"], config)
        if config.feed_forward == "moe":
            answer, loss = _mixture(own, config, y)
            losses.append(loss)
        else:
            answer = _gated(y, own["feed_forward.gate_up.weight"], own["feed_forward.down.weight"])
        x = x + answer
    head = every["embed.weight" if config.tie_embeddings else "head.weight"]
    return _norm(x, every["norm.weight"], config) @ head.T, sum(losses) / max(1, len(losses))


def _norm(x: Tensor, weight: Tensor, config: ModelConfig) -> Tensor:
    return x / (x.square().mean(-1, keepdim=True) + config.norm_eps).sqrt() * weight


def _turn(x: Tensor, config: ModelConfig) -> Tensor:
    """Turn heads [T, H, R] by their places: dimension i together with dimension i + R/2."""
    first, second = x.chunk(2, dim=-1)
    half = first.shape[-1]
    speed = torch.tensor([config.rope_theta ** (-i / half) for i in range(half)], dtype=x.dtype)
    angle = torch.arange(len(x), dtype=x.dtype)[:, None, None] * speed
    return torch.cat([first * angle.cos() - second * angle.sin(), second * angle.cos() + first * angle.sin()], -1)


def _attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Causal attention over [T, H, width], to [T, H * value's width]."""
    scores = torch.einsum("thw,shw->hts", query, key) / math.sqrt(query.shape[-1])
    future = torch.ones(scores.shape[1:], dtype=torch.bool).triu(1)
    shares = scores.masked_fill(future, -math.inf).softmax(-1)
    return torch.einsum("hts,shw->thw", shares, value).flatten(1)


def _attention(own: Mapping[str, Tensor], config: ModelConfig, x: Tensor) -> Tensor:
    n_head, n_kv = config.n_head, config.n_kv_head or config.n_head
    heads = (x @ own["attention.qkv.weight"].T).view(len(x), n_head + 2 * n_kv, -1)
    query, key, value = heads.split_with_sizes([n_head, n_kv, n_kv], dim=1)
    key, value = (part.repeat_interleave(n_head // n_kv, dim=1) for part in (_turn(key, config), value))
    return _attend(_turn(query, config), key, value) @ own["attention.out.weight"].T


def _latent_attention(own: Mapping[str, Tensor], config: ModelConfig, x: Tensor) -> Tensor:
    mla, n_head = config.mla, config.n_head
    sizes = [mla.q_rank or n_head * (mla.nope_dim + mla.rope_dim), mla.kv_rank, mla.rope_dim]
    query, latent, shared = (x @ own["attention.to_latent.weight"].T).split_with_sizes(sizes, dim=-1)
    if mla.q_rank:
        query = _norm(query, own["attention.query_norm.weight"], config) @ own["attention.from_query_latent.weight"].T
    plain, turning = query.view(len(x), n_head, -1).split_with_sizes([mla.nope_dim, mla.rope_dim], dim=-1)
    latent = _norm(latent, own["attention.latent_norm.weight"], config)
    unfolded = (latent @ own["attention.from_latent.weight"].T).view(len(x), n_head, -1)
    key, value = unfolded.split_with_sizes([mla.nope_dim, mla.v_dim], dim=-1)
    turned = _turn(shared[:, None], config).expand(-1, n_head, -1)
    query, key = torch.cat([plain, _turn(turning, config)], -1), torch.cat([key, turned], -1)
    return _attend(query, key, value) @ own["attention.out.weight"].T


def _gated(x: Tensor, gate_up: Tensor, down: Tensor) -> Tensor:
    gate, up = (x @ gate_up.T).chunk(2, dim=-1)
    return (gate * gate.sigmoid() * up) @ down.T


def _mixture(own: Mapping[str, Tensor], config: ModelConfig, x: Tensor) -> tuple[Tensor, float]:
    """Each token asks its best experts, which count by the router's share among them."""
    gate_up, down = own["feed_forward.experts.gate_up"], own["feed_forward.experts.down"]
    moe, scores = config.moe, x @ own["feed_forward.router.weight"].T
    shares, rows, visits = scores.softmax(-1), [], torch.zeros(config.moe.n_expert)
    for token, share in zip(x, shares, strict=True):
        best = share.topk(moe.n_active).indices.tolist()
        answers = [_gated(token, gate_up[expert], down[expert]) for expert in best]
        weight = share[best] / share[best].sum()
        rows.append((torch.stack(answers) * weight[:, None]).sum(0))
        visits[best] += 1
    answer = torch.stack(rows)
    if moe.n_shared:
        answer = answer + _gated(x, own["feed_forward.shared.gate_up.weight"], own["feed_forward.shared.down.weight"])
    balance = moe.n_expert * float((visits / visits.sum() * shares.mean(0)).sum())
    z = float(scores.logsumexp(-1).square().mean())
    return answer, moe.balance_weight * balance + moe.z_weight * z
