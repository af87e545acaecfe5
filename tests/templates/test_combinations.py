"""Wishes in every combination of two become whole projects: exact files, nothing of the template left, all parses.

`FOUNDRY_COMBINATIONS=all` renders every combination instead of the pairwise cover (`make combinations`).
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from omegaconf import OmegaConf

from agents.coder.scratch.fill import Filled, fill
from framework.artifacts.requirements import Item, Project, Requirements
from framework.messages import Lang
from framework.rendering.context import ScratchContext
from framework.rendering.family import Family, load_family
from framework.rendering.render import render
from framework.resources import root
from framework.runtime.processes import run
from framework.runtime.venvs import Venv
from tests.templates.pairs import Combination, every_combination, pairs_of, pairwise
from tests.unit.coder.scratch.material import configs, from_scratch
from tests.unit.coder.scratch.material import filled as stated

CHOICES = {
    "attention": ("mha", "gqa", "mla"),
    "feed_forward": ("swiglu", "moe"),
    "tokenizer": ("char", "bpe", "wordpiece", "sentencepiece"),
    "task": ("pretrain", "sft", "dpo"),
    "language": ("en", "zh"),
    "device": ("cpu", "gpu"),
    "license": ("MIT", "Apache-2.0", "BSD-3-Clause", "proprietary"),
    "offline": ("yes", "no"),
}
NAMES = ("ab", "long_name_" * 3 + "of_letters")  # the shortest and the longest
COVER = pairwise(CHOICES)
TRIED = every_combination(CHOICES) if os.environ.get("FOUNDRY_COMBINATIONS") == "all" else COVER
SAMPLE = [
    ("gqa", "moe", "bpe", "sft", "zh", "gpu", "Apache-2.0", "no"),
    ("mla", "swiglu", "sentencepiece", "dpo", "en", "cpu", "proprietary", "yes"),
    ("mha", "swiglu", "char", "pretrain", "zh", "cpu", "BSD-3-Clause", "no"),
]
PROOFS = [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"], ["pytest", "-q", "-m", "fast"]]
WORDS = {"char": "character-level tokenizer", "swiglu": ""}


def name_of(combination: Combination) -> str:
    return "-".join(combination.values())


def wish(combination: Combination) -> tuple[Requirements, str]:
    """Requirements for it, and the words that fill no slot."""
    lang: Lang = "zh" if combination["language"] == "zh" else "en"
    slots: dict[str, Any] = {
        "task": "pretrain",
        "goal": "stories",
        "language_of_data": lang,
        "license": combination["license"],
        "params": 10_000_000,
        "offline": combination["offline"] == "yes",
    }
    slots |= {"hardware.cpu_only": True} if combination["device"] == "cpu" else {"hardware.gpu": "RTX 4090"}
    if combination["task"] != "pretrain":
        slots["method"] = combination["task"]
    items = [Item(slot=slot, value=value, provenance="stated", score=0.9) for slot, value in slots.items()]
    project = Project(name=NAMES[lang == "zh"], title="Tales: a model", language=lang)
    words = [combination[key] for key in ("attention", "feed_forward", "tokenizer")]
    return Requirements(project=project, items=items), ", ".join(WORDS.get(word, word) for word in words)


def filled(combination: Combination) -> Filled:
    """Its context, by way of the technology that is really chosen for it."""
    asked, request = wish(combination)
    tech = from_scratch(asked)
    assert tech is not None
    return fill(asked, tech, None, request)


def expected_files(family: Family, context: ScratchContext) -> set[str]:
    """What stands in a project: the family's list under its own name, the stages that there are, one first README."""
    names = {name.replace("scratch_llm", context.identity.package) for name in family.files}
    absent = {task for task in ("sft", "dpo") if task not in context.tasks}
    names -= {f"configs/{task}/{size}.yaml" for task in absent for size in ("mini", "full")}
    if context.identity.language == "zh":
        names = names - {"README.zh.md"} | {"README.en.md"}
    return names


@pytest.fixture(scope="module")
def family() -> Family:
    return load_family("scratch")


def test_the_cover_has_every_pair() -> None:
    everything = {pair for combination in every_combination(CHOICES) for pair in pairs_of(combination)}
    assert {pair for combination in COVER for pair in pairs_of(combination)} == everything
    assert len(COVER) < 30


@pytest.mark.parametrize("combination", COVER, ids=name_of)
def test_the_context_is_what_was_asked_for(combination: Combination) -> None:
    context = filled(combination).context
    assert {
        "attention": context.model.attention,
        "feed_forward": context.model.feed_forward,
        "tokenizer": context.tokenizer.kind,
        "task": context.tasks[-1],
        "language": context.identity.language,
        "device": context.device,
        "license": context.identity.license,
        "offline": "yes" if context.offline else "no",
    } == combination
    assert context.mini_model.attention == context.model.attention
    assert context.mini_model.feed_forward == context.model.feed_forward


