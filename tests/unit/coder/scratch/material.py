"""Sentences with the technology chosen for them, and the template's own configuration classes."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

from agents.coder.scratch.fill import Filled, fill
from agents.coder.technology import choose
from agents.planner.understanding import understand
from framework.artifacts.requirements import Project, Requirements
from framework.artifacts.tech import Tech
from framework.engines.expert import ExpertEngine
from framework.errors import NotAProject
from framework.rendering.context import Data, Model, Run, ScratchContext, Tokenizer
from framework.resources import path
from framework.runtime.userdata import DataFacts
from tests.unit.coder.wishes import policy


def understood(text: str) -> Requirements:
    """What the real understanding makes of a sentence."""
    found = understand(text)
    return Requirements(project=Project(name=found.name, title=found.title, language=found.lang), items=found.items)


def from_scratch(wanted: Requirements, facts: DataFacts | None = None) -> Tech | None:
    """The technology with its best candidate of method scratch recommended; None where there is none."""
    tech = choose(wanted, policy(), ExpertEngine(), facts)
    names = [candidate.name for candidate in tech.candidates if candidate.method == "scratch"]
    if not names or tech.recommended in names:
        return tech if names else None
    return tech.model_copy(update={"recommended": names[0]})


def filled(text: str, facts: DataFacts | None = None) -> Filled:
    """A sentence's context and account."""
    wanted = understood(text)
    tech = from_scratch(wanted, facts)
    assert tech is not None, f"nothing is trained from scratch for {text!r}"
    return fill(wanted, tech, facts, text)


def tried(text: str) -> tuple[Requirements, Filled] | None:
    """The same for any sentence; None where nothing would be trained from scratch."""
    try:
        wanted = understood(text)
    except NotAProject:
        return None
    tech = from_scratch(wanted)
    return (wanted, fill(wanted, tech, None, text)) if tech else None


@contextmanager
def _without_weight() -> Iterator[None]:
    """The template's package without what its __init__ files import, PyTorch among it."""
    folder = path("templates/scratch/project/src/scratch_llm")
    shell = ModuleType("scratch_llm")
    shell.__path__ = [str(folder)]
    shell_of_config = ModuleType("scratch_llm.config")
    shell_of_config.__path__ = [str(folder / "config")]
    sys.modules.update({"scratch_llm": shell, "scratch_llm.config": shell_of_config})
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "scratch_llm"]:
            del sys.modules[name]


@cache
def configs() -> tuple[Any, Any]:
    """The template's TrainConfig and ServeConfig."""
    with _without_weight():
        run = importlib.import_module("scratch_llm.config.run")
        serve = importlib.import_module("scratch_llm.config.serve")
    return run.TrainConfig, serve.ServeConfig


def train_configs(context: ScratchContext) -> list[Any]:
    """Every run of a context, as the template reads it; it refuses what does not fit together."""
    found = []
    for stage in context.stages:
        mini = (context.mini_model, context.mini_tokenizer, stage.mini_data, stage.mini_run)
        full = (context.model, context.tokenizer, stage.full_data, stage.full_run)
        found += [_train_config(stage.task, *parts) for parts in (mini, full)]
    return found


def _train_config(task: str, model: Model, tokenizer: Tokenizer, data: Data, run: Run) -> Any:
    shape = model.model_dump(exclude={"n_experts", "latent"})
    if model.latent:
        shape["mla"] = model.latent.model_dump()
    if model.n_experts:
        shape["moe"] = {"n_expert": model.n_experts}
    elsewhere = {"lr", "warmup_steps", "optimizer", "scheduler", "weight_decay", "seed"}
    params = {"lr": run.lr} | ({} if run.weight_decay is None else {"weight_decay": run.weight_decay})
    return configs()[0].model_validate(
        {
            "task": task,
            "seed": run.seed,
            "model": shape,
            "tokenizer": tokenizer.model_dump(),
            "data": data.model_dump(),
            "optimizer": {"name": run.optimizer, "params": params},
            "scheduler": {"name": run.scheduler, "warmup_steps": run.warmup_steps},
            "training": run.model_dump(exclude=elsewhere),
        }
    )
