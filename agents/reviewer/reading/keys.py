"""Dotted config keys and their values, held against the models that read them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agents.reviewer.reading.commands import PLACEHOLDER
from agents.reviewer.reading.models import Field
from agents.reviewer.reading.names import Names

_BOUNDS = {"gt": "> {}", "ge": ">= {}", "lt": "< {}", "le": "<= {}"}


@dataclass(frozen=True)
class WrongKey:
    """A key that no model has; `near` lists what stands at the place where it goes wrong."""

    key: str
    near: list[str]


@dataclass(frozen=True)
class WrongValue:
    """A value that the key does not take."""

    key: str
    value: str
    rule: str


def fault(names: Names, roots: Iterable[str], key: str, value: str | None = None) -> WrongKey | WrongValue | None:
    """What is wrong with an assignment, if it fits none of the models."""
    faults = [_fault_in(names, root, key, key.split("."), value) for root in sorted(roots)]
    if not faults or None in faults:
        return None
    values = [found for found in faults if isinstance(found, WrongValue)]
    return values[0] if values else max(faults, key=_closeness)


def _closeness(found: WrongKey | WrongValue | None) -> int:
    return len(found.near) if isinstance(found, WrongKey) else 0


def _fault_in(names: Names, model: str, key: str, parts: list[str], value: str | None) -> WrongKey | WrongValue | None:
    fields = names.models.fields(model)
    field = fields.get(parts[0])
    if field is None:
        return WrongKey(key, sorted(fields))
    inner = names.models.held(field.annotation)
    if len(parts) == 1:
        return _wrong_value(names, field, key, value) if value is not None and not inner else None
    faults = [_fault_in(names, one, key, parts[1:], value) for one in sorted(inner)]
    if not faults:
        return None if "dict" in ast.unparse(field.annotation).lower() else WrongKey(key, sorted(fields))
    return None if None in faults else faults[0]


def _wrong_value(names: Names, field: Field, key: str, value: str) -> WrongValue | None:
    text = value.strip("'\"")
    if PLACEHOLDER.search(text):
        return None
    choices = names.models.literals(field.annotation)
    if choices and text not in choices:
        return WrongValue(key, value, ", ".join(sorted(choices)))
    if (
        ast.unparse(field.annotation) == "str"
        and re.fullmatch(r"[a-z]+(?:_[a-z0-9]+)+", text)
        and not names.knows(text)
    ):
        return WrongValue(key, value, _default(field))
    rule = next((rule for rule in _broken(field, text)), None)
    return WrongValue(key, value, rule) if rule else None


def _default(field: Field) -> str:
    """What the field has where nothing is said, for an example."""
    node = field.default.args[0] if isinstance(field.default, ast.Call) and field.default.args else field.default
    return f"{node.value}, ..." if isinstance(node, ast.Constant) and isinstance(node.value, str) else "..."


def _broken(field: Field, text: str) -> Iterator[str]:
    """The rules of type and range that the text breaks."""
    kind = ast.unparse(field.annotation).removesuffix(" | None")
    if text in ("null", "None") and ast.unparse(field.annotation).endswith("None"):
        return
    if kind == "bool" and text.lower() not in ("true", "false"):
        yield "true, false"
    if kind in ("int", "float"):
        number = number_of(text, whole=kind == "int")
        if number is None:
            yield kind
        else:
            yield from (rule for rule, holds in _ranges(field, number) if not holds)


def number_of(text: str, *, whole: bool) -> float | None:
    """The number that a text is; a whole one where one is wanted."""
    try:
        return int(text.replace("_", "")) if whole else float(text.replace("_", ""))
    except ValueError:
        return None


def _ranges(field: Field, number: float) -> Iterator[tuple[str, bool]]:
    given = field.default.keywords if isinstance(field.default, ast.Call) else []
    for word in given:
        if word.arg in _BOUNDS and isinstance(word.value, ast.Constant) and isinstance(word.value.value, int | float):
            bound = word.value.value
            holds = {"gt": number > bound, "ge": number >= bound, "lt": number < bound, "le": number <= bound}
            yield _BOUNDS[word.arg].format(bound), holds[word.arg]
