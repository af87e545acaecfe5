"""The project's full run as its configuration says it now: the user may have changed it since it was rendered."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from framework.artifacts.document import parse_mapping
from framework.errors import InvalidDocument
from framework.knowledge.architecture import (
    Architecture,
    Attention,
    Embedding,
    Experts,
    FeedForward,
    LatentAttention,
    Norms,
)
from framework.runtime.codetree import CodeTree

FULL = "configs/pretrain/full.yaml"
MINI = "configs/pretrain/mini.yaml"
TUNINGS = ("configs/sft/full.yaml", "configs/dpo/full.yaml")
_ROWS = 64  # the vocabulary is padded to a multiple of this


class _Part(BaseModel):
    """What the guidance needs of a section; the project itself refuses keys that it does not know."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Latent(_Part):
    kv_rank: int = 64
    q_rank: int = 0
    nope_dim: int = 32
    rope_dim: int = 16
    v_dim: int = 32


class Mixture(_Part):
    n_expert: int = 8
    n_active: int = 2
    n_shared: int = 0
    d_ff: int = 0


class Model(_Part):
    vocab_size: int = 0
    context_length: int = 256
    n_layer: int = 4
    d_model: int = 256
    n_head: int = 8
    n_kv_head: int = 0
    attention: Literal["mha", "gqa", "mla"] = "gqa"
    feed_forward: Literal["swiglu", "moe"] = "swiglu"
    d_ff: int = 0
    tie_embeddings: bool = True
    mla: Latent = Latent()
    moe: Mixture = Mixture()

    @property
    def width(self) -> int:
        """The width of the feed-forward."""
        return self.d_ff or -(-8 * self.d_model // 3 // 64) * 64


class Tokenizer(_Part):
    vocab_size: int = 2048


class Data(_Part):
    dataset_name: str = "synthetic_stories"
    path: str | None = None
    n_documents: int = 2000
    deduplicate: bool = True
    packing: bool = True
    isolate_documents: bool = True
    streaming: bool = False
    shuffle: bool = True


class Params(_Part):
    lr: float = Field(default=1e-3, gt=0)
    weight_decay: float = 0.1


class Optimizer(_Part):
    name: Literal["adamw", "muon"] = "adamw"
    params: Params = Params()


class Scheduler(_Part):
    name: Literal["cosine", "wsd", "constant"] = "cosine"
    warmup_steps: int = 20
    min_lr_ratio: float = 0.1
    decay_share: float = 0.2


class Loop(_Part):
    epochs: float = 1.0
    max_steps: int = 0
    batch_size: int = Field(default=8, gt=0)
    accumulate: int = Field(default=1, gt=0)
    grad_clip: float = 1.0
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    activation_checkpointing: bool = False
    strategy: Literal["auto", "ddp", "fsdp2"] = "auto"
    save_every: int = Field(default=100, gt=0)
    eval_every: int = Field(default=50, gt=0)
    keep: int = 2
    nan_patience: int = 3


class FullRun(_Part):
    """One file of configs/."""

    task: Literal["pretrain", "sft", "dpo"] = "pretrain"
    output_folder: str = "outputs"
    model: Model = Model()
    tokenizer: Tokenizer = Tokenizer()
    data: Data = Data()
    optimizer: Optimizer = Optimizer()
    scheduler: Scheduler = Scheduler()
    training: Loop = Loop()

    @classmethod
    def read(cls, tree: CodeTree, path: str = FULL) -> Self:
        """The configuration in the project."""
        if path not in tree.texts:
            raise InvalidDocument(
                f"{path} is not there, and the guidance is for what it says.",
                hint="Bring it back with git, or run `foundry resume PROJECT --from build`.",
            )
        return parse_mapping(cls, tree.texts[path], path)

    @property
    def context(self) -> int:
        """Tokens of a row."""
        return self.model.context_length

    @property
    def vocab(self) -> int:
        """Rows of the embedding."""
        return self.model.vocab_size or -(-self.tokenizer.vocab_size // _ROWS) * _ROWS

    @property
    def architecture(self) -> Architecture:
        """The decoder, as the estimator takes it."""
        model, dense = self.model, self.model.feed_forward == "swiglu"
        return Architecture(
            family="scratch",
            kind="decoder",
            hidden=model.d_model,
            layers=model.n_layer,
            distinct_layers=model.n_layer,
            context=model.context_length,
            attention=_latent(model) if model.attention == "mla" else _heads(model),
            feed_forward=FeedForward(width=model.width) if dense else None,
            experts=None if dense else _experts(model),
            norms=Norms(kind="rms", count=2 * model.n_layer + 1),
            embedding=Embedding(
                vocab=self.vocab, width=model.d_model, position_width=model.d_model, tied=model.tie_embeddings
            ),
        )


def _heads(model: Model) -> Attention:
    kv_heads = model.n_kv_head or model.n_head
    return Attention(heads=model.n_head, kv_heads=kv_heads, head_dim=model.d_model // model.n_head)


def _latent(model: Model) -> LatentAttention:
    sizes = model.mla
    return LatentAttention(
        heads=model.n_head,
        q_rank=sizes.q_rank or None,
        kv_rank=sizes.kv_rank,
        nope_dim=sizes.nope_dim,
        rope_dim=sizes.rope_dim,
        v_dim=sizes.v_dim,
    )


def _experts(model: Model) -> Experts:
    mixture = model.moe
    width = mixture.d_ff or max(8, model.width // mixture.n_active // 8 * 8)
    return Experts(
        layers=model.n_layer,
        count=mixture.n_expert,
        active=mixture.n_active,
        width=width,
        shared_width=mixture.n_shared * width,
    )
