"""The catalogue of sentences: the same in both languages, and in step with the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from string import Formatter

import pytest
import yaml

from framework.messages import LANGUAGES, Lang, catalogue
from framework.workflow.table import STAGES
from tests.architecture.house import ROOT, Module, modules

FOLDER = ROOT / "framework/messages"
AREAS = sorted({file.stem for lang in LANGUAGES for file in (FOLDER / lang).glob("*.yaml")})
KEY = re.compile(rf"(?:{'|'.join(AREAS)})\.(?!(?:md|jsonl?)$)[a-z0-9_.]+")


def _fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@cache
def _sentences(lang: Lang) -> dict[str, str]:
    return {f"{area}.{name}": text for area in AREAS for name, text in catalogue(lang, area).items()}


def _texts(module: Module) -> Iterator[tuple[str, int]]:
    """Every string that is written out in the module, with its line; the kind of an Ask only looks like a key."""
    asked = {inner for call in module.calls() if ast.unparse(call.func) == "Ask" for inner in ast.walk(call)}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in asked:
            yield node.value, node.lineno


def _composed_keys() -> set[str]:
    """The beginnings of keys that are put together at run time, as in f"slot.{name}"."""
    nodes = (node for module in modules().values() for node in ast.walk(module.tree))
    heads = (node.values[0] for node in nodes if isinstance(node, ast.JoinedStr) and node.values)
    texts = {str(head.value) for head in heads if isinstance(head, ast.Constant)}
    return {text for text in texts if text.partition(".")[0] in AREAS and "." in text}


@pytest.mark.parametrize("area", AREAS)
def test_both_languages_have_the_same_keys(area: str) -> None:
    assert catalogue("en", area).keys() == catalogue("zh", area).keys()


@pytest.mark.parametrize("area", AREAS)
def test_both_languages_have_the_same_fields(area: str) -> None:
    english, chinese = catalogue("en", area), catalogue("zh", area)
    differing = {name for name, text in english.items() if _fields(text) != _fields(chinese.get(name, text))}
    assert differing == set()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("area", AREAS)
def test_a_key_stands_once_and_says_something(lang: Lang, area: str) -> None:
    """YAML lets the last of two equal keys win, which would hide a sentence."""
    root = yaml.compose((FOLDER / lang / f"{area}.yaml").read_text(encoding="utf-8"))
    assert isinstance(root, yaml.MappingNode)
    keys = [key.value for key, _ in root.value]
    assert sorted(keys) == sorted(set(keys))
    assert all(isinstance(name, str) for name in catalogue(lang, area)), "yes, no, on, off need quotes to be a key"
    assert [name for name, text in catalogue(lang, area).items() if not (isinstance(text, str) and text.strip())] == []


def test_every_key_in_the_code_is_in_the_catalogue() -> None:
    """The names of skills (planner.requirements), of files (requirements.md) and of questions look like keys too."""
    foreseen = {question for stage in STAGES for question in stage.foresees}
    known = _sentences("en").keys() | _composed_keys() | foreseen
    missing = [
        f"{module.where}:{line} {text}"
        for module in modules().values()
        for text, line in _texts(module)
        if KEY.fullmatch(text) and text not in known and f"agents.{text}" not in modules()
    ]
    assert missing == []


def test_every_composed_key_leads_somewhere() -> None:
    known = _sentences("en")
    assert {head for head in _composed_keys() if not any(key.startswith(head) for key in known)} == set()


def test_no_sentence_is_left_over() -> None:
    used = {text for module in modules().values() for text, _ in _texts(module)}
    heads = tuple(_composed_keys())
    assert [key for key in _sentences("en") if key not in used and not key.startswith(heads)] == []


def test_every_field_is_filled_in() -> None:
    """Where the key is written out in the call, so are its fields."""
    lacking = [
        f"{module.where}:{call.lineno} lacks {', '.join(sorted(gap))}"
        for module in modules().values()
        for call in module.calls()
        if (gap := _missing_fields(call))
    ]
    assert lacking == []


def _missing_fields(call: ast.Call) -> set[str]:
    known = _sentences("en")
    keys = [a.value for a in call.args[:2] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    wanted = {field for key in keys if key in known for field in _fields(known[key])}
    given = {keyword.arg for keyword in call.keywords}
    return set() if None in given else wanted - given
