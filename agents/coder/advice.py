"""What an experienced engineer would say about the whole before anyone spends an hour on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from agents.coder.findings import Findings
from agents.coder.metric import out_of_reach
from agents.coder.options import speaks
from framework.artifacts.tech import Advice, Severity
from framework.artifacts.tech_figures import count, gb, money, params
from framework.knowledge.datasets import datasets
from framework.messages import say

_LONG_CONTEXT = 8192
_CARE = frozenset({"medical", "legal", "finance"})
_GATED = ("Llama", "Gemma")
_MINDSPORE = "mindspore"
Rule = Callable[[Findings], Iterator[Advice]]


def advice_for(known: Findings) -> list[Advice]:
    """What stops the project first, then what could hurt it, then what helps."""
    found = [advice for rule in _RULES for advice in rule(known)]
    return sorted(found, key=lambda advice: ("stop", "warning", "hint").index(advice.severity))


def _advice(known: Findings, severity: Severity, key: str, **fields: object) -> Advice:
    return Advice(key=key, severity=severity, text=say(known.lang, f"advice.{key}", **fields))


def _nothing_fits(known: Findings) -> Iterator[Advice]:
    if known.best.stops:
        yield _advice(known, "stop", "nothing_fits", name=known.best.name, why=known.best.stops[0].text)


def _data(known: Findings) -> Iterator[Advice]:
    need, data = known.need, known.policy.data
    own, objective = need.own, known.best.draft.option.objective
    if own is None or need.objective == "serve":
        return
    if need.looks_things_up(known.policy):
        key = "retrieval_refused" if "rag_refused" in need.signals else "retrieval"
        number = count(own.examples) if own.examples else say(known.lang, "advice.your")
        yield _advice(known, "stop", key, count=number)
        return
    least, good = data.least.of(objective), data.good.of(objective)
    if known.best.draft.supply.too_small and own.examples is not None:
        yield _advice(known, "stop", "no_dataset", count=count(own.examples), least=count(least), good=count(good))
    elif own.examples is not None and own.examples < good and not own.amount.tokens and not own.amount.bytes:
        yield _advice(known, "warning", "few_examples", count=count(own.examples), good=count(good))
    elif own.examples is None and not own.amount.tokens and not own.amount.bytes:
        yield _advice(known, "hint", "count_data", least=count(least), good=count(good))


def _labels(known: Findings) -> Iterator[Advice]:
    """Labels are the user's own; a public set with others teaches nothing that is wanted."""
    if known.best.draft.option.objective != "classification":
        return
    full = known.best.draft.supply.needs.full
    chosen = next((dataset for dataset in datasets() if dataset.name == full.name), None)
    if chosen and chosen not in known.need.datasets and not set(chosen.topics) & set(known.need.topics):
        yield _advice(known, "warning", "labels_missing", name=chosen.name)


def _conversation(known: Findings) -> Iterator[Advice]:
    need = known.need
    size = need.params or max((one.params for one in known.ranked if one.draft.option.method == "scratch"), default=0)
    if (
        need.objective == "pretrain"
        and need.chats
        and not need.named
        and size < known.policy.scratch.converses_from_params
    ):
        yield _advice(known, "stop", "cannot_converse", params=params(size))


def _language(known: Findings) -> Iterator[Advice]:
    for one in known.chosen:
        model = one.draft.option.model
        if model and one.draft.option.named and one.draft.option.method != "scratch":
            unspoken = [language for language in known.need.languages if not speaks(model.languages, language)]
            if unspoken:
                better = next(
                    (other.name for other in known.ranked if not other.stops and other.parts.language == 1.0), "-"
                )
                fields = {"name": model.name, "languages": ", ".join(unspoken), "better": better}
                yield _advice(known, "warning", "language", **fields)
                return


def _names(known: Findings) -> Iterator[Advice]:
    """Names that no catalog knows."""
    if gpu := known.hardware.unknown_gpu:
        yield _advice(known, "warning", "gpu_unknown", name=gpu, machine=known.machine.name)
    for entry in known.need.named:
        if entry.model is None:
            tries = [one for one in known.named() if one.draft.option.model is None and one.title in entry.text]
            size = next((one.draft.option.params for one in tries if one.draft.option.architecture), None)
            stand_in = next((one.draft.option.stand_in for one in tries if one.draft.option.stand_in), None)
            told = any(one.draft.option.told for one in tries)
            key = "model_told" if told else "model_unknown" if size else "model_unknown_size"
            yield _advice(known, "warning", key, name=entry.text, params=params(size), stand_in=stand_in or "-")
    for name in known.need.unknown_datasets:
        yield _advice(known, "warning", "dataset_unknown", name=name)


def _machine(known: Findings) -> Iterator[Advice]:
    machine, objective = known.machine, known.best.draft.option.objective
    if known.hardware.machines[0].assumed and not known.hardware.unknown_gpu:
        yield _advice(known, "warning", "hardware_unknown", machine=machine.name)
    if machine.kind == "cpu" and objective != "serve":
        yield _advice(known, "warning", "cpu_only")
    if machine.kind == "cpu" and objective == "serve":
        yield _advice(known, "hint", "cpu_serving")
    if machine.precision == "fp16":
        yield _advice(known, "warning", "fp16", name=machine.accelerator)
    if machine.kind in ("apple", "ascend", "amd", "tpu"):
        yield _advice(known, "warning", f"kind_{machine.kind}", name=machine.accelerator)
    if machine.count > 1 and objective != "serve":
        sharded = known.best.draft.training is not None and known.best.draft.training.sharded
        yield _advice(known, "hint", "sharded" if sharded else "data_parallel", count=machine.count)
    if known.need.wanted.flag("hardware.cpu_only") and machine.kind != "cpu":
        yield _advice(known, "hint", "train_gpu_serve_cpu", machine=machine.name)
    if "notebook" in known.need.signals:
        yield _advice(known, "warning", "notebook")
    if "phone" in known.need.signals:
        yield _advice(known, "hint", "phone", name=known.best.name)


