"""Weights to and from Hugging Face's Llama format: a folder with config.json and model.safetensors.

Rotary embedding follows the same convention on both sides, so nothing is permuted; only the fused matrices are split.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from scratch_llm.config import ModelConfig
from scratch_llm.models.decoder import Decoder
from scratch_llm.tokenizers import BOS, END, EOS, PAD, Tokenizer
from scratch_llm.tokenizers.hf import export_tokenizer
from scratch_llm.utils.errors import CheckpointError, ConfigError
from scratch_llm.utils.files import write_json
from scratch_llm.utils.weights import write_weights

# What this decoder computes and Llama's config could say otherwise.
_FIXED = {"model_type": "llama", "hidden_act": "silu", "attention_bias": False, "mlp_bias": False}


def export_hf(decoder: Decoder, tokenizer: Tokenizer | None, folder: Path) -> None:
    """Write a folder that `transformers.AutoModelForCausalLM.from_pretrained` loads, with the same logits.

    Args:
        decoder: A model with attention mha or gqa and feed-forward swiglu; Llama has no others.
        tokenizer: Written beside it for `AutoTokenizer`; a bpe or wordpiece tokenizer, or None.
        folder: Where to; made if it is not there.

    Raises:
        ConfigError: The model or the tokenizer has no counterpart there.
    """
    config = decoder.config
    if config.attention == "mla" or config.feed_forward == "moe":
        raise ConfigError(
            f"attention={config.attention} with feed_forward={config.feed_forward} has no counterpart in Llama",
            "export a model with attention=gqa and feed_forward=swiglu, or serve this one as it is",
        )
    folder.mkdir(parents=True, exist_ok=True)
    if tokenizer is not None:
        export_tokenizer(tokenizer, folder)
    write_weights(folder / "model.safetensors", _to_llama(decoder.state_dict(), config))
    write_json(folder / "config.json", _llama_config(config, decoder.embed.weight.dtype))
    # A text ends with one of them, an answer in a chat with the other.
    ends = {"bos_token_id": BOS, "eos_token_id": [EOS, END], "pad_token_id": PAD}
    write_json(folder / "generation_config.json", ends)


def import_hf(folder: Path) -> Decoder:
    """Read a Llama model from a local folder, in single precision.

    Raises:
        ConfigError: It is not Llama, or uses something of it that this decoder does not have.
        CheckpointError: Files are missing, damaged, or do not fit each other.
    """
    config = _model_config(_read_config(folder / "config.json"))
    weights = _read_weights(folder)
    decoder = Decoder(config)
    try:
        decoder.load_state_dict(_from_llama(weights, config))
    except (KeyError, RuntimeError) as error:
        raise CheckpointError(
            f"the weights in '{folder}' do not fit its config.json: {error}", "download it again"
        ) from error
    return decoder


def _llama_config(config: ModelConfig, dtype: torch.dtype) -> dict[str, Any]:
    return {
        **_FIXED,
        "architectures": ["LlamaForCausalLM"],
        "vocab_size": config.vocab_size,
        "hidden_size": config.d_model,
        "intermediate_size": config.ff_dim,
        "num_hidden_layers": config.n_layer,
        "num_attention_heads": config.n_head,
        "num_key_value_heads": config.kv_heads,
        "head_dim": config.head_dim,
        "max_position_embeddings": config.context_length,
        "rms_norm_eps": config.norm_eps,
        "rope_theta": config.rope_theta,
        "initializer_range": config.init_std,
        "tie_word_embeddings": config.tie_embeddings,
        "pad_token_id": PAD,
        "bos_token_id": BOS,
        "eos_token_id": EOS,
        "torch_dtype": str(dtype).removeprefix("torch."),
    }


def _model_config(llama: Mapping[str, Any]) -> ModelConfig:
    for key, value in _FIXED.items():
        if llama.get(key, value) != value:
            raise ConfigError(
                f"config.json has {key}={llama[key]!r}; only {value!r} can be imported", "choose another model"
            )
    rope = llama.get("rope_parameters") or llama.get("rope_scaling") or {}
    scaling = rope.get("rope_type", rope.get("type", "default"))
    if scaling != "default":
        raise ConfigError(f"rotary scaling '{scaling}' cannot be imported", "choose a model without it")
    try:
        config = ModelConfig(
            vocab_size=llama["vocab_size"],
            context_length=llama.get("max_position_embeddings", 2048),
            n_layer=llama["num_hidden_layers"],
            d_model=llama["hidden_size"],
            n_head=llama["num_attention_heads"],
            n_kv_head=llama.get("num_key_value_heads") or 0,
            d_ff=llama["intermediate_size"],
            rope_theta=rope.get("rope_theta", llama.get("rope_theta", 10_000.0)),
            norm_eps=llama.get("rms_norm_eps", 1e-6),
            tie_embeddings=llama.get("tie_word_embeddings", False),
            init_std=llama.get("initializer_range", 0.02),
        )
    except (KeyError, ValidationError) as error:
        raise ConfigError(f"config.json does not describe a Llama model: {error}", "download it again") from error
    if llama.get("head_dim") not in (None, config.head_dim):
        raise ConfigError(
            f"head_dim={llama['head_dim']} is not hidden_size / num_attention_heads", "choose another model"
        )
    return config


def _read_config(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path} is missing or damaged: {error}", "give a folder of a Llama model") from error
    if not isinstance(content, dict):
        raise CheckpointError(f"{path} is damaged: it is no JSON object", "give a folder of a Llama model")
    return content


def _read_weights(folder: Path) -> dict[str, Tensor]:
    """All tensors of all parts; large models come in several."""
    weights: dict[str, Tensor] = {}
    try:
        for part in sorted(folder.glob("*.safetensors")):
            weights |= load_file(part)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"the weights in '{folder}' are damaged: {error}", "download it again") from error
    return weights


def _to_llama(ours: Mapping[str, Tensor], config: ModelConfig) -> dict[str, Tensor]:
    head, kv = config.n_head * config.head_dim, config.kv_heads * config.head_dim
    llama = {"model.embed_tokens.weight": ours["embed.weight"], "model.norm.weight": ours["norm.weight"]}
    if not config.tie_embeddings:
        llama["lm_head.weight"] = ours["head.weight"]
    for layer in range(config.n_layer):
        block, there = f"blocks.{layer}.", f"model.layers.{layer}."
        query, key, value = ours[block + "attention.qkv.weight"].split_with_sizes([head, kv, kv])
        gate, up = ours[block + "feed_forward.gate_up.weight"].chunk(2)
        llama |= {
            there + "input_layernorm.weight": ours[block + "attention_norm.weight"],
            there + "self_attn.q_proj.weight": query,
            there + "self_attn.k_proj.weight": key,
            there + "self_attn.v_proj.weight": value,
            there + "self_attn.o_proj.weight": ours[block + "attention.out.weight"],
            there + "post_attention_layernorm.weight": ours[block + "feed_forward_norm.weight"],
            there + "mlp.gate_proj.weight": gate,
            there + "mlp.up_proj.weight": up,
            there + "mlp.down_proj.weight": ours[block + "feed_forward.down.weight"],
        }
    return llama


def _from_llama(llama: Mapping[str, Tensor], config: ModelConfig) -> dict[str, Tensor]:
    embed = llama["model.embed_tokens.weight"]
    ours = {"embed.weight": embed, "norm.weight": llama["model.norm.weight"]}
    ours["head.weight"] = embed if config.tie_embeddings else llama["lm_head.weight"]
    for layer in range(config.n_layer):
        block, there = f"blocks.{layer}.", f"model.layers.{layer}."
        query, key, value, out = (llama[f"{there}self_attn.{part}_proj.weight"] for part in "qkvo")
        gate, up, down = (llama[f"{there}mlp.{part}_proj.weight"] for part in ("gate", "up", "down"))
        ours |= {
            block + "attention_norm.weight": llama[there + "input_layernorm.weight"],
            block + "attention.qkv.weight": torch.cat([query, key, value]),
            block + "attention.out.weight": out,
            block + "feed_forward_norm.weight": llama[there + "post_attention_layernorm.weight"],
            block + "feed_forward.gate_up.weight": torch.cat([gate, up]),
            block + "feed_forward.down.weight": down,
        }
    return ours
