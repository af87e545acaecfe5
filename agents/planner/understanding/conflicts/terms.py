"""Do licence, privacy and network agree with what is used? And can a model of that kind reach that?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.planner.understanding.conflicts.facts import Facts
from agents.planner.understanding.conflicts.options import option, size
from agents.planner.understanding.conflicts.rules import by_name, reachable, tables
from agents.planner.understanding.model import Conflict
from framework.artifacts.slots import Value
from framework.knowledge.datasets import find_dataset
from framework.messages import Lang, say

_LOCAL_MODEL = "Qwen2.5-7B-Instruct"
_BOUND = re.compile(r"^(?P<metric>.+?) (?P<op>[<>]=?) (?P<value>\d+(?:\.\d+)?)(?P<unit>%?)$")
_OF_MANY_LANGUAGES = frozenset({"bert", "roberta", "distilbert", "deberta", "electra", "albert", "t5"})
_SMALL = 2e9  # parameters: a generator below that was fed with little beside its own language
_FOR_RESEARCH = frozenset({"non-commercial", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0"})
_SAME_QUALITY = {"embedding": "bge-m3", "classification": "xlm-roberta-base"}


def terms_conflicts(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """The conflicts of licence, privacy, network, context, language and quality."""
    yield from _license_of_base(facts, lang)
    yield from _license_of_data(facts, lang)
    yield from _two_licenses(facts, lang)
    yield from _hosted(facts, lang)
    yield from _cloud(facts, lang)
    yield from _context(facts, lang)
    yield from _language(facts, lang)
    yield from _quality(facts, lang)


def _license_of_base(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    wished = [name for name in facts.texts("license") if name not in (*_FOR_RESEARCH, "open source")]
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


def _license_of_data(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """A product may not be trained on data that is for research only."""
    if "commercial" not in facts.texts("license"):
        return
    for name in facts.texts("dataset"):
        entry = find_dataset(name)
        if entry is None or entry.commercial != "no":
            continue
        rest = [one for one in facts.texts("dataset") if one != name]
        kept: Value | None = (rest if len(rest) > 1 else rest[0]) if rest else None
        options = [
            option(lang, "option_other_data", {"dataset": kept}, dataset=name),
            option(lang, "option_research", {"license": "non-commercial"}),
        ]
        why = say(lang, "contradiction.license", model=name, held=entry.license, wished="commercial")
        yield Conflict(slots=["license", "dataset"], why=why, options=options)


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
    if "commercial" not in licenses or not _FOR_RESEARCH & set(licenses):
        return
    options = [
        option(lang, f"option_{key}", {"license": value})
        for key, value in (("commercial", "commercial"), ("research", "non-commercial"))
    ]
    yield Conflict(slots=["license"], why=say(lang, "contradiction.two_licenses"), options=options)


def _hosted(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """A model that is only to be had over the network, where there is none or nothing may leave."""
    if "hosted_api" not in facts.marks:
        return
    local: dict[str, Value | None] = {"base_model": facts.values.get("base_model") or _LOCAL_MODEL}
    for slot, applies in (("offline", facts.flag("offline")), ("privacy", "on-premises" in facts.texts("privacy"))):
        if applies:
            rest = [one for one in facts.texts("privacy") if one != "on-premises"] if slot == "privacy" else []
            kept: Value | None = (rest if len(rest) > 1 else rest[0]) if rest else None
            options = [
                option(lang, "option_local_model", local, model=_LOCAL_MODEL),
                option(lang, f"option_allow_{slot}", {slot: kept}),
            ]
            slots = [slot, "base_model", "stack", "compatibility"]  # a service takes the place of any of them
            yield Conflict(slots=slots, why=say(lang, f"contradiction.hosted_{slot}"), options=options)


def _cloud(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """Rented machines are somebody else's, and far away."""
    if "cloud" not in facts.marks:
        return
    if facts.flag("offline") and "offline_site" in facts.marks:
        own: dict[str, Value | None] = {"hardware.gpu": None, "hardware.count": None, "hardware.vram_gb": None}
        options = [option(lang, "option_own_machine", own), option(lang, "option_allow_offline", {"offline": None})]
        yield Conflict(slots=["offline", "hardware.gpu"], why=say(lang, "contradiction.cloud_offline"), options=options)
    if "on-premises" not in facts.texts("privacy"):
        return
    rest = [one for one in facts.texts("privacy") if one != "on-premises"]
    kept: Value | None = (rest if len(rest) > 1 else rest[0]) if rest else None
    here: dict[str, Value | None] = {
        "privacy": "on-premises",
        "hardware.gpu": None,
        "hardware.count": None,
        "hardware.vram_gb": None,
    }
    options = [option(lang, "option_own_machine", here), option(lang, "option_allow_privacy", {"privacy": kept})]
    yield Conflict(slots=["privacy", "hardware.gpu"], why=say(lang, "contradiction.cloud"), options=options)