def _stack(known: Findings) -> Iterator[Advice]:
    stack = {text.lower() for text in known.need.wanted.texts("stack")}
    if _MINDSPORE in stack:
        yield _advice(known, "warning", "mindspore")
    if "deepspeed" in stack and known.machine.count == 1 and known.best.draft.option.objective != "serve":
        yield _advice(known, "hint", "deepspeed_one_card")


def _preferences(known: Findings) -> Iterator[Advice]:
    need = known.need
    if known.best.draft.option.objective == "dpo":
        converses = known.best.draft.option.model is not None and known.best.draft.option.model.instruct_repo
        yield _advice(known, "hint" if converses else "warning", "dpo_needs_sft")
    if need.preference_methods & {"ppo", "rlhf", "grpo"}:
        yield _advice(known, "warning", "reward_model", methods=", ".join(sorted(need.preference_methods)).upper())
    if need.objective == "sft" and "dpo" in need.preference_methods:
        yield _advice(known, "hint", "sft_first")


def _licences(known: Findings) -> Iterator[Advice]:
    need, model = known.need, known.best.draft.option.model
    trained = known.best.draft.option.method != "scratch"
    if model and trained and model.license.startswith(_GATED):
        yield _advice(known, "hint", "gated", name=model.name, license=model.license)
    for conflict in (conflict for one in known.chosen for conflict in one.conflicts):
        if need.commercial and conflict.key == "non_commercial":
            yield _advice(known, "warning", "non_commercial", text=conflict.text)
            break
    unclear = [c for c in known.best.draft.supply.choices if not c.own and c.commercial != "yes"]
    if unclear and need.objective != "serve":
        severity: Severity = "warning" if need.commercial else "hint"
        yield _advice(known, severity, "data_terms", names=", ".join(choice.name for choice in unclear))


def _size_of_context(known: Findings) -> Iterator[Advice]:
    figures = known.best.draft.estimate
    if figures and figures.context >= _LONG_CONTEXT:
        activations = figures.training.activations + figures.training.logits
        fields = {
            "context": count(figures.context),
            "activations": gb(activations),
            "cache": gb(figures.inference.kv_cache),
        }
        yield _advice(known, "warning", "long_context", **fields)


def _speed(known: Findings) -> Iterator[Advice]:
    keys = {conflict.key for one in known.chosen for conflict in one.conflicts}
    if {"latency", "latency_tight", "latency_answer"} & keys and known.best.draft.serving:
        yield _advice(known, "warning", "latency", answer=known.policy.serving.answer_tokens)
    if {"throughput", "throughput_tight"} & keys:
        yield _advice(known, "warning", "throughput")


def _circumstances(known: Findings) -> Iterator[Advice]:
    need = known.need
    if need.wanted.flag("offline"):
        yield _advice(known, "warning", "offline", names=", ".join(_downloads(known)))
    privacy = need.wanted.texts("privacy")
    if privacy or "personal" in need.signals:
        yield _advice(known, "warning", "privacy", rule=", ".join(privacy) or say(known.lang, "advice.personal_data"))
    care = [topic for topic in need.topics if topic in _CARE]
    if care and need.objective in ("sft", "dpo", "serve"):
        yield _advice(known, "warning", "care", field=say(known.lang, f"advice.field_{care[0]}"))
    if need.budget_usd == 0:
        cost = known.best.draft.figures.cost_usd
        if known.machine.kind == "datacentre" and not known.machine.assumed:
            yield _advice(known, "warning", "no_money_rented", machine=known.machine.name, cost=money(cost))
        else:
            yield _advice(known, "hint", "no_money", machine=known.machine.name)


def _downloads(known: Findings) -> list[str]:
    choices = [choice.repo or choice.name for choice in known.best.draft.supply.choices if not choice.own]
    model = known.best.draft.option.model
    weights = [model.repo] if model and model.repo and known.best.draft.option.method != "scratch" else []
    return [*weights, *choices]


def _measuring(known: Findings) -> Iterator[Advice]:
    for metric, best in out_of_reach(known):
        yield _advice(known, "stop", "metric", metric=metric, best=best, name=known.best.name)
    names = {choice.name.lower() for choice in known.best.draft.supply.choices}
    shared = [name for name in known.need.wanted.texts("benchmarks") if name.lower() in names]
    if shared:
        yield _advice(known, "warning", "contamination", names=", ".join(shared))


def _habits(known: Findings) -> Iterator[Advice]:
    """What is worth saying of every job of its kind."""
    yield _advice(known, "hint", f"habit_{known.best.draft.option.objective}")


_RULES: tuple[Rule, ...] = (
    _nothing_fits,
    _data,
    _labels,
    _conversation,
    _measuring,
    _language,
    _names,
    _machine,
    _stack,
    _preferences,
    _licences,
    _size_of_context,
    _speed,
    _circumstances,
    _habits,
)
