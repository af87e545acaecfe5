"""The decoder: embedding, blocks of attention and feed-forward, output layer."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from scratch_llm.config import ModelConfig
from scratch_llm.models.cache import KVCache, Window
from scratch_llm.models.context import Context, Memory, additive_mask, document_starts
from scratch_llm.models.init import initialise
from scratch_llm.models.linear_loss import summed_cross_entropy
from scratch_llm.models.norm import RMSNorm
from scratch_llm.models.registry import ATTENTION, FEED_FORWARD
from scratch_llm.models.rotary import Rotary
from scratch_llm.utils.errors import ConfigError, RequestError


class DecoderOutput(NamedTuple):
    """What a forward pass gives."""

    logits: Tensor  # [B, T, V]
    auxiliary_loss: Tensor  # scalar, weighted, a mean over tokens; 0 without a mixture of experts or outside training


class DecoderLoss(NamedTuple):
    """What a forward pass gives when it is told the targets."""

    cross_entropy: Tensor  # scalar, a sum over the targets
    auxiliary_loss: Tensor


class Block(nn.Module):
    """Attention and feed-forward, each normalised before and added to the residual stream."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.attention_norm = RMSNorm(config.d_model, config.norm_eps)
        self.attention = ATTENTION[config.attention](config)
        self.feed_forward_norm = RMSNorm(config.d_model, config.norm_eps)
        self.feed_forward = FEED_FORWARD[config.feed_forward](config)
        self.dropout = config.dropout

    def forward(self, x: Tensor, context: Context, memory: Memory | None = None) -> tuple[Tensor, Tensor | None]:
        """Map [B, T, D] to [B, T, D] and the feed-forward's auxiliary loss."""
        x = x + self._drop(self.attention(self.attention_norm(x), context, memory))
        y, auxiliary = self.feed_forward(self.feed_forward_norm(x))
        return x + self._drop(y), auxiliary

    def step(self, x: Tensor, context: Context, memory: Memory) -> Tensor:
        """The same for one token per row while generating, [B, D] to [B, D].

        There a model is as fast as it has few operations and calls, so whatever only matters to training is left out.
        """
        x = x + self.attention.step(self.attention_norm.step(x), context, memory)
        return x + self.feed_forward.step(self.feed_forward_norm.step(x))

    def _drop(self, branch: Tensor) -> Tensor:
        return F.dropout(branch, self.dropout) if self.dropout and self.training else branch