def _context(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    wished, names = facts.number("context_len"), facts.texts("base_model")
    if wished is None or not names or facts.from_scratch:
        return
    name = facts.model.name if facts.model else names[0]
    longest = facts.model.context if facts.model else by_name(tables().contexts, name)
    if longest is None or wished <= longest:
        return
    long = "bge-m3" if facts.task == "embedding" else _LOCAL_MODEL
    options = [
        option(lang, "option_long_model", {"base_model": long}, model=long),
        option(lang, "option_context", {"context_len": longest}, context=longest),
    ]
    why = say(lang, "contradiction.context", model=name, longest=longest, wished=f"{wished:g}")
    yield Conflict(slots=["context_len", "base_model"], why=why, options=options)


def _language(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """An English encoder reads no Chinese, and a small English generator writes none."""
    names = facts.texts("base_model")
    known = _languages_known(facts, names[0]) if names and not facts.from_scratch else None
    missing = [code for code in facts.texts("language_of_data") if known and code not in known]
    if known is None or not missing:
        return
    other = _SAME_QUALITY.get(facts.task, _LOCAL_MODEL)
    options = [
        option(lang, "option_language_model", {"base_model": other}, model=other),
        option(lang, "option_keep_model", {}, model=names[0]),
    ]
    why = say(lang, "contradiction.language", model=names[0], knows=", ".join(known), wished=", ".join(missing))
    yield Conflict(slots=["language_of_data", "base_model"], why=why, options=options)


def _languages_known(facts: Facts, name: str) -> tuple[str, ...] | None:
    """Where they are few. Large generators know more than they list."""
    if name.lower() in _OF_MANY_LANGUAGES:
        return None  # "roberta or whatever": some of the family read more
    if facts.model is None:
        several = re.search(r"multi|xlm|\bmbert", name.lower())
        return None if several else tuple(by_name(tables().languages, name) or ()) or None
    model = facts.model
    encodes = not {"sft", "pretrain"} & set(model.tasks)
    if "mul" in model.languages or not (encodes or (len(model.languages) == 1 and model.published_params < _SMALL)):
        return None
    return model.languages


def _quality(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """Scores that no model of the size has reached, and perfection, which none reaches."""
    for text in facts.texts("success_metric"):
        bound = _BOUND.match(text)
        if bound is None or bound["op"].startswith("<"):
            continue
        value = float(bound["value"]) * (100 if not bound["unit"] and float(bound["value"]) <= 1 else 1)
        if value >= 100 and bound["unit"] == "%" and bound["metric"] in ("accuracy", "precision", "recall", "F1"):
            options = [
                option(
                    lang,
                    "option_metric",
                    {"success_metric": f"{bound['metric']} >= 95%"},
                    metric=bound["metric"],
                    points=95,
                ),
                option(lang, "option_keep_metric", {}),
            ]
            yield Conflict(
                slots=["success_metric"],
                why=say(lang, "contradiction.perfect", metric=bound["metric"]),
                options=options,
            )
        elif facts.params and (best := reachable(bound["metric"], facts.params)) is not None and value > best:
            options = [
                option(
                    lang,
                    "option_metric",
                    {"success_metric": f"{bound['metric']} >= {best:g}"},
                    metric=bound["metric"],
                    points=f"{best:g}",
                ),
                option(lang, "option_larger", {facts.params_slot: None}, points=f"{value:g}"),
            ]
            why = say(
                lang,
                "contradiction.quality",
                size=size(facts.params),
                metric=bound["metric"],
                best=f"{best:g}",
                wished=f"{value:g}",
            )
            yield Conflict(slots=[facts.params_slot, "success_metric"], why=why, options=options)
