"""The user's limits against a draft's figures: what it breaks, and what it comes close to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from agents.coder.need import Need
from agents.coder.options import speaks
from agents.coder.plan import Draft
from agents.coder.policy import Policy
from framework.artifacts.tech import Conflict, Range, Severity
from framework.artifacts.tech_figures import count, gb, hours, money, params
from framework.messages import say

_NO_4BIT = frozenset({"apple", "ascend", "tpu", "cpu"})
Check = Callable[[Need, Policy, Draft], Iterator[Conflict]]


def conflicts_of(need: Need, policy: Policy, draft: Draft) -> list[Conflict]:
    """Everything in which the draft falls short of the user's wishes, what cannot be first."""
    found = [conflict for check in _CHECKS for conflict in check(need, policy, draft)]
    return sorted(found, key=lambda conflict: ("stop", "warning", "hint").index(conflict.severity))


def _conflict(
    need: Need, slot: str, severity: Severity, key: str, times: float | None = None, /, **fields: object
) -> Conflict:
    text = say(need.lang, f"technology.conflict_{key}", **fields)
    return Conflict(key=key, slot=slot, severity=severity, text=text, times=float(f"{times:.3g}") if times else None)


def _size_known(need: Need, policy: Policy, draft: Draft) -> Iterator[Conflict]:
    if draft.estimate is None:
        yield _conflict(need, "base_model", "stop", "size_unknown", name=draft.option.title)


def _looked_up(need: Need, policy: Policy, draft: Draft) -> Iterator[Conflict]:
    """What only a model vouches for is no choice of ours; the user may make it theirs."""
    if draft.option.told and not draft.option.named:
        yield _conflict(need, "base_model", "stop", "not_looked_up", name=draft.option.title)


def _memory(need: Need, policy: Policy, draft: Draft) -> Iterator[Conflict]:
    figures, usable = draft.figures, draft.usable_gb
    needed, place = figures.train_vram_gb, "memory"
    if draft.option.method == "as_is":
        needed, place, usable = figures.infer_vram_gb, "serving_memory", usable * draft.machine.count
    if needed is None:
        return
    fields = {"needed": gb(needed), "usable": gb(usable), "machine": draft.machine.name}
    if needed > usable:
        yield _conflict(need, "hardware.vram_gb", "stop", place, needed / usable, **fields)
    elif needed > usable * (1 - policy.memory_headroom):
        yield _conflict(need, "hardware.vram_gb", "warning", "memory_tight", **fields)


def _time(need: Need, policy: Policy, draft: Draft) -> Iterator[Conflict]:
    wall, limit = draft.figures.wall_hours, need.time_limit_h
    if wall and limit and (severity := _exceeds(wall, limit)):
        key = "time" if severity == "stop" else "time_tight"
        yield _conflict(
            need, "time_limit_h", severity, key, wall[0] / limit, wall=hours(need.lang, wall), limit=f"{limit:g}"
        )


def _patience(need: Need, policy: Policy, draft: Draft) -> Iterator[Conflict]:
    """Without a limit of the user's there is still one of reason."""
    wall, most = draft.figures.wall_hours, policy.longest_hours
    if wall and not need.time_limit_h and wall[0] > most:
        slot = "params" if need.params else "hardware.gpu"
        yield _conflict(need, slot, "stop", "too_long", wall[0] / most, wall=hours(need.lang, wall), limit=f"{most:g}")


def _budget(need: Need, policy: Policy, draft: Draft) -> Iterator[Conflict]:
    """A machine that the user names is taken for theirs when they will pay nothing."""
    cost, limit = draft.figures.cost_usd, need.budget_usd
    if cost is None or limit is None:
        return
    if limit == 0:
        yield from _free_hours(need, policy, draft)
    elif severity := _exceeds(cost, limit):
        key = "budget" if severity == "stop" else "budget_tight"
        yield _conflict(need, "budget_usd", severity, key, cost[0] / limit, cost=money(cost), limit=f"{limit:g}")


def _free_hours(need: Need, policy: Policy, draft: Draft) -> Iterator[Conflict]:
    """Where nothing may be spent, a machine that is not the user's own is a free quota, which ends."""
    wall, most = draft.figures.wall_hours, policy.machines.free_hours
    if draft.machine.assumed and draft.machine.kind != "cpu" and wall and wall[0] > most:
        fields = {"wall": hours(need.lang, wall), "limit": f"{most:g}", "machine": draft.machine.name}
        yield _conflict(need, "budget_usd", "stop", "free_hours", wall[0] / most, **fields)


def _exceeds(needed: Range, limit: float) -> Severity | None:
    if needed[0] > limit:
        return "stop"
    return "warning" if needed[1] > limit else None


def _license(need: Need, policy: Policy, draft: Draft) -> Iterator[Conflict]:
    model = draft.option.model
    if model and draft.option.method != "scratch":
        yield from _model_license(need, model.name, model.license, model.commercial_use)
    elif model is None:
        yield _conflict(need, "license", "warning", "license_unknown", name=draft.option.title)
    if need.commercial and draft.option.method != "as_is":
        for choice in draft.supply.choices:
            if not choice.own and choice.commercial != "yes":
                severity: Severity = "stop" if choice.commercial == "no" else "warning"
                fields = {"name": choice.name, "license": choice.license}
                yield _conflict(need, "license", severity, f"data_license_{choice.commercial}", **fields)


def _model_license(need: Need, name: str, license: str, commercial: bool) -> Iterator[Conflict]:
    if need.commercial and not commercial:
        yield _conflict(need, "license", "stop", "non_commercial", name=name, license=license)
    demanded = [text for text in need.licenses if _key(text) != _key(license)]
    if demanded and _free(license):
        yield _conflict(need, "license", "warning", "other_license", name=name, license=license, wish=demanded[0])
    elif demanded:
        yield _conflict(need, "license", "stop", "own_license", name=name, license=license, wish=demanded[0])


