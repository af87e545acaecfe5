"""Text generation in one file: the KV cache, and how the next token is chosen.

    python tutorials/train.py                                     # first make a model
    python tutorials/generate.py --prompt "the baker "
    python tutorials/generate.py --prompt "the baker " --temperature 0.8 --top-k 5 --top-p 0.9 --seed 1

A model without a cache would read the whole text again for each new token: work that grows with the square of the
length. But a token's keys and values depend only on what stands before it and never change. So they are kept, and each
step computes one token.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

SAVED = Path("outputs/tutorial/model.pt")


@dataclass
class Cache:
    """What attention must remember of the tokens so far; allocated once for the longest text."""

    keys: Tensor  # [layer, KV, context, head_dim]
    values: Tensor
    length: int = 0


class CachedDecoder:
    """The trained model, for one text at a time. Compare each method with its namesake in train.py."""

    def __init__(self, config: dict[str, Any], weights: dict[str, Tensor]) -> None:
        self.weights = weights
        self.n_layer, self.context_length = config["n_layer"], config["context_length"]
        self.n_head, self.n_kv_head = config["n_head"], config["n_kv_head"]
        self.head_dim, self.eps = config["d_model"] // config["n_head"], config["norm_eps"]
        frequencies = config["rope_theta"] ** (-torch.arange(0, self.head_dim, 2, dtype=torch.float64) / self.head_dim)
        angles = torch.arange(self.context_length)[:, None] * frequencies
        self.cos, self.sin = angles.cos().float(), angles.sin().float()

    def new_cache(self) -> Cache:
        shape = (self.n_layer, self.n_kv_head, self.context_length, self.head_dim)
        return Cache(torch.zeros(shape), torch.zeros(shape))

    def norm(self, x: Tensor, name: str) -> Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weights[name]

    def rotate(self, x: Tensor, start: int) -> Tensor:
        """Turn [H, T, head_dim]. The first token stands at position `start`: what is before it lies in the cache."""
        cos, sin = self.cos[start : start + x.shape[1]], self.sin[start : start + x.shape[1]]
        a, b = x.chunk(2, dim=-1)
        return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)

    def attention(self, x: Tensor, layer: int, cache: Cache) -> Tensor:
        name = f"blocks.{layer}.attention"
        n_new, start = len(x), cache.length
        heads = (x @ self.weights[f"{name}.qkv.weight"].T).unflatten(-1, (-1, self.head_dim)).transpose(0, 1)
        query, key, value = heads.split([self.n_head, self.n_kv_head, self.n_kv_head])
        # The new keys and values join those of all tokens before; queries are needed only once.
        cache.keys[layer, :, start : start + n_new] = self.rotate(key, start)
        cache.values[layer, :, start : start + n_new] = value
        keys, values = cache.keys[layer, :, : start + n_new], cache.values[layer, :, : start + n_new]
        # Token i of the new ones sees everything up to itself. (A single token sees all there is.)
        visible = torch.ones(n_new, start + n_new, dtype=torch.bool).tril(start)
        mixed = F.scaled_dot_product_attention(
            self.rotate(query, start)[None], keys[None], values[None], attn_mask=visible, enable_gqa=True
        )[0]
        return mixed.transpose(0, 1).flatten(1) @ self.weights[f"{name}.out.weight"].T

    def feed_forward(self, x: Tensor, layer: int) -> Tensor:
        name = f"blocks.{layer}.feed_forward"
        gate, up = (x @ self.weights[f"{name}.gate_up.weight"].T).chunk(2, dim=-1)
        return (F.silu(gate) * up) @ self.weights[f"{name}.down.weight"].T

    @torch.inference_mode()
    def next_logits(self, tokens: list[int], cache: Cache) -> Tensor:
        """Append tokens to the cache; give the logits [V] of what comes after the last one."""
        x = self.weights["embed.weight"][tokens]  # [T, D]
        for layer in range(self.n_layer):
            x = x + self.attention(self.norm(x, f"blocks.{layer}.attention_norm.weight"), layer, cache)
            x = x + self.feed_forward(self.norm(x, f"blocks.{layer}.feed_forward_norm.weight"), layer)
        cache.length += len(tokens)
        # Only the last place is asked, so the large output matrix is multiplied once and not T times.
        return self.weights["head.weight"] @ self.norm(x[-1], "norm.weight")


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen."""

    temperature: float = 0.0  # 0: always the likeliest (greedy); 1: as the model says; above: bolder
    top_k: int = 0  # only among the k likeliest; 0: among all
    top_p: float = 1.0  # only among the likeliest that together have this probability


def choose(logits: Tensor, how: Sampling, generator: torch.Generator) -> int:
    """Choose one token from logits [V]."""
    if how.temperature == 0:
        return int(logits.argmax())
    ordered, ids = logits.sort(descending=True, stable=True)
    probabilities = (ordered / how.temperature).softmax(0)
    if how.top_k:
        probabilities[how.top_k :] = 0
        probabilities /= probabilities.sum()
    before = probabilities.cumsum(0) - probabilities  # probability of all likelier tokens
    probabilities[1:][before[1:] >= how.top_p] = 0  # the likeliest always stays
    return int(ids[torch.multinomial(probabilities, 1, generator=generator)])


def generate(
    model: CachedDecoder, prompt: list[int], n_new: int, how: Sampling, generator: torch.Generator
) -> Iterator[int]:
    """Give new tokens one by one, until there are enough or the context is full."""
    cache = model.new_cache()
    tokens = prompt  # the first step reads the whole prompt at once (prefill), each later one a single token
    for _ in range(min(n_new, model.context_length - len(prompt))):
        token = choose(model.next_logits(tokens, cache), how, generator)
        yield token
        tokens = [token]


def main() -> None:
    parser = argparse.ArgumentParser(description="Let the tutorial's model write.")
    parser.add_argument("--model", type=Path, default=SAVED, help="what tutorials/train.py saved")
    parser.add_argument("--prompt", default="the ")
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--temperature", type=float, default=Sampling.temperature)
    parser.add_argument("--top-k", type=int, default=Sampling.top_k)
    parser.add_argument("--top-p", type=float, default=Sampling.top_p)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if not options.model.is_file():
        parser.error(f"{options.model} is not there; run tutorials/train.py first")

    saved = torch.load(options.model, weights_only=True)
    characters: list[str] = saved["characters"]
    if unknown := sorted(set(options.prompt) - set(characters)):
        parser.error(f"the model has never seen {unknown}; it knows {''.join(characters)!r}")
    if not 0 < len(options.prompt) < saved["config"]["context_length"]:
        parser.error(f"the prompt must have 1 to {saved['config']['context_length'] - 1} characters")
    model = CachedDecoder(saved["config"], saved["weights"])
    prompt = [characters.index(character) for character in options.prompt]
    how = Sampling(options.temperature, options.top_k, options.top_p)
    print(options.prompt, end="")
    for token in generate(model, prompt, options.tokens, how, torch.Generator().manual_seed(options.seed)):
        print(characters[token], end="", flush=True)
    print()


if __name__ == "__main__":
    main()
