"""A language model in one file: read it from top to bottom, then run it.

    python tutorials/train.py            # less than a minute on one CPU core
    python tutorials/generate.py         # let the trained model write

The model is a small Llama: RMSNorm, rotary positions (RoPE), grouped-query attention (GQA), SwiGLU, tied embeddings.
It is trained by AdamW with warm-up and cosine decay. Everything is written out here except matrix products, automatic
differentiation and attention's inner product, which are PyTorch's.

The package does the same with more around it (packing, mixed precision, several GPUs, exact resume). A test proves that
both are equal: from the same seed, on the same batches, every step has the same loss.
"""

import argparse
import math
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SAVED = Path("outputs/tutorial/model.pt")


@dataclass(frozen=True)
class Config:
    """All numbers of the model and of its training."""

    vocab_size: int = 64
    context_length: int = 96  # tokens that the model sees at once
    n_layer: int = 3
    d_model: int = 96  # width of the residual stream
    n_head: int = 4  # query heads
    n_kv_head: int = 2  # key and value heads: each serves two query heads, which halves the cache
    d_ff: int = 256
    rope_theta: float = 10_000.0
    norm_eps: float = 1e-5
    init_std: float = 0.02

    batch_size: int = 16
    steps: int = 240
    warmup_steps: int = 20
    lr: float = 4e-3
    min_lr_ratio: float = 0.1
    betas: tuple[float, float] = (0.9, 0.95)
    eps: float = 1e-8
    weight_decay: float = 0.1
    grad_clip: float = 1.0
    seed: int = 0


# ---------------------------------------------------------------------------------------------------------------------
# 1. Text becomes numbers. Here every character is a token; the package learns longer ones (BPE).
# ---------------------------------------------------------------------------------------------------------------------

PEOPLE = ("the old miller", "a young sailor", "the baker", "my sister", "the tall clerk", "a quiet nurse")
DEEDS = ("mended", "carried", "painted", "found", "sold", "cleaned")
THINGS = ("a wooden boat", "the green gate", "two copper pans", "a torn map", "the heavy bell", "a basket of plums")
PLACES = ("by the harbour", "in the barn", "near the mill", "under the bridge", "on the market", "behind the church")
TIMES = ("before noon", "in the rain", "after supper", "last winter", "at dawn", "without a word")


def built_in_text(n_sentence: int = 4000, seed: int = 0) -> str:
    """Make up sentences, so that there is something to learn from without a download."""
    rng = random.Random(seed)
    parts = (PEOPLE, DEEDS, THINGS, PLACES, TIMES)
    return "\n".join(" ".join(rng.choice(part) for part in parts) + "." for _ in range(n_sentence))


def split_characters(text: str) -> list[str]:
    """The vocabulary: every character that occurs, in a fixed order."""
    return sorted(set(text))


def encode(text: str, characters: list[str]) -> Tensor:
    """Each character's place in the vocabulary, as a tensor [n]."""
    place = {character: i for i, character in enumerate(characters)}
    return torch.tensor([place[character] for character in text])


