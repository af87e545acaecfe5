"""Fewer bits: how far off the logits are, what it does to the perplexity, and that files give the same model back."""

import copy
import math
from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from scratch_llm.checkpoint import CheckpointStore, Pretrained, load_pretrained, save_model
from scratch_llm.config import ModelConfig
from scratch_llm.inference import EagerBackend, SamplingParams, generate, load_backend
from scratch_llm.inference.calibration import calibration_from_texts
from scratch_llm.inference.gptq import quantize_weight, round_to_nearest
from scratch_llm.inference.onnx_export import export_onnx
from scratch_llm.inference.quantization import (
    load_quantized,
    quantize_gptq,
    quantize_int8,
    save_quantized,
)
from scratch_llm.inference.quantized_linear import Int8Linear, rounded_layers
from scratch_llm.models import Decoder
from scratch_llm.tokenizers import Tokenizer
from scratch_llm.utils.errors import CheckpointError, ConfigError, DataError

from tests.inference.conftest import TEXTS, batches

GREEDY = SamplingParams(max_new_tokens=8, temperature=0, ignore_eos=True)


@pytest.fixture(scope="module")
def gptq_model(trained: Pretrained) -> Decoder:
    model = copy.deepcopy(trained.model)
    quantize_gptq(model, list(batches(trained.tokenizer, steps=8)))
    return model


@pytest.fixture(scope="module")
def int8_model(trained: Pretrained) -> Decoder:
    model = copy.deepcopy(trained.model)
    quantize_int8(model)
    return model


@torch.no_grad()
def perplexity(model: Decoder, tokenizer: Tokenizer) -> float:
    losses = []
    for tokens in batches(tokenizer, steps=8, seed=2):
        logits = model(tokens[:, :-1]).logits
        losses.append(F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten()).item())
    return math.exp(sum(losses) / len(losses))


@torch.no_grad()
def relative_error(model: Decoder, reference: Decoder, tokens: torch.Tensor) -> float:
    """Of the logits, as a share of their standard deviation: many rows at once, then a few from a cache."""
    expected = reference(tokens).logits
    errors = [model(tokens).logits - expected]
    backend = EagerBackend(model, 1, tokens.shape[1])
    for place in range(tokens.shape[1]):
        errors.append(backend.last_logits(tokens[:1, place : place + 1], [0], [1]) - expected[:1, place])
    return float(torch.cat([error.flatten() for error in errors]).square().mean().sqrt() / expected.std())


def test_int8_logits_are_within_three_percent(trained: Pretrained, int8_model: Decoder) -> None:
    tokens = next(batches(trained.tokenizer, steps=1))
    assert isinstance(int8_model.head, Int8Linear)
    assert 0 < relative_error(int8_model, trained.model, tokens) < 0.03


def test_gptq_is_better_than_rounding_to_the_nearest_with_the_same_bits(trained: Pretrained) -> None:
    calibration = list(batches(trained.tokenizer, steps=8, seed=1))
    tokens = next(batches(trained.tokenizer, steps=1, seed=2))
    fitted, nearest = [], []
    for group in (32, 64, 128):
        small, rounded = copy.deepcopy(trained.model), copy.deepcopy(trained.model)
        quantize_gptq(small, calibration, group)
        for block in rounded.blocks:
            for name, layer in rounded_layers(block).items():
                block.set_submodule(name, round_to_nearest(layer.weight, group))
        assert relative_error(small, trained.model, tokens) < 0.8 * relative_error(rounded, trained.model, tokens)
        fitted.append(perplexity(small, trained.tokenizer))
        nearest.append(perplexity(rounded, trained.tokenizer))
    assert perplexity(trained.model, trained.tokenizer) < sum(nearest) / 3
    assert sum(fitted) < sum(nearest)


def test_gptq_logits_are_within_thirty_percent_by_both_ways_of_computing(
    trained: Pretrained, gptq_model: Decoder
) -> None:
    tokens = next(batches(trained.tokenizer, steps=1))
    assert 0 < relative_error(gptq_model, trained.model, tokens) < 0.3


def test_a_weight_on_the_grid_is_kept_exactly() -> None:
    codes = torch.randint(0, 16, (8, 64), generator=torch.Generator().manual_seed(0)).float()
    codes[:, ::32], codes[:, 1::32] = 0, 15  # every group uses the whole range
    weight = (codes - 8) * 0.25
    assert torch.equal(round_to_nearest(weight).dequantized(), weight)


