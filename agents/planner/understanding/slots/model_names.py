"""The names of models in the text, as their publishers write them, and models that lie on the user's own disk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from agents.planner.rules import rule_text
from agents.planner.understanding.reading import Mention, Reading
from framework.artifacts.base import Strict
from framework.errors import UsageError
from framework.knowledge import names
from framework.knowledge.catalog import find_model
from framework.resources import parse_yaml

_SIZE = r"\d+x\d+(?:\.\d+)?b|\d+(?:\.\d+)?[bm]"
_VERSION = re.compile(rf"[- ]?(?!(?:{_SIZE})(?![a-z0-9]))(?:(v)\s?)?(\d(?:\.\d)?)(?!\d|\.\d|[a-z]?\d|[a-z]*[卡张])")
_SIZED = re.compile(rf"[-_ ]*({_SIZE})(?![a-z0-9])")
_CHAINED = re.compile(r"[-_](?=[a-z0-9])([a-z]*\d*(?:\.\d+)?[a-z]*\d*)(?![a-z0-9])")
_OWNER = re.compile(r"(?<![\w/.\-])[a-z][\w\-]{1,30}/$")
_LONGEST_NAME = 8  # parts behind the family: Qwen2.5-Coder-7B-Instruct-GPTQ-Int4 has five
_KEPT = re.compile(r"v\d(\.\d)?|\d.*")
_CODE = re.compile(r"[a-z]\d+[a-z]?|vl|moe")

_PATH = re.compile(
    r"(?<![\w/.:<])(?:(?:~|\.{1,2})?/[\w\-.]+(?:/[\w\-.]+)*/?|[a-z]:\\[\w\\.\-]+|(?:hdfs|s3|gs|oss)://[\w\-./]+)"
)
_MODEL_BEFORE = re.compile(
    r"(?:model|base|checkpoint|ckpt|weights|on top of|from|基座|模型|底座|权重|路径)[^,;。\n]{0,24}$"
)
_MODEL_INSIDE = re.compile(r"model|ckpt|checkpoint|sft|final|weights|llm")
_DATA_FILE = re.compile(r"\.(?:jsonl?|csv|tsv|txt|parquet|pdf|docx?|xlsx?|md|html?|zip|gz|zst|arrow)$")
_DATA_BEFORE = re.compile(r"(?:data|数据|dataset|corpus)[^,;。\n]{0,12}$")


class Family(Strict):
    """A family of models, by what people call it."""

    name: str
    match: str
    glue: str
    size: str = "B"
    bare: bool = True
    keeps_v: bool = False  # DeepSeek-V3, but Llama-3


class ModelRules(Strict):
    """rules/models.yaml."""

    families: list[Family]
    suffixes: list[str]
    adjectives: list[str]
    hosted: str


@dataclass(frozen=True)
class ModelName:
    """A model's name in the text. A bare one is a family without version and size."""

    name: str
    start: int
    end: int
    is_bare: bool


@cache
def model_rules() -> ModelRules:
    """The families, read once."""
    return ModelRules.model_validate(parse_yaml(rule_text("models.yaml")))


@cache
def _patterns() -> tuple[re.Pattern[str], list[tuple[re.Pattern[str], Family]], re.Pattern[str]]:
    """Where any family may begin; each family; the words that belong to a name behind a space."""
    families = model_rules().families
    anywhere = re.compile(rf"(?<![a-z0-9])(?=(?:{'|'.join(family.match for family in families)}))")
    suffix = re.compile(rf" ((?:{'|'.join(model_rules().suffixes)})(?:[- ]?v\d(?:\.\d)?)?)(?![a-z0-9])")
    return anywhere, [(re.compile(family.match), family) for family in families], suffix


def find_models(reading: Reading) -> list[ModelName]:
    """Every model's name, meant or not. The name of a tool (LLaMA-Factory) is none."""
    found: list[ModelName] = []
    tools = reading.spans("stack")
    for start in _patterns()[0].finditer(reading.plain):
        is_inside = bool(found) and start.start() < found[-1].end
        name = None if is_inside else _model_at(reading, start.start())
        if name and not tools.covers(name.start):
            found.append(name)
    return found


