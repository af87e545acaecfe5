"""Numbers and parts that a request names: they shape the full run, or are told as unmet. Licence, Python, goal too."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.coder.scratch.fill import Filled, fill
from agents.coder.scratch.settings import SETTINGS, Name, stated_in
from tests.unit.coder.scratch.material import filled, from_scratch, train_configs, understood
from tests.unit.coder.wishes import wanted

EVERYTHING = (
    "5M story model from scratch on CPU, vocabulary of 6000, 8 layers, width 128, 8 heads, dropout 0.1, "
    "learning rate 5e-4, batch size 32, warmup 500 steps, 3 epochs, GELU, LayerNorm, ALiBi, seed 7, early stopping, "
    "checkpoint every 100 steps, beam search, weight tying"
)
CHINESE = (
    "从零训练一个写故事的小模型,词表大小为8000,12层,隐藏维度 256,8个头,dropout 0.1,学习率 3e-4,批大小32,预热100步,"
    "训练3轮,随机种子42,每 200 步保存检查点"
)
BASE = "tiny story model from scratch, "


def unmet(result: Filled) -> dict[str, str]:
    return {one.wish: " ".join([one.why, *one.nearest]) for one in result.unmet}


def covered(result: Filled) -> dict[str, str]:
    return {one.value: one.how for one in result.covered}


def test_everything_that_is_stated_shapes_the_full_run_or_is_told() -> None:
    result = filled(EVERYTHING)
    model, run = result.context.model, result.context.stages[0].full_run
    assert (model.n_layer, model.d_model, model.n_head, model.dropout) == (8, 128, 8, 0.1)
    assert result.context.tokenizer.vocab_size == 6000
    assert (run.lr, run.batch_size * run.accumulate, run.warmup_steps, run.save_every) == (5e-4, 32, 500, 100)
    assert (run.epochs, run.max_steps, run.seed, run.early_stop) == (3, 0, 7, 5)
    assert {"GELU", "LayerNorm", "ALiBi", "beam search"} <= unmet(result).keys()
    assert {"vocabulary of 6000", "dropout 0.1", "seed 7", "early stopping", "weight tying"} <= covered(result).keys()
    assert "beam search" not in covered(result)
    train_configs(result.context)


def test_chinese_says_the_same() -> None:
    result = filled(CHINESE)
    model, run = result.context.model, result.context.stages[0].full_run
    assert (model.n_layer, model.d_model, model.n_head, model.dropout) == (12, 256, 8, 0.1)
    assert result.context.tokenizer.vocab_size == 8000
    assert (run.lr, run.batch_size * run.accumulate, run.warmup_steps, run.save_every) == (3e-4, 32, 100, 200)
    assert (run.epochs, run.max_steps, run.seed) == (3, 0, 42)
    train_configs(result.context)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("d_model=512, n_head=8", "width", 512),
        ("n_layer: 6", "layers", 6),
        ("a 12-layer model", "layers", 12),
        ("2 kv heads, 8 attention heads", "heads", 8),
        ("2 kv heads, 8 attention heads", "kv_heads", 2),
        ("an 8k vocab", "vocab", 8000),
        ("vocabulary of 6,000 tokens", "vocab", 6000),
        ("dropout of 10%", "dropout", 0.1),
        ("lr=1e-3", "lr", 1e-3),
        ("2,000 warmup steps", "warmup", 2000),
        ("train for 5000 steps", "steps", 5000),
        ("训练5000步", "steps", 5000),
        ("half an epoch is not enough: 2.5 epochs", "epochs", 2.5),
        ("validate every 50 steps", "eval_every", 50),
        ("early stopping with patience 3", "patience", 3),
        ("weight decay 0.05", "weight_decay", 0.05),
        ("前馈维度 1024", "d_ff", 1024),
    ],
)
def test_how_settings_are_spoken_of(text: str, name: Name, value: float) -> None:
    assert [one.value for one in stated_in(text) if one.name == name] == [value]


@pytest.mark.parametrize(
    "text",
    [
        "5M story model for 2 kids, 3 轮对话",
        "a batch of 500k tokens",
        "a story with two heads and 12 层楼",
        "checkpoint every 2 hours",
        "answers within 300 ms on one 4090 24GB",
    ],
)
def test_what_is_no_setting(text: str) -> None:
    assert stated_in(text) == []


@pytest.mark.parametrize(
    ("wishes", "wish", "nearest"),
    [
        ("width 256, 7 heads", "7 heads", "4 heads"),
        ("8 heads, 3 kv heads", "3 kv heads", "divisor of 8"),
        ("MLA, 2 kv heads", "2 kv heads", "gqa"),
        ("width 255", "width 255", "256"),
        ("dropout 1.5", "dropout 1.5", "0.9"),
        ("learning rate 50", "learning rate 50", "0.1"),
        ("batch size 1000000000", "batch size 1000000000", "65,536"),
        ("vocabulary of 10", "vocabulary of 10", "300"),
        ("seed -1", "seed -1", "0"),
        ("80 layers, width 8192", "80 layers", "ask for a model"),
        ("3 epochs, max steps 100", "3 epochs", "either"),
        ("max steps 100, warmup 500", "warmup 500", "2 steps"),
        ("seed 1, seed 2", "seed 2", "configs/pretrain"),
        ("with bf16", "bf16", "training.precision=bf16"),
        ("untied weights", "untied embeddings", "model.tie_embeddings=false"),
        ("label smoothing", "label smoothing", "code"),
        ("cosine schedule or wsd", "cosine", "configs/pretrain"),
    ],
)
def test_what_cannot_be_had_is_unmet_with_the_nearest(wishes: str, wish: str, nearest: str) -> None:
    result = filled(BASE + wishes)
    assert nearest in unmet(result)[wish]
    assert wish not in covered(result)
    train_configs(result.context)


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(SETTINGS)), st.sampled_from(["0", "1", "7", "0.3", "64", "1e999", "12k"]))
)
def test_any_settings_give_a_run_that_the_template_accepts(numbers: dict[Name, str]) -> None:
    words = {
        "heads": "n_heads",
        "batch": "batch size",
        "steps": "max_steps",
        "width": "d_model",
        "kv_heads": "n_kv_heads",
    }
    text = BASE + ", ".join(f"{words.get(name, name)}={number}" for name, number in numbers.items())
    result = filled(text)
    train_configs(result.context)
    assert len(unmet(result)) + len(covered(result)) >= len(numbers)


@pytest.mark.parametrize(("wish", "optimizer", "scheduler"), [("Muon", "muon", "cosine"), ("WSD", "adamw", "wsd")])
def test_optimizer_and_schedule_are_those_that_are_named(wish: str, optimizer: str, scheduler: str) -> None:
    result = filled(BASE + f"with {wish}")
    for run in (result.context.stages[0].mini_run, result.context.stages[0].full_run):
        assert (run.optimizer, run.scheduler) == (optimizer, scheduler)
    assert wish.lower() in {value.lower() for value in covered(result)}
    train_configs(result.context)


def test_a_shape_of_the_planned_size_is_had() -> None:
    shape = "12 layers, 768 hidden, 12 heads"
    model = filled(f"a 100M story model from scratch on a 4090, {shape}").context.model
    assert (model.n_layer, model.d_model, model.n_head) == (12, 768, 12)


def of_slots(**slots: Any) -> Filled:
    asked = wanted(task="pretrain", params=10_000_000, hardware__gpu="RTX 4090", **slots)
    tech = from_scratch(asked)
    assert tech is not None
    return fill(asked, tech, None)


@pytest.mark.parametrize(
    ("wish", "own", "refused"),
    [
        ("GPL-3.0", "proprietary", {"GPL-3.0"}),
        ("MIT-0", "proprietary", {"MIT-0"}),
        ("CC-BY-4.0", "proprietary", {"CC-BY-4.0"}),
        (["AGPL-3.0", "open source"], "proprietary", {"AGPL-3.0", "open source"}),
        (["GPL-3.0", "MIT"], "MIT", {"GPL-3.0"}),
        ("open source", "MIT", set()),
        ("commercial", "MIT", set()),
    ],
)
def test_no_licence_is_granted_that_nobody_asked_for(wish: Any, own: str, refused: set[str]) -> None:
    result = of_slots(dataset="TinyStories", license=wish)
    assert result.context.identity.license == own
    assert {one.wish for one in result.unmet if one.slot == "license"} == refused


def test_without_a_wish_the_licence_is_mit() -> None:
    assert filled(BASE).context.identity.license == "MIT"


@pytest.mark.parametrize(
    ("wish", "is_met"), [("3.11", True), ("3.12", True), ("3.13", True), ("3.10", False), ("3.14", False)]
)
def test_a_newer_python_does_not_raise_the_oldest(wish: str, is_met: bool) -> None:
    result = of_slots(python=wish)
    assert result.context.identity.python == "3.11"
    assert ("python" in {one.slot for one in result.covered}) is is_met
    if is_met:
        assert f"{wish} among them" in covered(result)[wish]
        assert wish in result.context.identity.pythons


def test_several_goals_are_told_apart() -> None:
    english = understood("story model from scratch for my kids")
    more = english.items[0].model_copy(update={"slot": "goal", "value": "deploy on kubernetes"})
    asked = english.model_copy(update={"items": [*english.items, more]})
    tech = from_scratch(asked)
    assert tech is not None
    goals = asked.texts("goal")
    assert fill(asked, tech, None).context.goal == "; ".join(goals)
    chinese = asked.model_copy(update={"project": asked.project.model_copy(update={"language": "zh"})})
    assert fill(chinese, tech, None).context.goal == "\uff1b".join(goals)


@pytest.mark.parametrize(
    ("slot", "value"),
    [("time_limit_h", 100), ("budget_usd", 300), ("sla.latency_ms", 250), ("sla.availability", 99.9)],
)
def test_what_is_planned_or_configured_does_not_sound_measured(slot: str, value: float) -> None:
    result = of_slots(**{slot.replace(".", "__"): value})
    assert all("not measured" in one.how for one in result.covered if one.slot == slot)


def test_figures_of_tech_say_that_stated_settings_came_later() -> None:
    result = filled(BASE + "within 100 hours, width 128")
    assert "before the settings" in next(one.how for one in result.covered if one.slot == "time_limit_h")