def _key(license: str) -> str:
    return license.lower().replace(" ", "").replace("-", "").replace("licence", "").replace("license", "")


def _free(license: str) -> bool:
    """Licences that ask for no more than attribution: what they cover may be used under any other terms."""
    return _key(license) in ("mit", "apache2.0", "bsd3clause", "bsd2clause", "cc0", "cc01.0")


def _language(need: Need, policy: Policy, draft: Draft) -> Iterator[Conflict]:
    model = draft.option.model
    listed = ", ".join(need.languages)
    if model and draft.option.method != "scratch":
        unspoken = [language for language in need.languages if not speaks(model.languages, language)]
        if unspoken:
            known = ", ".join(model.languages)
            fields = {"name": model.name, "languages": ", ".join(unspoken), "known": known}
            severity: Severity = "warning" if draft.option.named else "stop"
            yield _conflict(need, "language_of_data", severity, "language", **fields)
        elif not set(need.languages) <= set(model.languages):
            yield _conflict(need, "language_of_data", "hint", "language_many", name=model.name, languages=listed)
    if not draft.supply.speaks:
        name = draft.supply.needs.full.name
        yield _conflict(need, "language_of_data", "warning", "data_language", name=name, languages=listed)


def _platform(need: Need, policy: Policy, draft: Draft) -> Iterator[Conflict]:
    machine, method = draft.machine, draft.option.method
    if method == "qlora" and machine.kind in _NO_4BIT:
        yield _conflict(need, "hardware.gpu", "stop", "no_4bit", machine=machine.name)
    if method == "qlora" and draft.option.architecture and draft.option.architecture.experts:
        yield _conflict(need, "method", "stop", "no_4bit_experts", name=draft.option.title)
    if machine.precision == "fp16" and method == "full" and not draft.option.encodes:
        yield _conflict(need, "hardware.gpu", "warning", "fp16", machine=machine.name)


def _context(need: Need, policy: Policy, draft: Draft) -> Iterator[Conflict]:
    longest = draft.option.architecture.context if draft.option.architecture else None
    if need.context_stated and longest and need.context > longest and draft.option.method != "scratch":
        fields = {"name": draft.option.title, "longest": count(longest), "wish": count(need.context)}
        yield _conflict(need, "context_len", "stop", "context", **fields)


def _latency(need: Need, policy: Policy, draft: Draft) -> Iterator[Conflict]:
    """For generated text the limit is taken for the first words, streamed: a whole answer has no fixed length."""
    serving, limit = draft.serving, need.latency_ms
    if serving is None or not limit:
        return
    span = serving.first_token_ms or serving.latency_ms
    fields = {"low": f"{span[0]:,.0f}", "high": f"{span[1]:,.0f}", "limit": f"{limit:g}"}
    if severity := _exceeds(span, limit):
        key = "latency" if severity == "stop" else "latency_tight"
        yield _conflict(need, "sla.latency_ms", severity, key, span[0] / limit, **fields)
    elif serving.answer_tokens and serving.latency_ms[1] > limit:
        low, high = (f"{end:,.0f}" for end in serving.latency_ms)
        fields |= {"tokens": f"{serving.answer_tokens}", "whole_low": low, "whole_high": high}
        yield _conflict(need, "sla.latency_ms", "warning", "latency_answer", **fields)


def _throughput(need: Need, policy: Policy, draft: Draft) -> Iterator[Conflict]:
    serving, wish = draft.serving, need.throughput
    had = serving and wish and (serving.requests_per_s if wish.unit == "req/s" else serving.tokens_per_s)
    if wish and had and had[0] < wish.value:
        severity: Severity = "stop" if had[1] < wish.value else "warning"
        key = "throughput" if severity == "stop" else "throughput_tight"
        fields = {"low": f"{had[0]:,.3g}", "high": f"{had[1]:,.3g}", "wish": f"{wish.value:g}", "unit": wish.unit}
        yield _conflict(need, "sla.throughput", severity, key, wish.value / max(had[1], 1e-9), **fields)


def _conversation(need: Need, policy: Policy, draft: Draft) -> Iterator[Conflict]:
    size = draft.option.params
    small = size is not None and size < policy.scratch.converses_from_params
    if draft.option.method == "scratch" and need.chats and small:
        yield _conflict(need, "goal", "stop", "cannot_converse", params=params(size))


def _amount(need: Need, policy: Policy, draft: Draft) -> Iterator[Conflict]:
    """Full fine-tuning of a large model on few examples learns them by heart."""
    examples, option = draft.supply.examples, draft.option
    large = (option.params or 0) > policy.tuning.full_up_to_params
    if option.method == "full" and large and examples and examples < policy.data.good.of(option.objective):
        yield _conflict(need, "method", "warning", "few_for_full", examples=count(examples))
    if option.method == "scratch" and draft.supply.needs.full.own and option.params:
        per_parameter = draft.supply.tokens * policy.scratch.most_epochs / option.params
        if per_parameter < 1:  # whoever asks for a model from scratch gets one, and is told what to expect of it
            fields = {"tokens": count(draft.supply.tokens), "params": params(option.params)}
            yield _conflict(need, "dataset", "warning", "too_little_text", **fields)


_CHECKS: tuple[Check, ...] = (
    _size_known,
    _looked_up,
    _memory,
    _time,
    _patience,
    _budget,
    _license,
    _language,
    _platform,
    _context,
    _latency,
    _throughput,
    _conversation,
    _amount,
)
