"""tech.md from what was found out."""

from __future__ import annotations

from agents.coder.advice import advice_for
from agents.coder.character import strengths_of, weaknesses_of
from agents.coder.finalists import Judged, refused
from agents.coder.findings import Findings
from agents.coder.methods import compared_methods
from agents.coder.plan import Draft
from agents.coder.recommend import Recommendation
from agents.coder.unmet import unmet_wishes
from framework.artifacts.tech import (
    Candidate,
    Elsewhere,
    Feasibility,
    Level,
    Permission,
    Refusal,
    Remark,
    Shape,
    Tech,
    Unmet,
)
from framework.knowledge.architecture import Architecture, Attention
from framework.messages import say


def write_report(known: Findings, decision: Recommendation, *, overruled: bool) -> Tech:
    """The artifact. `overruled` says that the engine's own recommendation could not be taken."""
    unmet = unmet_wishes(known)
    others = [machine for machine in known.hardware.machines if machine.name != known.machine.name]
    return Tech(
        project=known.need.wanted.project,
        task=known.need.task,
        objective=known.best.draft.option.objective,
        feasibility=_feasibility(known, unmet),
        recommended=known.best.name,
        reasons=[*(_reason(known, key) for key in decision.reasons), *_opinion(known, decision)],
        machines=[known.machine, *others],
        candidates=[
            _candidate(known, one, rank, decision.levels[one.name]) for rank, one in enumerate(known.chosen, 1)
        ],
        refused=[_refusal(known, one) for one in refused(known.ranked, known.chosen)],
        methods=compared_methods(known),
        advice=advice_for(known),
        unmet=unmet,
        assumptions=_assumptions(known, overruled),
    )


def _feasibility(known: Findings, unmet: list[Unmet]) -> Feasibility:
    if known.best.stops:
        return "nothing_fits"
    return "with_changes" if unmet else "as_wished"


def _reason(known: Findings, key: str) -> Remark:
    return Remark(key=key, text=say(known.lang, f"technology.reason_{key}", name=known.best.name))


def _opinion(known: Findings, decision: Recommendation) -> list[Remark]:
    """What an engine adds in its own words; no program has checked it, and it says so."""
    if not decision.remark:
        return []
    return [Remark(key="opinion", text=say(known.lang, "technology.opinion", text=decision.remark))]


def _candidate(known: Findings, one: Judged, rank: int, level: Level) -> Candidate:
    draft, option = one.draft, one.draft.option
    model = option.model
    scratch = option.method == "scratch"
    figures = draft.estimate
    return Candidate(
        name=one.name,
        rank=rank,
        model=option.title,
        repo=_repo(known, draft),
        objective=option.objective,
        method=option.method,
        params=figures.params if figures else None,
        active_params=figures.active_params if figures else None,
        shape=_shape(option.architecture) if option.architecture else None,
        max_context=option.architecture.context if option.architecture else None,
        languages=_learned_languages(draft) if scratch else list(model.languages) if model else [],
        license=_license(known, draft),
        commercial=_commercial(draft),
        named_by_user=option.named,
        data=draft.supply.needs,
        training=draft.training,
        serving=draft.serving,
        figures=draft.figures,
        elsewhere=_elsewhere(known, draft),
        quality=level,
        quality_why=_quality_why(known, draft),
        strengths=strengths_of(known, one),
        weaknesses=weaknesses_of(known, one),
        conflicts=list(one.conflicts),
        score=one.score,
    )


def _learned_languages(draft: Draft) -> list[str]:
    return list(dict.fromkeys(language for choice in draft.supply.choices for language in choice.languages))


def _repo(known: Findings, draft: Draft) -> str | None:
    """Few examples, preferences and serving want the variant that already converses."""
    option, model = draft.option, draft.option.model
    if model is None or option.method == "scratch":
        return None
    few = (draft.supply.examples or 0) <= known.policy.tuning.instruct_up_to_examples
    converses = option.objective in ("dpo", "serve") or (option.objective == "sft" and few)
    return model.instruct_repo if converses and model.instruct_repo else model.repo


