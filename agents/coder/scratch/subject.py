"""The account of what the model is for: its task, subject, languages, data, and how its success is measured."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.coder.scratch.case import Made, Outcome, texts_of
from agents.coder.scratch.details import is_absent
from agents.coder.scratch.sources import OWN_FOLDER, READABLE, Supply
from agents.coder.scratch.topics import is_about
from framework.artifacts.requirements import Item
from framework.artifacts.slots import PUBLIC_DATA
from framework.artifacts.tech_figures import count
from framework.knowledge.datasets import find_dataset

_PRETRAIN = ["configs/pretrain/mini.yaml", "configs/pretrain/full.yaml"]
_NOT_TEXT = re.compile(
    r"\b(?:images?|pictures?|photos?|audio|speech|voice|videos?|music)\b|图片|图像|照片|音频|语音|视频|音乐",
    re.IGNORECASE,
)
_STRUCTURED = re.compile(r"\b(?:json|xml|sql|tables?|csv|labels?|scores?)\b|标签|表格|结构化", re.IGNORECASE)
_MEASURED = {
    "perplexity": "evaluation/perplexity.py",
    "loss": "training/engine.py",
    "bits per byte": "evaluation/perplexity.py",
    "accuracy": "evaluation/ranking.py",
    "f1": "evaluation/metrics.py",
    "exact match": "evaluation/metrics.py",
    "win rate": "evaluation/tasks.py",
    "困惑度": "evaluation/perplexity.py",
    "准确率": "evaluation/ranking.py",
}
_HARNESS = frozenset(
    """mmlu mmlu-pro cmmlu c-eval gsm8k hellaswag kobest hae-rae winogrande piqa boolq openbookqa commonsenseqa
    arc-challenge arc-easy truthfulqa bbh agieval medqa pubmedqa glue superglue ifeval gpqa lambada xnli
    lm-eval-harness afrimmlu aime toxigen drop""".split()
)


def _task(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    if item.value not in ("pretrain", "sft", "dpo", "unknown"):
        yield made.unmet("task", str(item.value), "task")
        return
    tasks = made.context.tasks
    files = [f"configs/{task}/{size}.yaml" for task in tasks for size in ("mini", "full")]
    yield made.covered(
        "task", str(item.value), "task", [*files, f"{made.package}/training/tasks.py"], tasks=", ".join(tasks)
    )
    for supply in supplies:  # those of the pre-training are told where the data is asked for
        if supply.trouble and supply.task != "pretrain":
            key = f"stage_{supply.trouble}"
            yield made.unmet("task", supply.task.upper(), key, used=made.called(supply.name), folder=OWN_FOLDER)


def _name(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    package = made.context.identity.package
    yield made.covered("project_name", str(item.value), "name", ["pyproject.toml", made.package], package=package)


def _goal(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    for text in texts_of(item):
        if is_absent(text):
            continue  # told once, with what stands in its place
        yield made.covered(item.slot, text, "goal", ["README.md"], stages=", ".join(made.context.tasks))


def _domain(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    supply = supplies[0]
    for text in texts_of(item):
        if is_about(supply, text):
            yield made.covered("domain", text, "domain", _PRETRAIN[1:], used=made.called(supply.name))
        else:
            yield made.unmet("domain", text, "domain", used=made.called(supply.name), folder=OWN_FOLDER)


def _language(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    supply = supplies[0]
    for text in texts_of(item):
        source = supply.source
        spoken = source is None and (supply.name == "local" or text in ("en", "zh"))
        if spoken or (source and source.language == text):
            yield made.covered("language_of_data", text, "language", _PRETRAIN, used=made.called(supply.name))
        else:
            yield made.unmet("language_of_data", text, "language", used=made.called(supply.name), folder=OWN_FOLDER)


def _in_and_out(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    for text in texts_of(item):
        if _NOT_TEXT.search(text):
            yield made.unmet(item.slot, text, "not_text")
        elif item.slot == "output" and _STRUCTURED.search(text):
            yield made.unmet(item.slot, text, "structured")
        else:
            files = ["scripts/generate.py", f"{made.package}/inference/server/routes.py"]
            yield made.covered(item.slot, text, "text", files)


def _dataset(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    for text in texts_of(item):
        if text != PUBLIC_DATA:
            yield _one_dataset(made, supplies, text)
        else:
            yield from list(replaced(made, supplies[0])) or [_read(made, supplies[0], text)]


def _one_dataset(made: Made, supplies: list[Supply], text: str) -> Outcome:
    known = find_dataset(text)
    if known is None:
        return _own_data(made, supplies[0], text)
    for supply in supplies:
        if supply.source and supply.source.repo == known.repo:
            return _read(made, supply, text)
    key = "dataset_offline" if made.case.offline else "dataset"
    return made.unmet("dataset", text, key, where=known.repo or known.source, **_place(made, supplies[0]))


def _read(made: Made, supply: Supply, text: str) -> Outcome:
    files = [f"configs/{supply.task}/full.yaml", f"{made.package}/data/registry.py"]
    key = "dataset_repeated" if supply.is_exhausted(made.case.training.tokens) else "dataset"
    fields = {"used": made.called(supply.name), "documents": count(supply.data.n_documents)}
    return made.covered("dataset", text, key, files, **fields)


def replaced(made: Made, supply: Supply) -> Iterator[Outcome]:
    """The dataset of tech.md that the full run cannot read, where nobody named one."""
    keys = {"offline": "dataset_offline", "language": "dataset_language", "unknown": "dataset"}
    if supply.chosen and supply.trouble in keys:
        where = supply.chosen.repo or supply.chosen.source or supply.chosen.name
        yield made.unmet("dataset", supply.chosen.name, keys[supply.trouble], where=where, **_place(made, supply))


def _place(made: Made, supply: Supply) -> dict[str, str]:
    return {"used": made.called(supply.name), "folder": OWN_FOLDER, "package": made.package}


def _own_data(made: Made, supply: Supply, text: str) -> Outcome:
    if supply.name != "local":
        return made.unmet("dataset", text, "own_unused", used=made.called(supply.name), folder=OWN_FOLDER)
    if supply.trouble == "unreadable":
        return made.unmet("dataset", text, "own_unreadable", folder=OWN_FOLDER, formats=", ".join(READABLE))
    files = ["configs/pretrain/full.yaml", f"{made.package}/data/local.py"]
    if supply.data.path == OWN_FOLDER:
        return made.covered("dataset", text, "own_to_come", files, folder=OWN_FOLDER)
    return made.covered("dataset", text, "own", files, path=supply.data.path)


def _format(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    for text in texts_of(item):
        if f".{text.lower()}" in READABLE:
            files = [f"{made.package}/data/local.py", f"{made.package}/data/columns.py"]
            yield made.covered("data_format", text, "format", files)
        else:
            yield made.unmet("data_format", text, "format", formats=", ".join(READABLE))


def _base_model(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    for text in texts_of(item):
        yield made.unmet("base_model", text, "base_model")


def _benchmarks(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    for text in texts_of(item):
        if text.lower() not in _HARNESS:
            yield made.unmet("benchmarks", text, "benchmark")
        elif made.case.offline:
            yield made.unmet("benchmarks", text, "benchmark_offline")
        else:
            yield made.covered("benchmarks", text, "benchmark", [f"{made.package}/evaluation/lm_eval_model.py"])


def _metric(made: Made, supplies: list[Supply], item: Item) -> Iterator[Outcome]:
    for text in texts_of(item):
        module = next((file for word, file in _MEASURED.items() if word in text.lower()), None)
        if module:
            yield made.covered("success_metric", text, "metric", [f"{made.package}/{module}", "scripts/evaluate.py"])
        else:
            yield made.unmet("success_metric", text, "metric")


RULES = {
    "task": _task,
    "project_name": _name,
    "goal": _goal,
    "problem": _goal,
    "domain": _domain,
    "language_of_data": _language,
    "input": _in_and_out,
    "output": _in_and_out,
    "dataset": _dataset,
    "data_format": _format,
    "base_model": _base_model,
    "benchmarks": _benchmarks,
    "success_metric": _metric,
}