def test_columns_that_end_inside_a_group_are_quantized_too() -> None:
    weight = torch.randn(32, 40, generator=torch.Generator().manual_seed(0))
    layer = quantize_weight(weight, torch.eye(40), group=32)
    assert layer.dequantized().shape == weight.shape
    assert (layer.dequantized() - weight).abs().max() < 0.3
    x = torch.randn(3, 40, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(layer(x), x @ layer.dequantized().T, atol=0.2, rtol=0.02)


def test_inputs_that_never_occur_do_no_harm() -> None:
    hessian = torch.eye(64)
    hessian[3, 3] = 0
    weight = torch.randn(8, 64, generator=torch.Generator().manual_seed(0))
    assert quantize_weight(weight, hessian, group=32).dequantized().isfinite().all()


@pytest.mark.parametrize("method", ["int8", "gptq"])
def test_a_quantized_model_is_small_and_loads_back(
    method: str, trained: Pretrained, int8_model: Decoder, gptq_model: Decoder, tmp_path: Path
) -> None:
    model = int8_model if method == "int8" else gptq_model
    save_quantized(Pretrained(model, trained.tokenizer, trained.folder), tmp_path / "small")
    backend, tokenizer = load_backend(tmp_path / "small", method, n_row=2)
    expected = generate(model, trained.tokenizer, [[20], [30, 40]], GREEDY)
    assert generate(backend, tokenizer, [[20], [30, 40]], GREEDY) == expected
    assert _size(tmp_path / "small") < 0.6 * _size(trained.folder)


def test_another_method_or_backend_is_refused(trained: Pretrained, int8_model: Decoder, tmp_path: Path) -> None:
    save_quantized(Pretrained(int8_model, trained.tokenizer, trained.folder), tmp_path / "small")
    with pytest.raises(CheckpointError, match="quantized by int8, not gptq"):
        load_backend(tmp_path / "small", "gptq")
    with pytest.raises(CheckpointError, match="eager backend cannot use"):
        load_backend(tmp_path / "small", "eager")
    with pytest.raises(CheckpointError, match="is not quantized"):
        load_backend(trained.folder, "gptq")


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("quantization.json", b'{"method": "gptq", "group": 7}'),
        ("quantization.json", b"[]"),
        ("model.safetensors", b"not a tensor"),
    ],
)
def test_a_damaged_folder_is_refused(
    file: str, content: bytes, trained: Pretrained, int8_model: Decoder, tmp_path: Path
) -> None:
    save_quantized(Pretrained(int8_model, trained.tokenizer, trained.folder), tmp_path / "small")
    (tmp_path / "small" / file).write_bytes(content)
    with pytest.raises(CheckpointError):
        load_quantized(tmp_path / "small", "int8")


def test_int8_can_be_made_while_loading(folder: Path, model: Decoder, tokenizer: Tokenizer) -> None:
    backend, _ = load_backend(folder, "int8", length=32)
    [answer] = generate(backend, tokenizer, [[20]], GREEDY)
    assert len(answer.token_ids) == GREEDY.max_new_tokens
    assert backend.context_length == 32


@pytest.mark.parametrize("variant", [{"attention": "mla"}, {"feed_forward": "moe", "d_ff": 64}])
def test_layers_whose_weights_are_read_directly_stay_as_they_are(variant: dict[str, object]) -> None:
    torch.manual_seed(0)
    shape = {"vocab_size": 320, "d_model": 64, "n_head": 2, "n_layer": 1, "context_length": 32}
    model = Decoder(ModelConfig(**shape, **variant)).eval()
    tokens = torch.randint(8, 300, (2, 16), generator=torch.Generator().manual_seed(0))
    for quantize in (quantize_int8, lambda small: quantize_gptq(small, [tokens])):
        small = copy.deepcopy(model)
        quantize(small)
        assert relative_error(small, model, tokens) < 0.3


def test_a_group_that_no_kernel_has_is_refused(model: Decoder) -> None:
    with pytest.raises(ConfigError, match="group 48"):
        quantize_gptq(model, [], 48)


def test_texts_are_cut_into_full_rows(tokenizer: Tokenizer) -> None:
    rows = calibration_from_texts(TEXTS, tokenizer, context_length=32, n_batch=2)
    assert [tuple(row.shape) for row in rows] == [(8, 32), (8, 32)]
    with pytest.raises(DataError, match="no text"):
        calibration_from_texts(["", " "], tokenizer, 32, 2)


def test_the_checkpoint_itself_is_not_replaced(trained: Pretrained, int8_model: Decoder, tmp_path: Path) -> None:
    step = CheckpointStore(tmp_path / "run" / "checkpoints", keep=1).save(
        1, lambda draft: save_model(draft, trained.model, trained.tokenizer)
    )
    small = Pretrained(int8_model, trained.tokenizer, step)
    for target in (tmp_path / "run", step):
        with pytest.raises(ConfigError, match=r"would be replaced, but it holds no quantization\.json"):
            save_quantized(small, target)
        with pytest.raises(ConfigError, match=r"would be replaced, but it holds no model\.onnx"):
            export_onnx(trained, target)
    load_pretrained(step)
    for _ in range(2):
        save_quantized(small, tmp_path / "small")


def _size(folder: Path) -> int:
    return (folder / "model.safetensors").stat().st_size


@pytest.mark.parametrize("n_out", [24, 40])
def test_any_number_of_outputs_is_computed_in_4_bits(n_out: int) -> None:
    layer = round_to_nearest(torch.randn(n_out, 64, generator=torch.Generator().manual_seed(0)))
    x = torch.randn(3, 64, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(layer(x), x @ layer.dequantized().T, atol=0.2, rtol=0.02)