def _model_at(reading: Reading, start: int) -> ModelName | None:
    for pattern, family in _patterns()[1]:
        match = pattern.match(reading.plain, start)
        if match and not _goes_on(reading.plain, match.end()):
            name = _with_owner(reading, _whole_name(reading.plain, match, family))
            # A llama may be an animal: the bare word needs talk of models in its sentence.
            talks = family.bare or not name.is_bare or reading.near("model_talk", name.start, name.end, 60)
            return name if talks else None
    return None


def _goes_on(plain: str, at: int) -> bool:
    """Whether the word is longer than the family's name (an s aside)."""
    behind = plain[at : at + 1]
    return behind.isascii() and behind.isalpha() and plain[at - 1].isalpha() and plain[at : at + 2] not in ("s ", "s,")


def _whole_name(plain: str, match: re.Match[str], family: Family) -> ModelName:
    """The family with its version, its size and whatever is chained to it."""
    name, at, is_sized = family.name, match.end(), False
    if version := _VERSION.match(plain, at):
        name += family.glue + (_letter(family) if version[1] and family.keeps_v else "") + version[2]
        at = version.end()
    for _ in range(_LONGEST_NAME):
        size = None if is_sized else _SIZED.match(plain, at)
        chained = _CHAINED.match(plain, at)
        suffix = _patterns()[2].match(plain, at)
        if size:
            part, at, is_sized = _cased(size[1], family), size.end(), True
        elif chained and chained[1] and chained[1] not in model_rules().adjectives:
            part, at = _suffix(chained[1], family), chained.end()
        elif suffix:
            part, at = _suffix(suffix[1].replace(" ", "-"), family), suffix.end()
        else:
            break
        name = f"{name}-{part}"
    return ModelName(published(name), match.start(), at, is_bare=at == match.end())


def _with_owner(reading: Reading, model: ModelName) -> ModelName:
    """A repository's id stays as the user gives it: BAAI/bge-large-zh-v1.5."""
    owner = _OWNER.search(reading.plain, max(0, model.start - 40), model.start)
    if owner is None:
        return model
    return replace(model, name=reading.source.quote(owner.start(), model.end), start=owner.start())


def _letter(family: Family) -> str:
    return "v" if family.size == "none" else "V"


def _cased(size: str, family: Family) -> str:
    return size.upper().replace("X", "x") if family.size in ("B", "M") else size


def _suffix(word: str, family: Family) -> str:
    if re.fullmatch(r"l\d+", word):
        return word.upper()  # MiniLM-L6
    if family.size in ("none", "b") or _KEPT.fullmatch(word):
        return word
    return word.upper() if _CODE.fullmatch(word) else word.title()


@cache
def published(name: str) -> str:
    """The name as the catalog spells it, where it knows exactly this one."""
    try:
        entry = find_model(name)
    except UsageError:
        return name
    spellings = [entry.name, *((repo or "").rpartition("/")[2] for repo in (entry.repo, entry.instruct_repo))]
    return next((spelling for spelling in spellings if names.key(spelling) == names.key(name)), name)


def find_paths(reading: Reading) -> list[Mention]:
    """Models by their place on a disk: /data/models/Qwen2.5-14B, ./out/sft-final."""
    return list(_paths(reading))


def _paths(reading: Reading) -> Iterator[Mention]:
    for match in _PATH.finditer(reading.plain):
        path = match[0].rstrip(".")
        start, before = match.start(), max(0, match.start() - 30)
        is_data = _DATA_FILE.search(path) or _DATA_BEFORE.search(reading.plain, before, start)
        is_model = _MODEL_INSIDE.search(path) or _patterns()[0].search(path)
        is_model = is_model or _MODEL_BEFORE.search(reading.plain, before, start)
        if len(path) > 3 and is_model and not is_data and reading.is_meant(start):
            yield Mention("base_model", reading.source.quote(start, start + len(path)), start, start + len(path))
