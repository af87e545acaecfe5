"""`foundry estimate`: the figures for a program, a table for people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Foundry

GPT2 = {
    "model_type": "gpt2",
    "architectures": ["GPT2LMHeadModel"],
    "n_embd": 768,
    "n_layer": 12,
    "n_head": 12,
    "n_positions": 1024,
    "vocab_size": 50257,
}


def test_a_model_of_the_catalog(foundry: Foundry) -> None:
    found = foundry("estimate", "--model", "qwen2.5 7b", "--gpu", "A100 80G", "--method", "lora", "--json").json
    assert found["params"] == 7_615_616_512
    assert found["fits"] is True
    assert found["memory_gb"] == 80
    for key in ("gpu_hours", "cost_usd"):
        low, high = found[key]
        assert 0 < low < high


def test_a_config_file_and_numbers_as_people_write_them(foundry: Foundry, home: Path) -> None:
    (home / "config.json").write_text(json.dumps(GPT2), encoding="utf-8")
    command = [
        "estimate",
        "--hf-config",
        "config.json",
        "--tokens",
        "1.5T",
        "--context",
        "1k",
        "--count",
        "8",
        "--json",
    ]
    found = foundry(*command).json
    assert found["params"] == 124_439_808
    assert (found["tokens"], found["context"], found["count"]) == (1_500_000_000_000, 1024, 8)


def test_a_table_for_people_says_what_was_assumed(foundry: Foundry) -> None:
    shown = foundry("estimate", "--model", "Qwen2.5-7B").out
    for part in ("7,615,616,512", "RTX 4090", "does not fit", "Assumed", "--gpu"):
        assert part in shown


def test_one_model_and_only_one(foundry: Foundry) -> None:
    for arguments in ([], ["--model", "x", "--hf-config", "y"]):
        result = foundry("estimate", *arguments)
        assert result.code == 2
        assert "either --model NAME or --hf-config FILE" in result.err


def test_an_unknown_method_is_refused(foundry: Foundry) -> None:
    result = foundry("estimate", "--model", "Qwen2.5-7B", "--method", "qlra")
    assert result.code == 2
    assert "Did you mean qlora" in result.err


def test_it_speaks_the_user_s_language(foundry: Foundry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "参数量" in foundry("estimate", "--model", "Qwen2.5-7B").out