def _license(known: Findings, draft: Draft) -> str:
    if draft.option.method == "scratch":
        return say(known.lang, "technology.license_own")
    return draft.option.model.license if draft.option.model else say(known.lang, "technology.unknown")


def _commercial(draft: Draft) -> Permission:
    if draft.option.method == "scratch":
        return "yes"
    if draft.option.model is None:
        return "unclear"
    return "yes" if draft.option.model.commercial_use else "no"


def _shape(a: Architecture) -> Shape:
    return Shape(
        layers=a.layers,
        hidden=a.hidden,
        heads=a.heads,
        kv_heads=a.kv_heads,
        feed_forward=a.feed_forward.width if a.feed_forward else None,
        vocab=a.vocab,
        tied=a.tied,
        attention=_attention(a),
        experts=a.experts.count if a.experts else None,
    )


def _attention(a: Architecture) -> str:
    if not isinstance(a.attention, Attention):
        return "mla"
    if a.kv_heads == a.heads:
        return "mha"
    return "mqa" if a.kv_heads == 1 else "gqa"


def _elsewhere(known: Findings, draft: Draft) -> list[Elsewhere]:
    machines = [machine for machine in known.hardware.machines if machine.name != draft.machine.name]
    return [
        Elsewhere(machine=machine.name, figures=known.workshop.draft(draft.option, machine).figures)
        for machine in machines
    ]


def _quality_why(known: Findings, draft: Draft) -> str:
    option, model = draft.option, draft.option.model
    if option.method == "scratch":
        tokens = draft.training.tokens if draft.training else 0
        ratio = f"{tokens / (option.params or 1):.2g}"
        return say(known.lang, "technology.why_scratch", data=draft.supply.needs.full.name, ratio=ratio)
    bench = model.quality[0] if model and model.quality else None
    if bench:
        return say(
            known.lang, "technology.why_measured", bench=bench.name, score=f"{bench.score:g}", source=bench.source
        )
    return say(known.lang, "technology.why_by_size")


def _refusal(known: Findings, one: Judged) -> Refusal:
    why = one.conflicts[0].text if one.conflicts else say(known.lang, "technology.why_better", name=known.best.name)
    return Refusal(name=one.name, why=why, train_vram_gb=one.draft.figures.train_vram_gb)


def _assumptions(known: Findings, overruled: bool) -> list[str]:
    need, lang = known.need, known.lang
    found = list(known.hardware.assumptions)
    if need.objective_assumed:
        found.append(say(lang, "technology.assumed_task", task=say(lang, f"technology.objective_{need.objective}")))
    if need.languages_assumed:
        found.append(say(lang, "technology.assumed_language", language=", ".join(need.languages)))
    if stand_in := next((one.draft.option for one in known.chosen if one.draft.option.stand_in), None):
        found.append(say(lang, "technology.assumed_shape", name=stand_in.title, stand_in=stand_in.stand_in))
    found += _reckoned(known)
    if overruled:
        found.append(say(lang, "technology.overruled"))
    return list(dict.fromkeys(found))


def _reckoned(known: Findings) -> list[str]:
    """What the recommended candidate's figures rest on."""
    draft, lang, found = known.best.draft, known.lang, []
    if draft.training and draft.supply.needs.full.tokens is None:
        per_example = known.policy.data.tokens_per_example.of(draft.option.objective)
        found.append(say(lang, "technology.assumed_tokens", tokens=per_example))
    if draft.training and draft.estimate:
        found += draft.estimate.assumptions
    if draft.serving and draft.serving.answer_tokens:
        share = known.policy.serving.bandwidth_share
        fields = {"answer": draft.serving.answer_tokens, "low": share.low, "high": share.high}
        found.append(say(lang, "technology.assumed_serving", **fields))
    return found
