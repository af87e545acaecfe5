"""The context of a project from nothing: every wish is accounted for, and the template accepts every number."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from agents.coder.scratch.account import RULES
from agents.coder.scratch.fill import Filled, fill
from agents.coder.scratch.identity import title_of
from agents.coder.scratch.shape import parameters_of
from benchmarks.understanding.labels import load
from framework.artifacts.requirements import Item, Project, Requirements
from framework.artifacts.slots import SLOTS, Throughput
from framework.errors import InvalidDocument
from framework.messages import Lang
from framework.rendering.context import Identity, Latent, Model, ScratchContext
from framework.runtime.userdata import DataFacts
from tests.unit.coder.scratch.material import configs, filled, from_scratch, train_configs, tried
from tests.unit.coder.wishes import tech_for, wanted

SENTENCES = [entry.text for entry in load().entries]
VALUES: dict[str, list[Any]] = {
    "goal": [
        "write haikus with {{ braces }} and <b>tags</b>",
        "写诗\n第二行",
        "a MoE with MLA",
        "no MoE, chat with people",
    ],
    "problem": ["too slow | `today`"],
    "domain": ["stories", "poetry", "medical", ["legal", "news"]],
    "language_of_data": ["en", "zh", ["zh", "en"], "de"],
    "hardware.gpu": ["RTX 4090", "H100", "Ascend 910B", "M2 Max", "RX 7900 XTX", ["A100", "H100"]],
    "hardware.count": [1, 3, 8],
    "hardware.vram_gb": [8, 80.0],
    "hardware.cpu_only": [True, False],
    "time_limit_h": [0.1, 48],
    "budget_usd": [0, 300.5],
    "sla.latency_ms": [1, 300, 90_000],
    "sla.percentile": [50, 99.9],
    "sla.throughput": [Throughput(value=50, unit="req/s"), Throughput(value=10**6, unit="tokens/s")],
    "sla.availability": [99.95],
    "input": ["text", "photos"],
    "output": ["poems", "JSON"],
    "stack": ["PyTorch", ["Transformers", "DeepSpeed"], "SentencePiece", "Docker", "Weights & Biases", "Unheard-Of"],
    "compatibility": ["OpenAI API", ["ONNX", "GGUF"], "CUDA 11.8", "Windows"],
    "params": [1_000_000, 30_000_000, 7_000_000_000],
    "dataset": ["TinyStories", "public", "40 MB of plain text", ["SkyPile", "FineWeb"], "300 poems"],
    "data_format": ["jsonl", "pdf", ["txt", "docx"]],
    "context_len": [128, 4096],
    "offline": [True, False],
    "license": ["Apache-2.0", "commercial", "GPL-3.0", ["MIT", "BSD-3-Clause"], "open source"],
    "privacy": ["on-premises", "GDPR"],
    "python": ["3.8", "3.12", "3.13", "2", "3.99"],
    "method": ["sft", ["sft", "dpo"], "rlhf", "lora", "moe", "quantization", "rag"],
    "benchmarks": ["MMLU", ["C-Eval", "SWE-bench"]],
    "success_metric": ["perplexity < 20", "BLEU > 30"],
    "project_name": ["bedtime_buddy"],
}


def wishes() -> st.SearchStrategy[dict[str, Any]]:
    """Some slots with one of their values each."""
    chosen = st.fixed_dictionaries({}, optional={slot: st.sampled_from(values) for slot, values in VALUES.items()})
    return chosen.map(lambda slots: {"task": "pretrain", **slots})


def requirements(lang: Lang, name: str, title: str, slots: dict[str, Any]) -> Requirements:
    """Requirements with these items."""
    items = [Item(slot=slot, value=value, provenance="stated", score=0.9) for slot, value in slots.items()]
    return Requirements(project=Project(name=name, title=title, language=lang), items=items)


def assert_sound(asked: Requirements, result: Filled) -> None:
    """What holds of every result."""
    context = result.context
    assert ScratchContext.model_validate(context.model_dump()) == context
    told = {one.slot for one in result.covered} | {one.slot for one in result.unmet}
    assert {item.slot for item in asked.items} <= told
    for item in asked.items:
        if isinstance(item.value, list):
            said = [one.value for one in result.covered] + [one.wish for one in result.unmet]
            assert [value for value in item.value if not any(value.lower() in one.lower() for one in said)] == []
    assert all(one.why and one.nearest for one in result.unmet)
    train_configs(context)
    serve = {"n_slot", "max_queue", "max_new_tokens", "deadline_s"}
    configs()[1].model_validate(context.service.model_dump(include=serve))
    assert context.goal.isprintable() and 0 < len(context.goal) <= 300
    if context.offline:
        assert all(stage.full_data.dataset_name.startswith(("synthetic", "local")) for stage in context.stages)


def test_every_slot_has_its_rule() -> None:
    assert RULES.keys() == SLOTS.keys()


@pytest.mark.slow
def test_every_sentence_that_asks_for_a_model_from_nothing_is_accounted_for() -> None:
    results = [found for text in SENTENCES if (found := tried(text))]
    assert len(results) > 35
    for asked, result in results:
        assert_sound(asked, result)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.sampled_from(["en", "zh"]), st.from_regex(r"[a-z][a-z0-9_]{1,39}", fullmatch=True), st.text(), wishes())
def test_any_wish_is_accounted_for(lang: Lang, name: str, title: str, slots: dict[str, Any]) -> None:
    asked = requirements(lang, name, title, slots)
    tech = from_scratch(asked)
    assume(tech is not None)
    assert tech is not None
    assert_sound(asked, fill(asked, tech, None, str(slots.get("goal", ""))))


@given(st.text(), st.from_regex(r"[a-z][a-z0-9_]{1,39}", fullmatch=True))
def test_any_title_becomes_one_that_can_be_printed_anywhere(title: str, name: str) -> None:
    made = title_of(title, name)
    identity = Identity(package=name, distribution="x", title=made, language="en", license="MIT", python="3.11")
    assert identity.title == made
    assert made.strip()


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Stories: a language model from scratch", "Stories LLM"),
        ("古诗:从零训练的语言模型", "古诗 LLM"),
        ("从零训练的语言模型", "从零训练的语言模型"),
        ("\u53e4\u8bd7\uff1a\u4ece\u96f6", "\u53e4\u8bd7 LLM"),  # a wide colon
        ("1984", "1984 LLM"),
        ("null: nothing", "null LLM"),
        ("Q&A <b>bot</b> - new_one", "Q A b bot b new one"),
        ("!?", "My Poems"),
    ],
)
def test_titles(title: str, expected: str) -> None:
    assert title_of(title, "my_poems") == expected


def test_numbers_follow_tech() -> None:
    asked = wanted(task="pretrain", dataset="TinyStories", params=30_000_000, hardware__gpu="RTX 3090")
    tech = tech_for(task="pretrain", dataset="TinyStories", params=30_000_000, hardware__gpu="RTX 3090")
    result = fill(asked, tech, None)
    assert tech.choice is not None and tech.choice.training is not None
    training, run = tech.choice.training, result.context.stages[0].full_run
    worked_through = run.max_steps * run.batch_size * run.accumulate * training.context
    assert training.tokens <= worked_through < training.tokens + run.batch_size * run.accumulate * training.context
    assert (run.batch_size, run.accumulate, run.lr) == (
        training.batch,
        training.accumulation,
        training.learning_rate,
    )
    assert result.context.stages[0].full_data.dataset_name == "tiny_stories"
    assert result.unmet == []


@pytest.mark.parametrize(
    ("model", "vocab", "expected"),
    [
        # Counted by the template itself: sum(parameter.numel() for parameter in Decoder(config).parameters()).
        pytest.param({"attention": "gqa", "n_kv_head": 2}, 768, 885_888, id="gqa"),
        pytest.param({"attention": "mha", "n_kv_head": 4}, 768, 951_424, id="mha"),
        pytest.param({"attention": "gqa", "n_kv_head": 2, "n_experts": 8}, 768, 2_659_456, id="moe"),
        pytest.param({"attention": "mla", "n_kv_head": 4, "latent": (32, 32, 16, 32)}, 768, 910_592, id="mla"),
    ],
)
def test_parameters_are_those_of_the_template(model: dict[str, Any], vocab: int, expected: int) -> None:
    shape = {"n_layer": 4, "d_model": 128, "n_head": 4, "d_ff": 384, "context_length": 128, **model}
    shape["feed_forward"] = "moe" if model.get("n_experts") else "swiglu"
    if sizes := model.get("latent"):
        shape["latent"] = Latent(kv_rank=sizes[0], nope_dim=sizes[1], rope_dim=sizes[2], v_dim=sizes[3])
    assert parameters_of(Model(**shape), vocab) == expected


def facts(**changes: Any) -> DataFacts:
    """A jsonl file of twelve megabytes."""
    known = {"path": "/data/mine/poems.jsonl", "folder": False, "format": "jsonl", "mixed": False, "files": 1}
    return DataFacts.model_validate({**known, "rows": 50_000, "bytes": 12_000_000, "digest": "0" * 64, **changes})


def test_own_data_is_read_where_it_lies() -> None:
    given_data = facts()
    result = filled(
        "Train a tiny poem model from scratch on our own 50,000 poems, jsonl, offline, CPU only", given_data
    )
    assert result.context.stages[0].full_data.path == "/data/mine/poems.jsonl"
    assert "dataset" not in {unmet.slot for unmet in result.unmet}


def test_data_that_the_template_cannot_read_is_unmet() -> None:
    result = filled(
        "Train a tiny poem model from scratch on our own 50,000 poems", facts(path="/data/mine/poems.pdf", format="pdf")
    )
    assert result.context.stages[0].full_data.path == "data/own"
    assert "dataset" in {unmet.slot for unmet in result.unmet}


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("tiny story model from scratch with a WordPiece tokenizer", "tokenizer.kind", "wordpiece"),
        ("tiny story model from scratch, character-level", "tokenizer.kind", "char"),
        ("tiny story model from scratch with SentencePiece", "tokenizer.kind", "sentencepiece"),
        ("从零训练一个写古诗的小模型", "tokenizer.kind", "sentencepiece"),
        ("a tiny mixture-of-experts story model from scratch", "model.feed_forward", "moe"),
        ("a tiny story model from scratch, but no MoE please", "model.feed_forward", "swiglu"),
        ("从零训练一个讲故事的小模型,不要 MoE", "model.feed_forward", "swiglu"),
        ("a tiny story model from scratch with MLA", "model.attention", "mla"),
        ("a tiny story model from scratch with GQA", "model.attention", "gqa"),
        ("a tiny story model from scratch under BSD-3-Clause", "identity.license", "BSD-3-Clause"),
        ("a tiny story model from scratch under GPL-3.0", "identity.license", "proprietary"),
        ("a tiny story model from scratch, python 3.12", "identity.python", "3.11"),
        ("a tiny story model from scratch, python 3.8", "identity.python", "3.11"),
        ("a tiny story model from scratch, no GPU", "device", "cpu"),
        ("a tiny story model from scratch on a 4090", "device", "gpu"),
        ("a tiny story model from scratch, p99 under 250 ms", "service.latency_s", 0.25),
        ("a tiny story model from scratch, p99 under 250 ms", "service.percentile", 99),
        ("a tiny story model from scratch, 50 req/s", "service.requests_per_s", 50),
        ("a tiny story model from scratch, 99.95% availability", "service.availability", 99.95),
        ("a tiny story model from scratch that chats with children", "tasks", ["pretrain", "sft"]),
        ("a tiny story model from scratch", "tasks", ["pretrain"]),
    ],
)
def test_a_wish_changes_the_context(text: str, key: str, value: object) -> None:
    found: Any = filled(text).context
    for part in key.split("."):
        found = getattr(found, part)
    assert found == value


@pytest.mark.parametrize(
    ("text", "slot", "wish"),
    [
        ("a tiny story model from scratch under GPL-3.0", "license", "GPL-3.0"),
        ("a tiny story model from scratch, python 3.8", "python", "3.8"),
        ("a tiny story model from scratch with DeepSpeed", "stack", "DeepSpeed"),
        ("从零训练一个写古诗的小模型", "dataset", "chinese-poetry"),
        ("a tiny story model from scratch on TinyStories, fully offline", "dataset", "TinyStories"),
        ("a tiny story model from scratch, export to GGUF", "compatibility", "GGUF"),
        ("a tiny story model from scratch, GDPR compliant", "privacy", "GDPR"),
        ("a tiny mixture-of-experts story model from scratch, export to ONNX", "compatibility", "ONNX"),
    ],
)
def test_what_the_template_has_not_is_unmet(text: str, slot: str, wish: str) -> None:
    assert (slot, wish) in {(unmet.slot, unmet.wish) for unmet in filled(text).unmet}


def test_a_candidate_that_is_not_from_nothing_is_refused() -> None:
    asked = wanted(task="sft", base_model="Qwen2.5-7B")
    with pytest.raises(InvalidDocument, match="recommends"):
        fill(asked, tech_for(task="sft", base_model="Qwen2.5-7B"), None)


@pytest.mark.parametrize(
    ("slots", "request_text", "sources"),
    [
        ({"dataset": ["TinyStories", "UltraChat-200k"]}, "", ["tiny_stories", "ultrachat"]),
        ({"dataset": "TinyStories", "method": ["sft", "dpo"]}, "", ["tiny_stories", "alpaca", "ultrafeedback"]),
        (
            {"dataset": "TinyStories", "method": "sft", "license": "commercial"},
            "",
            ["tiny_stories", "ultrachat"],
        ),
        ({"dataset": "TinyStories"}, "a chatbot", ["tiny_stories", "alpaca"]),
        ({"dataset": "TinyStories"}, "not a chatbot", ["tiny_stories"]),
        ({"dataset": "TinyStories", "offline": True}, "a chatbot", ["synthetic_stories", "synthetic_instructions"]),
        ({"language_of_data": "zh"}, "a chatbot", ["chinese_web", "synthetic_instructions"]),
        ({"language_of_data": "de"}, "", ["local"]),
    ],
)
def test_every_stage_reads_what_suits_it(slots: dict[str, Any], request_text: str, sources: list[str]) -> None:
    asked = wanted(task="pretrain", params=10_000_000, hardware__gpu="RTX 4090", **slots)
    tech = from_scratch(asked)
    assert tech is not None
    result = fill(asked, tech, None, request_text)
    assert [stage.full_data.dataset_name for stage in result.context.stages] == sources
    assert_sound(asked, result)


def test_experts_that_no_card_holds_are_unmet() -> None:
    asked = wanted(task="pretrain", params=350_000_000, hardware__gpu="RTX 3060", method="moe")
    tech = from_scratch(asked)
    assert tech is not None
    assert ("method", "moe") in {(unmet.slot, unmet.wish) for unmet in fill(asked, tech, None).unmet}


def test_what_tech_calls_unmet_stays_unmet() -> None:
    asked = wanted(task="pretrain", params=7_000_000_000, hardware__cpu_only=True, time_limit_h=1)
    tech = from_scratch(asked)
    assert tech is not None and tech.unmet
    result = fill(asked, tech, None)
    refused = {unmet.slot for unmet in tech.unmet}
    assert refused <= {unmet.slot for unmet in result.unmet}
    assert refused.isdisjoint(one.slot for one in result.covered)
