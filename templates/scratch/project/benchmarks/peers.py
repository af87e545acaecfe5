"""The same model shape in three hands: ours, Hugging Face's Llama and litgpt's GPT."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from scratch_llm.config import ModelConfig
from scratch_llm.models import Decoder

# Small enough for one core, large enough that matrix products dominate.
SHAPE = ModelConfig(
    vocab_size=8192,
    context_length=512,
    d_model=256,
    n_layer=6,
    n_head=8,
    d_ff=688,
    attention="mha",
    tie_embeddings=False,
)


def ours() -> Decoder:
    """This package's decoder."""
    torch.manual_seed(0)
    return Decoder(SHAPE)


def hugging_face() -> Any:
    """Hugging Face's Llama of the same shape, with SDPA."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=SHAPE.vocab_size,
        hidden_size=SHAPE.d_model,
        intermediate_size=SHAPE.ff_dim,
        num_hidden_layers=SHAPE.n_layer,
        num_attention_heads=SHAPE.n_head,
        max_position_embeddings=SHAPE.context_length,
        tie_word_embeddings=False,
        attn_implementation="sdpa",
    )
    torch.manual_seed(0)
    return LlamaForCausalLM(config)


def litgpt() -> Any:
    """litgpt's GPT of the same shape."""
    from litgpt import GPT, Config

    config = Config(
        n_layer=SHAPE.n_layer,
        n_head=SHAPE.n_head,
        n_embd=SHAPE.d_model,
        intermediate_size=SHAPE.ff_dim,
        padded_vocab_size=SHAPE.vocab_size,
        vocab_size=SHAPE.vocab_size,
        block_size=SHAPE.context_length,
        mlp_class_name="LLaMAMLP",
        norm_class_name="RMSNorm",
        bias=False,
        parallel_residual=False,
        rotary_percentage=1.0,
    )
    torch.manual_seed(0)
    return GPT(config)


def loss(model: Any, tokens: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy, as whoever made the model would have it computed."""
    if isinstance(model, Decoder):
        return model(tokens, targets=targets).cross_entropy / targets.numel()
    output = model(tokens)
    logits = output if isinstance(output, Tensor) else output.logits
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())
