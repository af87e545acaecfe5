"""Which model to start from, and how large a model is wished."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from agents.planner.rules import rule_text
from agents.planner.understanding.numbers import Number
from agents.planner.understanding.reading import Mention, Reading
from framework.errors import UsageError
from framework.knowledge import names
from framework.knowledge.catalog import find_model
from framework.resources import parse_yaml

_SIZE = r"\d+x\d+(?:\.\d+)?b|\d+(?:\.\d+)?[bm]"
_VERSION = re.compile(rf"[- ]?(?!(?:{_SIZE})(?![a-z0-9]))(?:v\s?)?(\d(?:\.\d)?)(?![\d]|\.\d|[a-z]?\d|[a-z]*(?:卡|张))")
_SIZED = re.compile(rf"[- _]?({_SIZE})(?![a-z0-9])")
_CHAINED = re.compile(r"[-_](?=[a-z0-9])([a-z]*\d*(?:\.\d+)?[a-z]*\d*)(?![a-z0-9])")
_LOOSE_SIZE = re.compile(r"[-_ ]+(\d+(?:\.\d+)?[bm])(?![a-z0-9])")
_PATH = re.compile(
    r"(?<![\w/.:<])(?:(?:~|\.{1,2})?/[\w\-.]+(?:/[\w\-.]+)*/?|[a-z]:\\[\w\\.\-]+|(?:hdfs|s3|gs|oss)://[\w\-./]+)"
)
_REPO = re.compile(r"(?<![\w/.])[a-z][\w\-.]*/(?=[a-z])")
_PATH_CUE = re.compile(r"(?:model|base|checkpoint|ckpt|weights|on top of|from|基座|模型|底座|权重|路径)[^,;。\n]{0,24}$")
_DATA_PATH = re.compile(r"\.(?:jsonl?|csv|tsv|txt|parquet|pdf|docx?|xlsx?|md|html?|zip|gz|zst|arrow)$|(?:data|数据|dataset|corpus)[^,;。\n]{0,12}$")
_PARAMS_BEHIND = re.compile(
    r"[- ]?(?:左右|上下|级别?|规模|量级|大小|以[下内]|的|[- ]?ish|or (?:so|less|smaller)|[- ]class|[- ]scale|[- ]sized?)?[ -]?(?:的)?(?:小|dense |tiny |small |size |-?)?"
    r"(?:parameters?|params?|参数|model|模型|llm|gpt|transformer|decoder|encoder|lm\b|base|foundation|language|架构|from scratch|version|variant|moe)"
)
_PARAMS_AHEAD = re.compile(r"(?:parameters?|params?|参数量?|规模|大小|size|sized|model size|训练?一个|预训练|train a|训个|弄个|搞个)\s?(?:of|is|:|=|about|around|~|大概|大约|约|在|是|为|控制在)*\s*$")
_NOT_PARAMS = re.compile(r"[- ]?(?:of |个)?(?:tokens?|token|rows?|pairs?|samples?|examples?|records?|documents?|docs|sentences?|words|comments?|reviews?|users?|articles?|images?|lines?|queries|click|条|对|篇|字|词|句|用户|样本|/s|it/s|ytes|其)")
_FROM_SCRATCH_FAMILIES = frozenset({"gpt2", "Llama", "Qwen", "bert"})


@dataclass(frozen=True)
class Family:
    """A row of rules/models.yaml."""

    name: str
    match: str
    glue: str
    size: str = "B"
    bare: bool = True


@dataclass(frozen=True)
class ModelName:
    """A model's name in the text."""

    name: str
    start: int
    end: int
    is_bare: bool


@cache
def _rules() -> dict[str, Any]:
    return cast(dict[str, Any], parse_yaml(rule_text("models.yaml")))


@cache
def _families() -> tuple[re.Pattern[str], list[tuple[re.Pattern[str], Family]]]:
    families = [Family(**row) for row in _rules()["families"]]
    anywhere = "|".join(family.match for family in families)
    return re.compile(rf"(?<![a-z0-9])(?=(?:{anywhere}))"), [(re.compile(f.match), f) for f in families]


@cache
def _suffixes() -> re.Pattern[str]:
    words = "|".join(word for word in _rules()["suffixes"] if word != "it")
    return re.compile(rf" ((?:{words})(?:[- ]?v\d(?:\.\d)?)?)(?![a-z0-9])")


def find_models(reading: Reading) -> list[ModelName]:
    """Every model's name, meant or not."""
    found: list[ModelName] = []
    anywhere, families = _families()
    for start in anywhere.finditer(reading.plain):
        if found and start.start() < found[-1].end:
            continue
        for pattern, family in families:
            match = pattern.match(reading.plain, start.start())
            if match and (name := _name_at(reading.plain, match, family)):
                found.append(name)
                break
    return [name for name in found if _names_a_model(reading, name)]


