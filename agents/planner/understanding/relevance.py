"""Whether the text asks for anything that foundry makes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.planner.understanding.lexicon import Term
from agents.planner.understanding.marks import hosted_models
from agents.planner.understanding.reading import Reading, Spans
from agents.planner.understanding.scope import Mode
from agents.planner.understanding.slots.gpus import find_gpus
from agents.planner.understanding.slots.model_names import find_models
from framework.errors import NotAProject
from framework.messages import Lang, say

_UNLESS = Mode.DENIED | Mode.REJECTED  # whatever is spoken of shows what the text is about, unless it is denied
_OPENING, _ERRAND = 16, 60  # characters from the start: where a question and a one-off errand show
_SHORT = 24  # characters: such a text is little more than its one word ("lora", "DPO", "qwen")
_SHOWN = 60

_INPUT, _OUTPUT = re.compile(r"\binput|输入"), re.compile(r"\boutput|输出")
_PARAMETERS = re.compile(r"(?:\d ?[bm]|million|billion|百万|千万|亿) ?(?:parameters?|params?|参数)")
_TRAINS = re.compile(r"\btrain(?:ing|ed)?\s+(?:an?|the|it|me|my|our|something|on|up|this|one)\b|训练?一?个")
_MANY = 100
_EXACT = re.compile(r"/|\d[bm](?![a-z])", re.IGNORECASE)  # a repository's id, or a size: no llama in a zoo has one
_QUESTION = re.compile(r"\W*(?:how|which|what|where|when|why|who|can (?:i|you)|怎么|如何|怎样|哪)")
_TUNES_A_THING = re.compile(
    r"fine[- ]?tun(?:e|ing) (?:the|my|our|your|a|an|his|her|this|these|those|its?) (?!it\b)[a-z]|微调一下|微调下"
)

# Signs that may well belong to something else, and say nothing without a sign of another kind.
_ONLY_MACHINES = frozenset({"gpu", "params", "texts", "data"})
_ORDINARY = frozenset(
    {"model", "train", "generate", "search", "classify", "gpu", "assistant", "deploy", "texts", "teach"}
)


def refuse_strangers(reading: Reading, lang: Lang) -> None:
    """Raise NotAProject, with an example of what could be asked instead."""
    if not reading.plain.strip():
        raise NotAProject(say(lang, "planner.nothing_said"), hint=say(lang, "planner.example"))
    if not _asks_for_a_model(reading):
        shown = " ".join(reading.source.original[:500].split())
        shown = shown if len(shown) <= _SHOWN else shown[: _SHOWN - 3] + "..."
        raise NotAProject(say(lang, "planner.not_a_project", text=shown), hint=say(lang, "planner.example"))


def _asks_for_a_model(reading: Reading) -> bool:
    """One strong word does, or signs of two kinds, or a single word that can mean nothing else."""
    if _is_errand(reading):
        return False
    strong = {term.value for term in _unhidden(reading, "ml_strong")}
    if "ml" in strong or _PARAMETERS.search(reading.plain):
        return True
    signs = set(_signs(reading))
    if strong:
        return _is_about_models(reading, signs)
    is_short = len(reading.plain.strip()) <= _SHORT
    if named := [model for model in reading.once(find_models) if reading.is_meant(model.start, _UNLESS)]:
        exact = any(_EXACT.search(model.name) for model in named)
        return exact or is_short or bool(signs - {"gpu"}) or bool(reading.said("method"))
    if len(signs) >= 2:
        return not signs <= _ONLY_MACHINES and signs != {"train", "texts"}
    return is_short and len(reading.plain.split()) <= 1 and not signs <= _ORDINARY


def _unhidden(reading: Reading, kind: str) -> Iterator[Term]:
    """The terms of a kind, without those that an everyday phrase holds: the model of a model railway."""
    hidden = Spans(term for term in reading.terms.get("everyday", []) if term.value == "phrase")
    return (term for term in reading.said(kind, _UNLESS) if not hidden.covers(term.start))


def _is_about_models(reading: Reading, signs: set[str]) -> bool:
    """Whether a word like "fine-tune" or "embedding" is meant as it is here, and not of carburetors and resin."""
    if any(term.value == "thing" for term in reading.said("everyday", _UNLESS)):
        return "model" in signs or len(signs - {"texts"}) >= 2 or bool(reading.once(find_models))
    if signs:
        return True
    return not (_QUESTION.match(reading.plain) or _TUNES_A_THING.search(reading.plain))


def _is_errand(reading: Reading) -> bool:
    """A question about the world, or one text to be written now, with nothing to be built."""
    asks = any(term.start <= _OPENING for term in reading.said("one_off", _UNLESS))
    errand = any(term.start <= _ERRAND for term in reading.said("one_text", _UNLESS))
    return (asks or errand) and not reading.said("builds", _UNLESS)


def _signs(reading: Reading) -> Iterator[str]:
    """The kinds of weak signs that a model is meant."""
    weak = [term.value for term in _unhidden(reading, "ml_weak")]
    yield from weak
    if reading.said("texts"):
        yield "texts"
    if any(reading.is_meant(match.start(), Mode.DENIED) for match in hosted_models().finditer(reading.plain)):
        yield "hosted"
    if reading.said("format"):
        yield "data"
    if reading.once(find_gpus):
        yield "gpu"
    if any(number.letter == "b" for number in reading.numbers[:500]):
        yield "size"
    if reading.said("from_scratch") and any(number.letter == "m" for number in reading.numbers[:500]):
        yield "scratch"
    if reading.said("rate_unit"):
        yield "rate"
    if _INPUT.search(reading.plain) and _OUTPUT.search(reading.plain):
        yield from ("flow", "specified")
    if "distillation" in {term.value for term in reading.said("method", _UNLESS)}:
        yield "distillation"
    if reading.said("genre") and {"model", "generate"} & set(weak):
        yield "genre"
    if _TRAINS.search(reading.plain) and _has_much_data(reading):
        yield from ("train", "examples")


def _has_much_data(reading: Reading) -> bool:
    return any(
        number.value and number.value >= _MANY and any(True for _ in reading.terms_from("data_noun", number.end, 30))
        for number in reading.numbers[:500]
    )
