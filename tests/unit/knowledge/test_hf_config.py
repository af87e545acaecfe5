"""A config.json is read once, at the boundary: its families, its gaps and its faults."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from framework.errors import UsageError
from framework.knowledge.architecture import Attention
from framework.knowledge.config_fields import Config
from framework.knowledge.hf_config import load_hf_config, parse_config
from framework.knowledge.parameters import count_parameters

LLAMA: Config = {
    "model_type": "llama",
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "intermediate_size": 11008,
    "vocab_size": 32000,
}


def without(key: str) -> Config:
    return {name: value for name, value in LLAMA.items() if name != key}


def total(config: Config) -> int:
    return count_parameters(parse_config(config)).total


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(LLAMA))

    architecture = load_hf_config(file)

    assert (architecture.hidden, architecture.heads, architecture.head_dim) == (4096, 32, 128)
    assert count_parameters(architecture).total == 6_738_415_616
    assert architecture.notes == ()


@pytest.mark.parametrize(
    ("text", "said"), [("{", "is no JSON file"), ("[1]", "must hold a JSON object"), ("\udc80", "is no JSON file")]
)
def test_a_file_that_is_no_configuration_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "config.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(UsageError, match=said):
        load_hf_config(file)


def test_a_file_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"missing\.json cannot be read"):
        load_hf_config(tmp_path / "missing.json")


@pytest.mark.parametrize("key", [key for key in LLAMA if key != "model_type"])
def test_a_missing_key_is_named(key: str) -> None:
    with pytest.raises(UsageError, match=f"key {key} is missing"):
        parse_config(without(key))


def test_a_missing_key_is_named_as_the_family_writes_it() -> None:
    with pytest.raises(UsageError, match="key n_embd is missing"):
        parse_config({"model_type": "gpt2", "n_layer": 12, "n_head": 12, "vocab_size": 50257, "n_positions": 1024})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hidden_size": "4096"}, "hidden_size must be a whole number of at least 1, not '4096'"),
        ({"num_hidden_layers": 0}, "num_hidden_layers must be a whole number of at least 1, not 0"),
        ({"num_hidden_layers": 2.5}, "num_hidden_layers must be a whole number"),
        ({"vocab_size": True}, "vocab_size must be a whole number"),
        ({"num_attention_heads": 30}, "num_attention_heads must divide hidden_size 4096, which 30 does not"),
        ({"num_key_value_heads": 5}, "num_key_value_heads must divide num_attention_heads 32, which 5 does not"),
        ({"tie_word_embeddings": "no"}, "tie_word_embeddings must be true or false, not 'no'"),
    ],
)
def test_a_wrong_value_is_named_with_its_rule(change: Config, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_config({**LLAMA, **change})


def test_more_active_experts_than_there_are_make_no_sense() -> None:
    config = {**LLAMA, "model_type": "mixtral", "num_local_experts": 4, "num_experts_per_tok": 8}

    with pytest.raises(UsageError, match="num_experts_per_tok must be at most the number of experts 4"):
        parse_config(config)


@pytest.mark.parametrize("model_type", ["some_new_llm", None])
def test_an_unknown_family_with_the_keys_of_llama_is_read_as_llama_and_says_so(model_type: str | None) -> None:
    architecture = parse_config({**LLAMA, "model_type": model_type})

    assert count_parameters(architecture).total == 6_738_415_616
    assert [note.key for note in architecture.notes] == ["family_assumed"]
    assert architecture.notes[0].fields["family"] == "llama"


def test_an_unknown_mixture_of_experts_is_read_as_one() -> None:
    config = {
        **LLAMA,
        "model_type": "new_moe",
        "num_experts": 8,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 512,
    }

    architecture = parse_config(config)

    assert architecture.experts is not None
    assert architecture.experts.count == 8


def test_an_unknown_family_with_other_keys_is_refused() -> None:
    with pytest.raises(
        UsageError, match="key hidden_size is missing, and model_type 'odd' is none whose keys are known"
    ):
        parse_config({"model_type": "odd", "width": 512})


@pytest.mark.parametrize(
    "config", [{**LLAMA, "model_type": "mamba"}, {**LLAMA, "model_type": "newer", "linear_num_key_heads": 16}]
)
def test_what_is_no_plain_transformer_is_refused_and_not_guessed(config: Config) -> None:
    with pytest.raises(UsageError, match="not made of attention layers alone"):
        parse_config(config)


def test_what_an_old_file_leaves_out_is_what_hugging_face_assumes() -> None:
    mistral: Config = {**LLAMA, "model_type": "mistral", "intermediate_size": 14336}
    gpt2: Config = {
        "model_type": "gpt2",
        "n_embd": 768,
        "n_layer": 12,
        "n_head": 12,
        "vocab_size": 50257,
        "n_positions": 1024,
    }

    assert parse_config(LLAMA).kv_heads == 32
    assert parse_config(mistral).kv_heads == 8
    assert parse_config(gpt2).tied
    assert not parse_config(LLAMA).tied


def test_null_means_the_plain_form() -> None:
    nulls: Config = {"num_key_value_heads": None, "head_dim": None, "tie_word_embeddings": None}

    assert total({**LLAMA, **nulls}) == total(LLAMA)


def test_of_a_model_that_also_sees_the_language_part_is_counted() -> None:
    vision: dict[str, Any] = {"hidden_size": 1152, "num_hidden_layers": 27}

    architecture = parse_config({"model_type": "llava", "text_config": LLAMA, "vision_config": vision})

    assert count_parameters(architecture).total == 6_738_415_616
    assert architecture.notes[0].key == "language_part_only"


def test_an_embedding_model_has_no_head_over_the_vocabulary() -> None:
    headless: Config = {**LLAMA, "architectures": ["LlamaModel"]}

    assert total(LLAMA) - total(headless) == 32000 * 4096
    assert total({**LLAMA, "architectures": ["LlamaForCausalLM"]}) == total(LLAMA)


def test_opt_counts_two_more_positions_than_it_says() -> None:
    config: Config = {
        "model_type": "opt",
        "hidden_size": 768,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "ffn_dim": 3072,
        "vocab_size": 50272,
        "max_position_embeddings": 2048,
        "word_embed_proj_dim": 768,
    }

    assert parse_config(config).embedding.positions == 2050


def test_biases_and_norms_are_those_of_the_family() -> None:
    def attention(model_type: str) -> Attention:
        found = parse_config({**LLAMA, "model_type": model_type}).attention
        assert isinstance(found, Attention)
        return found

    assert (attention("qwen2").qkv_bias, attention("qwen2").out_bias) == (True, False)
    assert (attention("llama").qkv_bias, attention("qwen3").qk_norm) == (False, "head")
    assert attention("olmo2").qk_norm == "width"


CONFIGS = [case["config"] for case in json.loads((Path(__file__).parent / "transformers_counts.json").read_text())]
JUNK: list[JsonValue] = [None, "x", "", -1, 0, 1.5, 10**30, True, False, [], ["x"], [None], {}, {"a": 1}]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(CONFIGS), st.data())
def test_a_damaged_file_is_read_or_refused_and_never_a_traceback(config: Config, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(config)))
    try:
        count_parameters(parse_config({**config, key: data.draw(st.sampled_from(JUNK))}))
    except UsageError as error:
        assert "config.json: " in error.message