class Decoder(nn.Module):
    """A causal language model.

    Attributes:
        config: Its shape.
        checkpoint_activations: Set to True to compute each block's activations again in the backward pass instead of
            keeping them: much less memory for a third more work.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        if not config.vocab_size:
            raise ConfigError("model.vocab_size is 0", "set it to the tokenizer's size")
        self.config = config
        self.checkpoint_activations = False
        self.embed = nn.Embedding(config.vocab_size, config.d_model)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.n_layer))
        self.norm = RMSNorm(config.d_model, config.norm_eps)
        self.head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        if config.tie_embeddings:
            self.head.weight = self.embed.weight
        width = ATTENTION[config.attention].rotary_width(config)
        self.rotary = Rotary(width, config.context_length, config.rope_theta)
        initialise(self, std=config.init_std, n_layer=config.n_layer)

    def forward(
        self,
        tokens: Tensor,
        *,
        targets: Tensor | None = None,
        document_ids: Tensor | None = None,
        cache: KVCache | None = None,
        rows: Sequence[int] | None = None,
        n_new: Sequence[int] | None = None,
    ) -> DecoderOutput | DecoderLoss:
        """Logits of every next token; or, given the targets, their summed loss without ever making all logits.

        Args:
            tokens: Ids [B, T].
            targets: Ids that follow each token [B, T]; no loss is taken of negative ones.
            document_ids: Where rows are packed, which document each token belongs to [B, T]. Attention stays inside a
                document, and positions begin again with each.
            cache: Continue its rows instead of beginning at position 0.
            rows: The cache's row for each row of `tokens`; default: 0, 1, 2 ...
            n_new: How many of the T tokens of each row are real; the rest is padding on the right. Default: all.
        """
        x, auxiliary = self._stream(tokens, document_ids, cache, rows, n_new)
        x = self.norm(x)
        if targets is None:
            return DecoderOutput(self.head(x), auxiliary)
        loss = summed_cross_entropy(x.flatten(0, 1), self.head.weight, targets.flatten())
        return DecoderLoss(loss, auxiliary)

    def last_logits(
        self,
        tokens: Tensor,
        *,
        document_ids: Tensor | None = None,
        cache: KVCache | None = None,
        rows: Sequence[int] | None = None,
        n_new: Sequence[int] | None = None,
    ) -> Tensor:
        """Logits [B, V] of what follows each row's last real token; arguments as for `forward`."""
        x, _ = self._stream(tokens, document_ids, cache, rows, n_new)
        if n_new is None or x.shape[1] == 1:
            last = x[:, -1]
        else:
            last = x[range(len(n_new)), [max(0, new - 1) for new in n_new]]
        logits: Tensor = self.head(self.norm(last))
        return logits

    def run_blocks(self, tokens: Tensor, context: Context) -> tuple[Tensor, Tensor]:
        """The residual stream [B, T, D] after all blocks, and the auxiliary loss.

        This is the part without any Python state: what is exported or compiled with a memory of its own begins here.
        """
        x = self.embed(tokens)
        losses = []
        for index, block in enumerate(self.blocks):
            memory = None if context.memories is None else context.memories[index]
            if self.checkpoint_activations and self.training:
                x, loss = checkpoint(block, x, context, memory, use_reentrant=False)
            else:
                x, loss = block(x, context, memory)
            if loss is not None:
                losses.append(loss)
        return x, torch.stack(losses).mean() if losses else x.new_zeros(())

    def _stream(
        self,
        tokens: Tensor,
        document_ids: Tensor | None,
        cache: KVCache | None,
        rows: Sequence[int] | None,
        n_new: Sequence[int] | None,
    ) -> tuple[Tensor, Tensor]:
        n_row, n_token = tokens.shape
        if cache is None:
            self._check_length(n_token)
            return self.run_blocks(tokens, self._context(tokens, document_ids))
        if document_ids is not None:
            raise RequestError("packed rows cannot be continued from a cache", "give document_ids or a cache, not both")
        window = cache.window(n_token, range(n_row) if rows is None else rows, n_new)
        self._check_length(window.end)
        with torch.no_grad():  # what the cache holds has no history, so there is nothing to differentiate
            context = self._cached_context(window)
            streams = self._run_steps(tokens, context) if n_token == 1 else self.run_blocks(tokens, context)
        window.close()
        return streams

    def _run_steps(self, tokens: Tensor, context: Context) -> tuple[Tensor, Tensor]:
        x = self.embed(tokens[:, 0])
        for block, memory in zip(cast("Iterable[Block]", self.blocks), context.memories or (), strict=True):
            x = block.step(x, context, memory)
        return x.unsqueeze(1), x.new_zeros(())

    def _context(self, tokens: Tensor, document_ids: Tensor | None) -> Context:
        n_token = tokens.shape[1]
        cos, sin = self.rotary.cos[:n_token, None], self.rotary.sin[:n_token, None]
        if document_ids is None:
            return Context(cos, sin, mask=None, is_causal=True)
        place = torch.arange(n_token, device=tokens.device)
        first = document_starts(document_ids)
        position = (place - first)[..., None]
        mask = additive_mask(first, place, n_token, self.embed.weight.dtype)
        return Context(self.rotary.cos[position], self.rotary.sin[position], mask, is_causal=False)

    def _cached_context(self, window: Window) -> Context:
        start, end = window.starts[0], window.end
        memories = window.memories()
        if window.is_even:
            cos, sin = self.rotary.cos[start:end, None], self.rotary.sin[start:end, None]
            if start == 0 or window.n_token == 1:
                return Context(cos, sin, None, is_causal=start == 0 and window.n_token > 1, memories=memories)
        device = self.embed.weight.device
        last = torch.tensor(window.starts, device=device)[:, None] + torch.arange(window.n_token, device=device)
        mask = additive_mask(torch.zeros_like(last), last, end, self.embed.weight.dtype)
        if not window.is_even:
            position = last.clamp(max=self.config.context_length - 1)[..., None]
            cos, sin = self.rotary.cos[position], self.rotary.sin[position]
        return Context(cos, sin, mask, is_causal=False, memories=memories)

    def _check_length(self, length: int) -> None:
        if length > self.config.context_length:
            raise RequestError(
                f"{length} tokens are more than the model's context_length of {self.config.context_length}",
                "shorten the sequence",
            )