def _name_at(plain: str, match: re.Match[str], family: Family) -> ModelName | None:
    at = match.end()
    if at < len(plain) and plain[at].isascii() and plain[at].isalpha() and plain[at - 1].isalpha() and plain[at : at + 2] not in ("s ", "s,"):
        return None
    name = family.name
    version = _VERSION.match(plain, at)
    if version:
        name, at = name + family.glue + version[1], version.end()
    sized = False
    while True:
        size = None if sized else _SIZED.match(plain, at) or _LOOSE_SIZE.match(plain, at)
        chained = _CHAINED.match(plain, at)
        suffix = _suffixes().match(plain, at)
        if size:
            name, at, sized = f"{name}-{_cased(size[1], family)}", size.end(), True
        elif chained and chained[1] and chained[1] not in _rules()["adjectives"]:
            name, at = f"{name}-{_suffix(chained[1], family)}", chained.end()
        elif suffix:
            name, at = f"{name}-{_suffix(suffix[1], family)}", suffix.end()
        else:
            break
    return ModelName(published(name), match.start(), at, is_bare=at == match.end())


def _cased(size: str, family: Family) -> str:
    return size if family.size in ("b", "m", "none") else size.upper().replace("X", "x")


def _suffix(word: str, family: Family) -> str:
    if family.size in ("none", "b") or re.fullmatch(r"v\d(\.\d)?|\d.*", word):
        return word
    return word.upper() if re.fullmatch(r"[a-z]\d+[a-z]?|vl|moe", word) else word.title()


@cache
def published(name: str) -> str:
    """The name as the catalog spells it, where it knows exactly this one."""
    try:
        entry = find_model(name)
    except UsageError:
        return name
    spellings = [entry.name, *((repo or "").rpartition("/")[2] for repo in (entry.repo, entry.instruct_repo))]
    return next((spelling for spelling in spellings if names.key(spelling) == names.key(name)), name)


def _names_a_model(reading: Reading, name: ModelName) -> bool:
    """A llama may be an animal: the bare word needs talk of models in its sentence."""
    if any(mark in reading.plain[name.end : name.end + 8] for mark in (" api", "的api")) and name.is_bare:
        return False
    family = next(f for p, f in _families()[1] if p.match(reading.plain, name.start))
    return family.bare or not name.is_bare or reading.near("model_talk", name.start, name.end, 60)


def read_models(reading: Reading) -> Iterator[Mention]:
    """The mentions of `base_model` and `params`."""
    models = find_models(reading)
    paths = list(_paths(reading))
    scratch = bool(reading.said("from_scratch"))
    for model in models:
        if any(path.start <= model.start < path.end for path in paths) or not _is_start(reading, model):
            continue
        if not scratch or reading.said("continue"):
            yield Mention("base_model", model.name, model.start, model.end, certainty=0.8 if model.is_bare else 1.0)
    yield from paths
    taken = [(path.start, path.end) for path in paths]
    taken += [(m.start, m.end) for m in models if not scratch or m.is_bare]
    yield from _params(reading, taken)


def _is_start(reading: Reading, model: ModelName) -> bool:
    """Whether it is what one starts from, rather than a style, a rival or a denied thing."""
    behind = reading.plain[model.end : model.end + 14]
    if re.match(r"[- ]?(?:style|styled|like|type|alternative|架构|风格|结构|那样|那种|一样|水平|级别的)|的(?:架构|结构|风格|水平)", behind):
        return False
    return reading.is_meant(model.start)


def _paths(reading: Reading) -> Iterator[Mention]:
    for match in _PATH.finditer(reading.plain):
        before = reading.plain[max(0, match.start() - 30) : match.start()]
        is_data = _DATA_PATH.search(match[0]) or _DATA_PATH.search(before)
        named = any(p.search(match[0]) for p, _ in _families()[1]) or re.search(r"model|ckpt|checkpoint|sft|final|weights|llm", match[0])
        if len(match[0]) > 3 and not is_data and (named or _PATH_CUE.search(before)) and reading.is_meant(match.start()):
            start, end = match.start(), match.start() + len(match[0].rstrip("."))
            yield Mention("base_model", reading.source.quote(start, end), start, end, strength=1)


def _params(reading: Reading, taken: list[tuple[int, int]]) -> Iterator[Mention]:
    for number in reading.numbers:
        if number.value is None or not 1e4 <= number.value <= 1e13 or not reading.is_meant(number.start):
            continue
        if any(start <= number.start < end for start, end in taken) or any(reading.quantities_in(number.start, number.end)):
            continue
        strength = _params_strength(reading, number)
        if strength:
            yield Mention("params", int(round(number.value)), number.start, number.end, strength)


def _params_strength(reading: Reading, number: Number) -> int:
    """3: "7B parameters"; 2: "a 7B model"; 1: a bare 7B or 350M."""
    plain = reading.plain
    if _NOT_PARAMS.match(plain, number.end):
        return 0
    behind = _PARAMS_BEHIND.match(plain, number.end)
    if behind:
        says = "param" in behind[0] or "参数" in behind[0]
        return 3 if says else 2 * (number.letter in ("b", "m"))
    if _PARAMS_AHEAD.search(plain, max(0, number.start - 24), number.start) and number.letter != "k":
        return 2 * (number.letter in ("b", "m") or "参数" in plain[max(0, number.start - 12) : number.start])
    if number.letter == "b" and not any(reading.terms_from("data_noun", number.end, 10)):
        return 1
    clause = reading.clause(number.start)
    alone = len(plain[clause.start : number.start].strip(" ~")) <= 6 and len(plain[number.end : clause.end].strip()) <= 2
    return int(number.letter == "m" and alone)
