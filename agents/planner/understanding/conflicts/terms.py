"""Do licence, privacy and network agree with what is used? And can a model of that kind reach that?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.planner.understanding.conflicts.facts import Facts
from agents.planner.understanding.conflicts.options import option, size
from agents.planner.understanding.conflicts.rules import reachable, tables
from agents.planner.understanding.model import Conflict
from framework.artifacts.slots import Value
from framework.messages import Lang, say

_LOCAL_MODEL = "Qwen2.5-7B-Instruct"
_BOUND = re.compile(r"^(?P<metric>.+?) (?P<op>[<>]=?) (?P<value>\d+(?:\.\d+)?)(?P<unit>%?)$")
_SAME_QUALITY = {"embedding": "bge-m3", "classification": "xlm-roberta-base"}


def terms_conflicts(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """The conflicts of licence, privacy, network, context, language and quality."""
    yield from _license_of_base(facts, lang)
    yield from _two_licenses(facts, lang)
    yield from _hosted(facts, lang)
    yield from _cloud(facts, lang)
    yield from _context(facts, lang)
    yield from _language(facts, lang)
    yield from _quality(facts, lang)


def _license_of_base(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    wished = [name for name in facts.texts("license") if name != "non-commercial"]
    for name in facts.texts("base_model"):
        held = _held(facts, name)
        refused = [wish for wish in wished if held and not _allows(held, wish, facts)]
        if held is None or not refused:
            continue
        free = _SAME_QUALITY.get(facts.task, _LOCAL_MODEL)
        options = [
            option(lang, "option_free_model", {"base_model": free}, model=free),
            option(lang, "option_accept_license", {"license": None}, license=held),
        ]
        why = say(lang, "contradiction.license", model=name, held=held, wished=", ".join(refused))
        yield Conflict(slots=["license", "base_model"], why=why, options=options)


def _held(facts: Facts, name: str) -> str | None:
    """The licence of the weights, from the catalog or from the family's name."""
    if facts.model:
        return facts.model.license
    lowered = name.lower()
    return next((held for prefix, held in tables().licenses.items() if lowered.startswith(prefix)), None)


def _allows(held: str, wished: str, facts: Facts) -> bool:
    if wished == "commercial":
        return facts.model.commercial_use if facts.model else held not in tables().non_commercial
    return held in tables().permissive


def _two_licenses(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    licenses = facts.texts("license")
    if "commercial" not in licenses or "non-commercial" not in licenses:
        return
    options = [option(lang, f"option_{key}", {"license": value}) for key, value in (("commercial", "commercial"), ("research", "non-commercial"))]
    yield Conflict(slots=["license"], why=say(lang, "contradiction.two_licenses"), options=options)


def _hosted(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """A model that is only to be had over the network, where there is none or nothing may leave."""
    if "hosted_api" not in facts.marks:
        return
    local: dict[str, Value | None] = {"base_model": facts.values.get("base_model") or _LOCAL_MODEL}
    for slot, applies in (("offline", facts.flag("offline")), ("privacy", "on-premises" in facts.texts("privacy"))):
        if applies and "base_model" not in facts.values:
            rest = [one for one in facts.texts("privacy") if one != "on-premises"] if slot == "privacy" else []
            kept: Value | None = (rest if len(rest) > 1 else rest[0]) if rest else None
            options = [
                option(lang, "option_local_model", local, model=_LOCAL_MODEL),
                option(lang, f"option_allow_{slot}", {slot: kept}),
            ]
            yield Conflict(slots=[slot, "base_model"], why=say(lang, f"contradiction.hosted_{slot}"), options=options)


def _cloud(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """Rented machines are somebody else's."""
    if "cloud" not in facts.marks or "on-premises" not in facts.texts("privacy"):
        return
    rest = [one for one in facts.texts("privacy") if one != "on-premises"]
    kept: Value | None = (rest if len(rest) > 1 else rest[0]) if rest else None
    here: dict[str, Value | None] = {"privacy": "on-premises", "hardware.gpu": None, "hardware.count": None, "hardware.vram_gb": None}
    options = [option(lang, "option_own_machine", here), option(lang, "option_allow_privacy", {"privacy": kept})]
    yield Conflict(slots=["privacy", "hardware.gpu"], why=say(lang, "contradiction.cloud"), options=options)


def _context(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    wished, model = facts.number("context_len"), facts.model
    if wished is None or model is None or facts.from_scratch or wished <= model.context:
        return
    long = "bge-m3" if facts.task == "embedding" else _LOCAL_MODEL
    options = [
        option(lang, "option_long_model", {"base_model": long}, model=long),
        option(lang, "option_context", {"context_len": model.context}, context=model.context),
    ]
    why = say(lang, "contradiction.context", model=model.name, longest=model.context, wished=f"{wished:g}")
    yield Conflict(slots=["context_len", "base_model"], why=why, options=options)


def _language(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """An English encoder reads no Chinese. Large generators know more than they list, so that only encoders count."""
    model = facts.model
    if model is None or "mul" in model.languages or facts.task not in ("classification", "embedding"):
        return
    missing = [code for code in facts.texts("language_of_data") if code not in model.languages]
    if not missing:
        return
    other = _SAME_QUALITY[facts.task]
    options = [
        option(lang, "option_language_model", {"base_model": other}, model=other),
        option(lang, "option_keep_model", {}, model=model.name),
    ]
    why = say(lang, "contradiction.language", model=model.name, knows=", ".join(model.languages), wished=", ".join(missing))
    yield Conflict(slots=["language_of_data", "base_model"], why=why, options=options)


def _quality(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """Scores that no model of the size has reached, and perfection, which none reaches."""
    for text in facts.texts("success_metric"):
        bound = _BOUND.match(text)
        if bound is None or bound["op"].startswith("<"):
            continue
        value = float(bound["value"]) * (100 if not bound["unit"] and float(bound["value"]) <= 1 else 1)
        if value >= 100 and bound["unit"] == "%" and bound["metric"] in ("accuracy", "precision", "recall", "F1"):
            options = [
                option(lang, "option_metric", {"success_metric": f"{bound['metric']} >= 95%"}, metric=bound["metric"], points=95),
                option(lang, "option_keep_metric", {}),
            ]
            yield Conflict(slots=["success_metric"], why=say(lang, "contradiction.perfect", metric=bound["metric"]), options=options)
        elif facts.params and (best := reachable(bound["metric"], facts.params)) is not None and value > best:
            options = [
                option(lang, "option_metric", {"success_metric": f"{bound['metric']} >= {best:g}"}, metric=bound["metric"], points=f"{best:g}"),
                option(lang, "option_larger", {facts.params_slot: None}, points=f"{value:g}"),
            ]
            why = say(lang, "contradiction.quality", size=size(facts.params), metric=bound["metric"], best=f"{best:g}", wished=f"{value:g}")
            yield Conflict(slots=[facts.params_slot, "success_metric"], why=why, options=options)