@pytest.mark.slow
@pytest.mark.parametrize("combination", TRIED, ids=name_of)
def test_a_combination_becomes_a_whole_project(family: Family, combination: Combination, tmp_path: Path) -> None:
    result = filled(combination)
    project = tmp_path / "project"
    made = render(family, result.context, project)
    texts = {path: (project / path).read_text("utf-8") for path in made}
    on_disk = {file.relative_to(project).as_posix() for file in project.rglob("*") if file.is_file()}
    assert set(made) == on_disk == expected_files(family, result.context)
    assert_nothing_is_left(family, texts, [str(tmp_path), str(root()), f"{Path.home()}/"])
    assert_everything_parses(texts)
    assert_configs_are_accepted(project, result.context)
    named = {file for one in result.covered for file in one.files}
    assert {file for file in named if not any(path == file or path.startswith(f"{file}/") for path in made)} == set()


def test_stated_settings_stand_in_the_configurations(family: Family, tmp_path: Path) -> None:
    text = "story model from scratch with sft and dpo, Muon, wsd, dropout 0.1, weight decay 0.05, seed 7, patience 3"
    context = stated(text).context
    render(family, context, tmp_path / "project")
    assert_configs_are_accepted(tmp_path / "project", context)
    assert context.tasks == ["pretrain", "sft", "dpo"]
    full = configs()[0].model_validate(plain(tmp_path / "project/configs/pretrain/full.yaml"))
    assert (full.optimizer.name, full.scheduler.name, full.optimizer.params.weight_decay) == ("muon", "wsd", 0.05)
    assert (full.model.dropout, full.seed, full.training.early_stop) == (0.1, 7, 3)


def assert_nothing_is_left(family: Family, texts: dict[str, str], machine: list[str]) -> None:
    """No sign of Jinja, no name of the template, no path of this machine."""
    for path, text in texts.items():
        assert not re.search(r"scratch[ _-]?llm", path + text, re.IGNORECASE), path
        # The project's own tests name such paths, because they look for them.
        assert path.startswith("tests/") or [place for place in machine if place in text] == [], path
        if family.source(path).suffix == ".jinja":
            assert not re.search(r"(?<!\$)\{\{|\{%|\{#", text), path


def assert_everything_parses(texts: dict[str, str]) -> None:
    """Every file of a kind that has a grammar."""
    for path, text in texts.items():
        match Path(path).suffix:
            case ".py":
                compile(text, path, "exec")
            case ".yaml" | ".yml":
                assert list(yaml.parse(text)), path
            case ".toml":
                assert tomllib.loads(text), path
            case ".ipynb" | ".json":
                assert json.loads(text), path


def assert_configs_are_accepted(project: Path, context: ScratchContext) -> None:
    """The template's own classes read what was written, and find in it what the context says."""
    train_config, serve_config = configs()
    for stage in context.stages:
        for size, loop in (("mini", stage.mini_run), ("full", stage.full_run)):
            config = train_config.model_validate(plain(project / f"configs/{stage.task}/{size}.yaml"))
            assert (config.task, config.training.batch_size) == (stage.task, loop.batch_size)
            assert config.optimizer.params.lr == loop.lr
            assert (config.optimizer.name, config.scheduler.name) == (loop.optimizer, loop.scheduler)
            assert (config.seed, config.training.early_stop) == (loop.seed, loop.early_stop)
    full = train_config.model_validate(plain(project / "configs/pretrain/full.yaml"))
    assert (full.model.attention, full.model.feed_forward) == (context.model.attention, context.model.feed_forward)
    assert (full.tokenizer.kind, full.data.language) == (
        context.tokenizer.kind,
        context.stages[0].full_data.language,
    )
    serve = serve_config.model_validate(plain(project / "configs/serve/project.yaml"))
    assert serve.n_slot == context.service.n_slot


def plain(path: Path) -> Any:
    """A configuration as OmegaConf reads it."""
    return OmegaConf.to_container(OmegaConf.load(path), resolve=True)


@pytest.mark.slow
@pytest.mark.parametrize("values", SAMPLE, ids="-".join)
def test_what_is_rendered_passes_its_own_checks(
    family: Family, values: tuple[str, ...], tmp_path: Path, verification: Venv
) -> None:
    render(family, filled(dict(zip(CHOICES, values, strict=True))).context, tmp_path / "project")
    for command in PROOFS:
        done = run(
            [str(verification.python), "-m", *command],
            600,
            cwd=tmp_path / "project",
            env={"PYTHONPATH": "src", "OMP_NUM_THREADS": "1"},
        )
        assert done is not None and done.rc == 0, f"{command}: {done and done.stdout[-3000:] + done.stderr[-1000:]}"
