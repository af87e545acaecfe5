"""What an experienced engineer says to limits of time, money, licence and speed."""

from __future__ import annotations

from framework.artifacts.slots import Throughput
from tests.unit.coder.wishes import advised, best_of, run_of, tech_for, unmet


def test_serving_counts_requests() -> None:
    fifty = Throughput(value=50, unit="req/s")
    tech = tech_for(
        task="serving_only",
        base_model="Llama-3.1-8B-Instruct",
        sla__throughput=fifty,
        hardware__gpu="L40S",
        hardware__count=1,
    )
    best = best_of(tech)
    assert (best.method, best.training, best.figures.train_vram_gb) == ("as_is", None, None)
    assert best.figures.unknown_because
    assert best.serving is not None
    assert "throughput" in advised(tech)


def test_a_large_model_on_cpu_in_ten_milliseconds_is_refused_by_arithmetic() -> None:
    tech = tech_for(task="serving_only", base_model="Llama-3-70B", sla__latency_ms=10, hardware__cpu_only=True)
    assert tech.feasibility == "nothing_fits"
    assert {"base_model", "sla.latency_ms"} <= unmet(tech)
    assert "nothing_fits" in advised(tech)


def test_the_first_words_are_what_a_latency_means_for_text() -> None:
    tech = tech_for(
        task="serving_only", base_model="Mixtral-8x7B", sla__latency_ms=300, hardware__gpu="A100", hardware__count=4
    )
    best = best_of(tech)
    assert best.model == "Mixtral-8x7B"
    assert [conflict.key for conflict in best.conflicts] == ["latency_answer"]


def test_nothing_to_spend_means_a_free_machine_and_its_hours() -> None:
    tech = tech_for(task="pretrain", params=1_000_000_000, budget_usd=0, dataset="FineWeb-Edu")
    best = best_of(tech)
    assert tech.machines[0].accelerator in ("T4", "CPU")
    assert "no_money" in advised(tech)
    assert "params" in unmet(tech)
    assert best.params is not None
    assert best.params < 1e9


def test_a_card_that_is_not_ones_own_costs_what_it_costs() -> None:
    tech = tech_for(task="pretrain", params=1_000_000_000, budget_usd=0, hardware__gpu="H100", hardware__count=8)
    assert "no_money_rented" in advised(tech)


def test_a_licence_against_commerce_is_a_stop() -> None:
    tech = tech_for(task="sft", base_model="Qwen2.5-3B", license="commercial", hardware__gpu="RTX 4090")
    assert best_of(tech).commercial == "yes"
    assert "base_model" in unmet(tech)
    assert "non_commercial" in advised(tech)
    assert best_of(tech).data.full.commercial == "yes"


def test_a_demanded_licence_keeps_others_out() -> None:
    tech = tech_for(
        task="lora_finetune", base_model="Llama-2-7B", license="Apache-2.0", dataset="Dolly 15k", hardware__gpu="T4"
    )
    assert best_of(tech).license in ("Apache-2.0", "MIT")
    assert "base_model" in unmet(tech)
    assert best_of(tech).data.full.name == "Dolly-15k"


def test_a_free_notebook_ends() -> None:
    tech = tech_for(task="pretrain", params=10_000_000, dataset="TinyStories", goal="gpt from zero on colab free tier")
    assert "notebook" in advised(tech)
    assert best_of(tech).name == "Scratch-10M"
    assert tech.machines[0].accelerator == "T4"


def test_time_is_kept_by_taking_less_data_and_that_is_seen() -> None:
    free = best_of(tech_for(task="sft", base_model="Qwen2.5-7B", hardware__gpu="RTX 4090", time_limit_h=100))
    short = best_of(tech_for(task="sft", base_model="Qwen2.5-7B", hardware__gpu="RTX 4090", time_limit_h=2))
    assert short.figures.wall_hours is not None
    assert short.figures.wall_hours[1] <= 2.01
    assert short.data.full.rows is not None
    assert free.data.full.rows is not None
    assert short.data.full.rows < free.data.full.rows


def test_what_takes_years_is_not_planned() -> None:
    tech = tech_for(task="pretrain", params=70_000_000_000, hardware__gpu="H100", hardware__count=8)
    assert "params" in unmet(tech)
    best = best_of(tech)
    assert best.figures.wall_hours is not None
    assert best.figures.wall_hours[0] < 720


def test_a_7b_from_nothing_on_a_cpu_in_an_hour_is_refused_by_arithmetic() -> None:
    tech = tech_for(task="pretrain", params=7_000_000_000, hardware__cpu_only=True, time_limit_h=1)
    wish = next(wish for wish in tech.unmet if wish.slot == "params")
    assert "112 GB" in wish.why
    assert best_of(tech).params is not None
    assert (best_of(tech).params or 0) < 100e6


def test_long_context_is_paid_in_memory() -> None:
    tech = tech_for(task="sft", base_model="Qwen3-4B", context_len=32768, hardware__gpu="A100", hardware__count=8)
    assert run_of(tech).context == 32768
    assert "long_context" in advised(tech)


def test_a_context_that_the_model_cannot_take_is_a_stop() -> None:
    tech = tech_for(task="sft", base_model="Llama-2-7B", context_len=32768, hardware__gpu="A100")
    assert "base_model" in unmet(tech)


def test_offline_and_private_have_their_consequences() -> None:
    tech = tech_for(task="sft", base_model="Qwen2.5-7B", offline=True, privacy="on-premises", hardware__gpu="RTX 4090")
    offline = next(advice.text for advice in tech.advice if advice.key == "offline")
    assert "Qwen/Qwen2.5-7B" in offline
    assert "privacy" in advised(tech)


def test_a_metric_out_of_reach_is_said() -> None:
    tech = tech_for(task="pretrain", params=100_000_000, success_metric="MMLU >= 90", hardware__gpu="RTX 3090")
    assert "metric" in advised(tech)
