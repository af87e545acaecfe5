"""The estimate: published runs lie inside it, known facts of memory hold, and more of something never costs less."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from framework.errors import UsageError
from framework.knowledge.catalog import accelerators, models
from framework.knowledge.config_fields import Config
from framework.knowledge.estimate import Estimate, EstimateRequest, estimate
from framework.knowledge.hf_config import parse_config
from framework.knowledge.memory import kv_cache_numbers
from framework.messages import Lang
from framework.resources import parse_yaml

RUNS: Any = parse_yaml((Path(__file__).parent / "published_runs.yaml").read_text(encoding="utf-8"))
NAMES = [model.name for model in models()]
CARDS = [entry.name for entry in accelerators()]
LLAMA_65B: Config = {
    "model_type": "llama",
    "hidden_size": 8192,
    "num_hidden_layers": 80,
    "num_attention_heads": 64,
    "intermediate_size": 22016,
    "vocab_size": 32000,
}


def asked(model: str, accelerator: str = "A100 80G", **more: Any) -> Estimate:
    return estimate(EstimateRequest(model=model, accelerator=accelerator, **more))


@pytest.mark.parametrize("run", RUNS, ids=lambda run: str(run["name"]))
def test_a_published_run_lies_inside_the_range(run: dict[str, Any]) -> None:
    what = {"architecture": parse_config(run["config"])} if "config" in run else {"model": run["model"]}
    request = EstimateRequest(accelerator=run["accelerator"], tokens=run["tokens"], context=run["context"], **what)

    low, high = estimate(request).gpu_hours

    assert low <= run["gpu_hours"] <= high


@pytest.mark.parametrize("method", ["full", "lora", "qlora"])
@pytest.mark.parametrize("card", CARDS)
def test_the_ranges_stay_narrow_enough_to_be_of_use(card: str, method: Literal["full", "lora", "qlora"]) -> None:
    for model in ("Scratch-5M", "Qwen2.5-7B"):
        found = asked(model, card, method=method, tokens=1_000_003)
        for low, high in (found.gpu_hours, found.wall_hours, found.cost_usd):
            assert 0 < low < high <= 4 * low


def test_full_training_of_7b_takes_sixteen_bytes_a_parameter_and_more() -> None:
    found = asked("Llama-2-7B", context=2048)

    assert 16 * 6.738 < found.train_vram_gb < 130
    assert not found.fits
    assert asked("Llama-2-7B", count=8, context=2048).fits


@pytest.mark.parametrize(
    ("model", "card", "method", "context", "fits"),
    [
        ("Llama-2-7B", "RTX 4090", "lora", 1024, True),
        ("Llama-2-7B", "RTX 4090", "qlora", 2048, True),
        ("Llama-2-7B", "RTX 4060 Ti 16GB", "qlora", 512, True),
        ("Llama-2-7B", "RTX 3060 12GB", "lora", 512, False),
        ("Llama-2-70B", "A6000", "qlora", 512, True),
        ("Llama-2-70B", "RTX 4090", "qlora", 512, False),
        ("Llama-2-70B", "A100 80G", "lora", 512, False),
        ("GPT-2", "RTX 3090", "full", 1024, True),
        ("Qwen2.5-0.5B", "RTX 4090", "full", 1024, True),
        ("Llama-2-13B", "RTX 4090", "lora", 512, False),
        ("BERT-base", "T4", "full", 512, True),
    ],
)
def test_what_fits_is_what_people_report_to_fit(model: str, card: str, method: Any, context: int, fits: bool) -> None:
    assert asked(model, card, method=method, context=context).fits is fits


def test_65b_in_four_bits_fits_one_card_of_48_gb_as_its_paper_says() -> None:
    request = EstimateRequest(architecture=parse_config(LLAMA_65B), accelerator="A6000", method="qlora", context=512)

    assert 36 < estimate(request).train_vram_gb < 48


def test_lora_matrices_are_counted_as_peft_counts_them() -> None:
    assert asked("Llama-2-7B", method="lora", rank=16).trained_params == 39_976_960


def test_serving_takes_the_weights_and_the_cache() -> None:
    one, many = asked("Llama-3-8B", context=8192), asked("Llama-3-8B", context=8192, serve_batch=8)
    cache = 2 * 32 * 2 * 8 * 128 * 8192 / 1e9

    assert one.inference.weights == pytest.approx(16.06, abs=0.01)
    assert one.inference.kv_cache == pytest.approx(cache)
    assert many.inference.kv_cache == pytest.approx(8 * cache)


def test_grouped_heads_and_latent_vectors_make_the_cache_smaller() -> None:
    def cache(name: str) -> int:
        return kv_cache_numbers(next(model for model in models() if model.name == name).architecture)

    assert cache("Llama-2-7B") == 32 * 2 * 4096
    assert cache("Llama-3-8B") == 32 * 2 * 1024
    assert cache("DeepSeek-V2-Lite") == 27 * (512 + 64)
    assert cache("BERT-base") == 0


def test_checkpointing_is_switched_on_where_it_is_needed_and_said() -> None:
    tight = asked("Llama-2-7B", "RTX 4090", method="lora", context=2048)
    roomy = asked("Llama-2-7B", "A100 80G", method="lora", context=2048)

    assert (tight.checkpointing, roomy.checkpointing) == (True, False)
    assert any("checkpointing is on" in line for line in tight.assumptions)


def test_the_memory_comes_from_the_name_or_the_request_or_the_usual_variant() -> None:
    assert asked("GPT-2", "A100 40G").memory_gb == 40
    assert asked("GPT-2", "A100").memory_gb == 80
    assert asked("GPT-2", "RTX 4090", memory_gb=48.0).memory_gb == 48
    assert any("A100 with 80 GB" in line for line in asked("GPT-2", "A100").assumptions)


def test_unified_memory_is_not_all_for_training() -> None:
    found = asked("Qwen2.5-0.5B", "M2 16GB", context=512)

    assert found.train_vram_gb < found.memory_gb
    assert asked("Qwen2.5-1.5B", "M2 Max 32GB", context=512).fits is False


def test_without_tokens_a_scratch_model_gets_twenty_a_parameter_and_weights_an_instruction_set() -> None:
    scratch, weights = asked("Scratch-10M"), asked("Qwen2.5-7B", method="lora")

    assert scratch.tokens == 20 * scratch.params
    assert weights.tokens == 20_000_000
    assert any("201,196,800" in line for line in scratch.assumptions)


def test_low_rank_training_costs_two_thirds_of_the_arithmetic() -> None:
    full, lora = (asked("Llama-2-7B", method=m, tokens=10**9, context=512) for m in ("full", "lora"))

    assert lora.flops / full.flops == pytest.approx(2 / 3, abs=0.03)


def test_a_mixture_of_experts_is_trained_at_the_cost_of_its_active_part() -> None:
    mixture, dense = asked("Mixtral-8x7B", tokens=10**9), asked("Llama-2-13B", tokens=10**9)

    assert mixture.flops == pytest.approx(dense.flops, rel=0.1)
    assert any("12,879,925,248" in line for line in mixture.notes)


def test_what_does_not_fit_says_what_to_do() -> None:
    assert any("LoRA" in note for note in asked("Llama-2-70B").notes)


@pytest.mark.parametrize(("lang", "said"), [("en", "700 million"), ("zh", "7 亿")])
def test_the_conditions_of_a_licence_are_noted(lang: Lang, said: str) -> None:
    assert any(said in note for note in asked("Llama-3-8B", lang=lang).notes)


def test_a_context_beyond_the_model_is_noted() -> None:
    assert any("longer than the 1024 tokens" in note for note in asked("GPT-2", context=4096).notes)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("card", ["T4", "M4 Max", "CPU", "A100"])
@pytest.mark.parametrize("method", ["full", "lora", "qlora"])
def test_every_assumption_is_said_in_both_languages(lang: Lang, card: str, method: Any) -> None:
    lines = asked("Mixtral-8x7B", card, method=method, count=2, lang=lang).assumptions

    assert len(lines) >= 7
    assert all(
        ("的" in line or "，" in line or any("一" <= c <= "鿿" for c in line)) == (lang == "zh") for line in lines
    )


def test_the_json_has_the_promised_fields() -> None:
    document = asked("TinyLlama-1.1B", tokens=10**9).model_dump(mode="json")

    assert document["params"] == 1_100_048_384
    assert {"train_vram_gb", "infer_vram_gb", "gpu_hours", "cost_usd", "fits", "assumptions"} <= set(document)
    assert len(document["gpu_hours"]) == len(document["cost_usd"]) == 2
    assert document["train_vram_gb"] == pytest.approx(sum(document["training"].values()), abs=0.01)


@pytest.mark.parametrize("change", [{"tokens": 0}, {"count": 0}, {"context": -1}, {"batch": 0}, {"method": "magic"}])
def test_senseless_requests_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EstimateRequest(**{"model": "GPT-2", "accelerator": "A100", **change})


def test_one_model_must_be_named() -> None:
    with pytest.raises(ValidationError, match="either model or architecture"):
        EstimateRequest(accelerator="A100")


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UsageError, match="no model called"):
        asked("Qwen9-7B")
    with pytest.raises(UsageError, match="no accelerator called"):
        asked("GPT-2", "Z80")


models_of_the_catalog = st.sampled_from(NAMES)
cards = st.sampled_from(CARDS)
methods = st.sampled_from(["full", "lora", "qlora"])
few = settings(max_examples=60, deadline=None)


@few
@given(models_of_the_catalog, cards, methods, st.integers(1, 10**13), st.integers(1, 10**13))
def test_more_tokens_take_more_hours(model: str, card: str, method: str, one: int, other: int) -> None:
    fewer, more = sorted((one, other))
    short, long = (asked(model, card, method=method, tokens=tokens) for tokens in (fewer, more))

    assert short.gpu_hours[0] <= long.gpu_hours[0]
    assert short.cost_usd[1] <= long.cost_usd[1]
    assert long.gpu_hours[1] <= 4 * long.gpu_hours[0]


@few
@given(models_of_the_catalog, cards, methods, st.integers(1, 64))
def test_more_cards_never_take_more_of_each(model: str, card: str, method: str, count: int) -> None:
    alone, shared = (asked(model, card, method=method, count=n, checkpointing=True) for n in (count, 2 * count))

    assert shared.train_vram_gb <= alone.train_vram_gb
    assert shared.gpu_hours == alone.gpu_hours


@few
@given(st.sampled_from([n for n in NAMES if n not in ("Scratch-5M", "bge-small-zh-v1.5")]), cards, st.integers(1, 4096))
def test_qlora_takes_less_than_lora_and_lora_less_than_full(model: str, card: str, context: int) -> None:
    full, lora, qlora = (
        asked(model, card, method=m, context=context, checkpointing=False) for m in ("full", "lora", "qlora")
    )

    assert lora.train_vram_gb < full.train_vram_gb
    assert qlora.train_vram_gb <= lora.train_vram_gb


@few
@given(models_of_the_catalog, methods, st.integers(64, 8192), st.integers(1, 16))
def test_checkpointing_keeps_less(model: str, method: str, context: int, batch: int) -> None:
    kept, again = (
        asked(model, method=method, context=context, batch=batch, checkpointing=flag).training.activations
        for flag in (False, True)
    )

    assert again < kept


@few
@given(models_of_the_catalog, methods, st.integers(1, 8192), st.integers(1, 32))
def test_longer_and_more_sequences_take_more_memory(model: str, method: str, context: int, batch: int) -> None:
    def memory(context: int, batch: int) -> float:
        return asked(model, method=method, context=context, batch=batch, checkpointing=False).training.total

    assert memory(context, batch) < memory(context + 64, batch)
    assert memory(context, batch) < memory(context, batch + 1)
