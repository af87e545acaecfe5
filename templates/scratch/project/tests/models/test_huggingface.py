"""The Llama format, in both directions, with Transformers itself as the judge."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from scratch_llm.models import Decoder, export_hf, import_hf
from scratch_llm.tokenizers import train_tokenizer
from scratch_llm.utils.errors import CheckpointError, ConfigError

from tests.models.shapes import KINDS, VOCAB, random_tokens, small_config, small_decoder

SHAPES = {
    "mha, tied": {"attention": "mha"},
    "mha, untied": {"attention": "mha", "tie_embeddings": False},
    "gqa, tied": {"n_kv_head": 2},
    "gqa, untied": {"n_kv_head": 1, "tie_embeddings": False, "rope_theta": 500.0, "norm_eps": 1e-3},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_an_exported_folder_loads_in_transformers_with_the_same_logits(shape, tmp_path):
    from transformers import AutoModelForCausalLM

    decoder, tokens = small_decoder(**SHAPES[shape]), random_tokens(2, 30)
    export_hf(decoder, None, tmp_path)
    llama = AutoModelForCausalLM.from_pretrained(tmp_path).eval()
    assert llama.config.tie_word_embeddings == decoder.config.tie_embeddings
    with torch.no_grad():
        torch.testing.assert_close(decoder(tokens).logits, llama(tokens).logits, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("tied", [True, False])
def test_a_model_of_transformers_is_imported_with_the_same_logits(tied, tmp_path):
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    llama = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=VOCAB,
            hidden_size=32,
            intermediate_size=56,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=64,
            initializer_range=0.2,
            rope_theta=1234.0,
            tie_word_embeddings=tied,
        )
    ).eval()
    llama.save_pretrained(tmp_path, max_shard_size="20KB")  # in several parts, as large models come
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    decoder, tokens = import_hf(tmp_path).eval(), random_tokens(2, 30)
    with torch.no_grad():
        torch.testing.assert_close(decoder(tokens).logits, llama(tokens).logits, atol=1e-4, rtol=1e-4)


def test_export_and_import_give_back_every_weight(tmp_path):
    decoder = small_decoder(n_kv_head=2)
    export_hf(decoder, None, tmp_path)
    again = import_hf(tmp_path)
    assert again.config == decoder.config.model_copy(update={"d_ff": decoder.config.ff_dim})
    for name, weight in decoder.state_dict().items():
        assert torch.equal(weight, again.state_dict()[name]), name


def test_the_tokenizer_goes_with_it(tmp_path):
    from transformers import AutoTokenizer

    tokenizer = train_tokenizer("bpe", ["a cat sat on a mat"], 300)
    export_hf(Decoder(small_config(vocab_size=320)), tokenizer, tmp_path)
    theirs = AutoTokenizer.from_pretrained(tmp_path)
    assert theirs.encode("a cat", add_special_tokens=False) == tokenizer.encode("a cat")


@pytest.mark.parametrize("kind", ["mla", "moe"])
def test_what_llama_does_not_have_is_refused(kind, tmp_path):
    with pytest.raises(ConfigError, match=f"{kind}.* no counterpart in Llama"):
        export_hf(small_decoder(**KINDS[kind]), None, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model_type": "gpt2"}, "model_type='gpt2'"),
        ({"attention_bias": True}, "attention_bias=True"),
        ({"rope_scaling": {"rope_type": "llama3"}}, "rotary scaling 'llama3'"),
        ({"rope_scaling": {"type": "linear", "factor": 2.0}}, "rotary scaling 'linear'"),
        ({"head_dim": 64}, "head_dim=64"),
        ({"num_attention_heads": 5}, "does not describe a Llama"),
        ({"hidden_size": None}, "does not describe a Llama"),
    ],
)
def test_a_foreign_config_is_refused_in_words(change, words, tmp_path):
    export_hf(small_decoder(), None, tmp_path)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ConfigError, match=words):
        import_hf(tmp_path)


def test_damaged_folders_are_refused_in_words(tmp_path):
    with pytest.raises(CheckpointError, match=r"config\.json is missing"):
        import_hf(tmp_path)
    (tmp_path / "config.json").write_text("[1]")
    with pytest.raises(CheckpointError, match="damaged"):
        import_hf(tmp_path)
    export_hf(small_decoder(), None, tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    missing = {name: weight for name, weight in weights.items() if "layers.1.mlp.up" not in name}
    save_file(missing, tmp_path / "model.safetensors")
    with pytest.raises(CheckpointError, match=r"layers\.1\.mlp\.up_proj"):
        import_hf(tmp_path)
    save_file(weights | {"model.norm.weight": torch.ones(5)}, tmp_path / "model.safetensors")
    with pytest.raises(CheckpointError, match="do not fit"):
        import_hf(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"no tensors")
    with pytest.raises(CheckpointError, match="damaged"):
        import_hf(tmp_path)
