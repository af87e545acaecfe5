"""YAML that people write, parsed once: whatever is wrong is named with its file, line, key and rule."""

from __future__ import annotations

from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from framework.errors import InvalidDocument
from framework.resources import parse_with_nodes

M = TypeVar("M", bound=BaseModel)
Location = tuple[str | int, ...]


def parse_mapping(kind: type[M], text: str, file: str, first_line: int = 1) -> M:
    """The YAML mapping as a model of that kind."""
    try:
        data, root = parse_with_nodes(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise refuse(file, first_line + line, "", f"must be valid YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:
        raise refuse(file, first_line, "", f"must be valid YAML: {error}") from error
    if not isinstance(root, yaml.MappingNode):
        raise refuse(file, first_line, "", "must be a mapping of keys to values")
    _refuse_tricks(root, file, first_line)
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        detail = error.errors()[0]
        line = _line_of(root, detail["loc"])
        key = ".".join(str(part) for part in _real_keys(root, detail["loc"]))
        raise refuse(file, first_line + line, key, _rule(detail)) from error


def refuse(file: str, line: int, key: str, rule: str) -> InvalidDocument:
    """The error for one broken rule at one place."""
    where = f"{file}, line {line}" + (f", key {key}" if key else "")
    return InvalidDocument(f"{where}: {rule}", hint=f"Mend {file} and run the command again; nothing was overwritten.")


def _rule(detail: ErrorDetails) -> str:
    if detail["type"] == "extra_forbidden":
        return "is not a known key"
    if detail["type"] == "missing":
        return "is missing"
    message, shown = detail["msg"].removeprefix("Value error, "), repr(detail["input"])
    return f"{message} (found {shown if len(shown) <= 60 else shown[:57] + '...'})"


def _refuse_tricks(root: yaml.Node, file: str, first_line: int) -> None:
    """Duplicate keys hide a value, and aliases can make a small file huge: neither is wanted in a document."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        line = first_line + node.start_mark.line
        if id(node) in seen:
            raise refuse(file, line, "", "must not use YAML aliases (&, *)")
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting.extend(node.value)
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value]
            twice = next((key for key in keys if keys.count(key) > 1), None)
            if twice is not None:
                raise refuse(file, line, str(twice), "must stand only once")
            waiting.extend(value for _, value in node.value)


def _child(node: yaml.Node, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        child: yaml.Node = node.value[part]
        return child
    return None


def _real_keys(root: yaml.Node, location: Location) -> list[str | int]:
    """The location without pydantic's names for the members of a union; the last key may be a missing one."""
    keys: list[str | int] = []
    node = root
    for part in location:
        child = _child(node, part)
        if child is None:
            return [*keys, part] if isinstance(node, yaml.MappingNode) else keys
        keys.append(part)
        node = child
    return keys


def _line_of(root: yaml.Node, location: Location) -> int:
    node = root
    line = root.start_mark.line
    for part in location:
        if isinstance(node, yaml.MappingNode):
            line = next((key.start_mark.line for key, _ in node.value if key.value == str(part)), line)
        child = _child(node, part)
        if child is None:
            return line
        node = child
        line = line if isinstance(part, str) else child.start_mark.line
    return line