def batches(tokens: Tensor, config: Config, generator: torch.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Random windows of the text, without end. The target of each token is the token after it."""
    while True:
        starts = torch.randint(len(tokens) - config.context_length, (config.batch_size, 1), generator=generator)
        places = starts + torch.arange(config.context_length + 1)  # [B, T + 1]
        windows = tokens[places]
        yield windows[:, :-1], windows[:, 1:]


# ---------------------------------------------------------------------------------------------------------------------
# 2. The model. Shapes: B rows, T tokens, D the width of the stream, H heads of width D / H, V the vocabulary.
# ---------------------------------------------------------------------------------------------------------------------


class RMSNorm(nn.Module):
    """Bring each token's vector to length sqrt(D), then scale each channel. Cheaper than LayerNorm, and as good."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


def rotary_table(head_dim: int, length: int, theta: float) -> tuple[Tensor, Tensor]:
    """Angles of RoPE: pair i of a head's channels turns by position * theta ** (-2i / head_dim)."""
    frequencies = theta ** (-torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim)
    angles = torch.arange(length)[:, None] * frequencies  # [T, head_dim / 2]
    return angles.cos().float(), angles.sin().float()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn [B, H, T, head_dim] by position. Scores then depend on how far apart two tokens are, not on where."""
    a, b = x.chunk(2, dim=-1)  # a channel is paired with the one half a head further
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


class Attention(nn.Module):
    """Each token looks at itself and the tokens before it, and takes from them what its query asks for."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.n_head, self.n_kv_head = config.n_head, config.n_kv_head
        self.head_dim = config.d_model // config.n_head
        self.qkv = nn.Linear(config.d_model, (config.n_head + 2 * config.n_kv_head) * self.head_dim, bias=False)
        self.out = nn.Linear(config.d_model, config.d_model, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        heads = self.qkv(x).unflatten(-1, (-1, self.head_dim)).transpose(1, 2)  # [B, H + 2 KV, T, head_dim]
        query, key, value = heads.split([self.n_head, self.n_kv_head, self.n_kv_head], dim=1)
        query, key = rotate(query, cos, sin), rotate(key, cos, sin)
        # softmax(query @ key / sqrt(head_dim)) @ value, with the future masked; one fused kernel.
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)
        return self.out(mixed.transpose(1, 2).flatten(2))


class SwiGLU(nn.Module):
    """Think about each token by itself: one projection says what, a gate says how much of it."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.gate_up = nn.Linear(config.d_model, 2 * config.d_ff, bias=False)
        self.down = nn.Linear(config.d_ff, config.d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        gate, up = self.gate_up(x).chunk(2, dim=-1)
        return self.down(F.silu(gate) * up)


class Block(nn.Module):
    """Attention and feed-forward. Both add to the stream instead of replacing it, so gradients flow straight back."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.attention_norm = RMSNorm(config.d_model, config.norm_eps)
        self.attention = Attention(config)
        self.feed_forward_norm = RMSNorm(config.d_model, config.norm_eps)
        self.feed_forward = SwiGLU(config)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        x = x + self.attention(self.attention_norm(x), cos, sin)
        return x + self.feed_forward(self.feed_forward_norm(x))


class Decoder(nn.Module):
    """From tokens [B, T] to logits [B, T, V]: for each place, how likely each token is to come next."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.embed = nn.Embedding(config.vocab_size, config.d_model)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.norm = RMSNorm(config.d_model, config.norm_eps)
        self.head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        self.head.weight = self.embed.weight  # tied: what a token means as input, it means as output
        cos, sin = rotary_table(config.d_model // config.n_head, config.context_length, config.rope_theta)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self.initialise()

    def initialise(self) -> None:
        """Small random matrices. The last one of each branch is smaller still, so that depth does not add variance."""
        for name, weight in self.named_parameters():
            if weight.ndim == 2:
                ends_branch = name.endswith(("out.weight", "down.weight"))
                shrink = math.sqrt(2 * self.config.n_layer) if ends_branch else 1.0
                nn.init.normal_(weight, std=self.config.init_std / shrink)

    def forward(self, tokens: Tensor) -> Tensor:
        n_token = tokens.shape[1]
        x = self.embed(tokens)
        for block in self.blocks:
            x = block(x, self.cos[:n_token], self.sin[:n_token])
        return self.head(self.norm(x))


def loss_of(model: Decoder, tokens: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy: the mean of -log(probability that the model gave to the token that really came next)."""
    return F.cross_entropy(model(tokens).flatten(0, 1), targets.flatten())


# ---------------------------------------------------------------------------------------------------------------------
# 3. Learning.
# ---------------------------------------------------------------------------------------------------------------------


class AdamW:
    """Step each weight by its averaged gradient, measured in units of the gradient's usual size; decay matrices."""

    def __init__(self, model: nn.Module, config: Config) -> None:
        self.config = config
        self.parameters = list(model.parameters())
        self.means = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.squares = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.n_step = 0

    @torch.no_grad()
    def step(self, lr: float) -> None:
        self.n_step += 1
        beta1, beta2 = self.config.betas
        # The averages begin at zero and are too small at first; dividing by these corrects that.
        correction1, correction2 = 1 - beta1**self.n_step, 1 - beta2**self.n_step
        for parameter, mean, square in zip(self.parameters, self.means, self.squares, strict=True):
            gradient = parameter.grad
            if parameter.ndim == 2:
                parameter.mul_(1 - lr * self.config.weight_decay)
            mean.lerp_(gradient, 1 - beta1)
            square.lerp_(gradient.square(), 1 - beta2)
            parameter -= lr * (mean / correction1) / ((square / correction2).sqrt() + self.config.eps)


def learning_rate(step: int, config: Config) -> float:
    """Rise in a straight line while the averages settle, then fall along half a cosine."""
    if step < config.warmup_steps:
        return config.lr * (step + 1) / config.warmup_steps
    done = (step + 1 - config.warmup_steps) / (config.steps - config.warmup_steps)
    height = (1 + math.cos(math.pi * done)) / 2
    return config.lr * (config.min_lr_ratio + (1 - config.min_lr_ratio) * height)


def train(tokens: Tensor, config: Config) -> Iterator[tuple[Decoder, float]]:
    """Give the model and its loss after each step."""
    torch.manual_seed(config.seed)
    model = Decoder(config)
    optimizer = AdamW(model, config)
    data = batches(tokens, config, torch.Generator().manual_seed(config.seed))
    for step in range(config.steps):
        loss = loss_of(model, *next(data))
        model.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), config.grad_clip)  # one bad batch must not undo many good ones
        optimizer.step(learning_rate(step, config))
        yield model, loss.item()


@torch.no_grad()
def validation_loss(model: Decoder, tokens: Tensor, n_batch: int = 8) -> float:
    """The loss on text that was not trained on."""
    data = batches(tokens, model.config, torch.Generator().manual_seed(1))
    return sum(loss_of(model, *next(data)).item() for _ in range(n_batch)) / n_batch


def main() -> None:
    parser = argparse.ArgumentParser(description="Train a small Llama on characters.")
    parser.add_argument("--text", type=Path, help="a text file in UTF-8; default: made-up sentences")
    parser.add_argument("--steps", type=int, default=Config.steps)
    parser.add_argument("--out", type=Path, default=SAVED, help="where the trained model goes")
    options = parser.parse_args()

    text = options.text.read_text(encoding="utf-8") if options.text else built_in_text()
    characters = split_characters(text)
    config = Config(vocab_size=len(characters), steps=options.steps)
    tokens = encode(text, characters)
    border = int(0.95 * len(tokens))
    guess = math.log(len(characters))
    print(f"{len(text):,} characters, {len(characters)} different ones; a guess would cost {guess:.2f}")

    for step, (model, loss) in enumerate(train(tokens[:border], config), start=1):  # noqa: B007
        if step % 20 == 0 or step in (1, config.steps):
            print(f"step {step:4}  loss {loss:.3f}")
    print(f"validation loss {validation_loss(model, tokens[border:]):.3f}")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"config": asdict(config), "characters": characters, "weights": model.state_dict()}, options.out)
    print(f"saved to {options.out}")


if __name__ == "__main__":
    main()
