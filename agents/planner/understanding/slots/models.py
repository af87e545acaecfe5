"""Which model to start from, and how large a model is wished."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.planner.understanding.from_nothing import says_scratch
from agents.planner.understanding.numbers import Number
from agents.planner.understanding.reading import Mention, Reading
from agents.planner.understanding.slots.gpus import find_gpus
from agents.planner.understanding.slots.model_names import ModelName, find_models, find_paths

_FAMILY_ONLY = 0.8  # how exact "Llama" is
_TEACHER = re.compile(r"(?:teacher|教师|老师|distill?(?:ing|ed)?|蒸馏)[ :=是(]*$")
_ONLY_A_STYLE = re.compile(
    r"[- ]?(?:style|styled|like|type|alternative|架构|风格|结构|那样|那种|一样|水平|级别的)"
    r"|的(?:架构|结构|风格|水平)| ?api\b|的api|/"
)
_SMALLEST, _LARGEST = 1e4, 1e13
# What may stand between a size and the word for what is of that size: "a 3B 左右的小模型".
_OF_SIZE = (
    r"[- ]?(?:左右|上下|级别?|规模|量级|大小|以[下内]|的|ish|or (?:so|less|smaller)|class|scale|sized?)?"
    r"[ -]?的?(?:小|dense |tiny |small |size |toy |cute |little |mini |sparse |base )*"
)
_SAYS_PARAMETERS = re.compile(rf"{_OF_SIZE}(?:parameters?|params?\b|参数)")
_SAYS_MODEL = re.compile(
    rf"{_OF_SIZE}(?:model|模型|llm|gpt|transformer|decoder|encoder|lm\b|base|foundation|language|架构|from scratch"
    rf"|version|variant|moe|mixture[- ]of[- ]experts|混合专家)"
    r"|[- ](?:[a-z]*[a-rt-z] )(?:model|lm|llm|gpt)\b"
    r"|\s?的[\u4e00-\u9fff]{1,6}?模型"
)
_SIZE_BEFORE = re.compile(
    r"(?:parameters?|params?|参数量?|规模|大小|sized?|训练?一个|预训练|pre-?train(?: an?)?|train a|训个|弄个|搞个)"
    r"\s?(?:of|is|:|=|about|around|~|大概|大约|约|在|是|为|控制在)*\s*$"
)
_OTHER_THINGS = re.compile(
    r"[- ]?(?:of |个)?(?:trainable|learnable|可训练|teacher|教师|老师|tokens?|rows?|pairs?|samples?|examples?|records?"
    r"|documents?|docs|sentences?|words|comments?"
    r"|reviews?|users?|articles?|images?|lines?|queries|click|条|对|篇|字|词|句|用户|样本|/s|it/s|ytes|其)"
)


def read_models(reading: Reading) -> Iterator[Mention]:
    """The mentions of `base_model` and `params`."""
    yield from _bases(reading)
    yield from _sizes(reading)


def _bases(reading: Reading) -> Iterator[Mention]:
    """What is started from. What is built from nothing takes only the shape of a model that is named."""
    paths = reading.once(find_paths)
    yield from paths
    if says_scratch(reading) and not reading.said("continue"):
        return
    in_paths, models = reading.spans_of(find_paths), reading.once(find_models)
    exact = [model.name.lower() for model in models if not model.is_bare and reading.is_meant(model.start)]
    for model in models:
        if model.is_bare and any(name.startswith(model.name.lower()) for name in exact):
            continue  # "Qwen ... the Qwen2.5-7B": the family adds nothing
        teaches = len(models) > 1 and _TEACHER.search(reading.plain, max(0, model.start - 12), model.start)
        if not teaches and not in_paths.covers(model.start) and _is_base(reading, model):
            certainty = _FAMILY_ONLY if model.is_bare else 1.0
            yield Mention("base_model", model.name, model.start, model.end, certainty=certainty)


def _is_base(reading: Reading, model: ModelName) -> bool:
    """Whether it is meant, and not as a style, a service or the publisher before a slash."""
    return reading.is_meant(model.start) and not _ONLY_A_STYLE.match(reading.plain, model.end)


def _sizes(reading: Reading) -> Iterator[Mention]:
    """A size that is part of a name is none, except where only the shape is meant: "GPT-2 124M from scratch"."""
    others = [reading.spans_of(find_gpus), reading.spans_of(find_paths)]
    if not says_scratch(reading):
        others.append(reading.spans_of(find_models))
    for number in reading.numbers:
        if number.value is None or not _SMALLEST <= number.value <= _LARGEST or not reading.counts(number.start):
            continue
        if any(spans.covers(number.start) for spans in others) or reading.has_unit(number):
            continue
        if strength := _strength(reading, number):
            yield Mention("params", round(number.value), number.start, number.end, strength)


def _strength(reading: Reading, number: Number) -> int:
    """3: "7B parameters"; 2: "a 7B model"; 1: a bare 7B, or a clause that is just "350M"; 0: something else."""
    plain, has_letter = reading.plain, number.letter in ("b", "m")
    if _OTHER_THINGS.match(plain, number.end):
        return 0
    if _SAYS_PARAMETERS.match(plain, number.end):
        return 3
    before = _SIZE_BEFORE.search(plain, max(0, number.start - 24), number.start)
    if _SAYS_MODEL.match(plain, number.end) or before:
        return 2 * (has_letter or (before is not None and "参数" in before[0]))
    if number.letter == "b":
        return int(not any(reading.terms_from("data_noun", number.end, 10)))
    clause = reading.clause(number.start)
    alone = (
        len(plain[clause.start : number.start].strip(" ~")) <= 6 and len(plain[number.end : clause.end].strip()) <= 2
    )
    return int(number.letter == "m" and alone)
