"""Whether a value in a YAML file is of the kind that its key's annotation names, where that can be told."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import yaml

from agents.reviewer.reading.models import Models
from agents.reviewer.syntax import dotted, last

Wrong = tuple[str, yaml.Node, str, str]  # what is wrong, where, the dotted key, what would be right
_PLAIN = {"int": ("int",), "float": ("int", "float"), "bool": ("bool",)}
_LISTS = {"tuple", "list", "set", "frozenset", "Sequence"}


def wrong_keys(models: Models, section: str, node: yaml.Node, above: str = "") -> Iterator[Wrong]:
    """What in a mapping does not fit its section, at any depth."""
    if not isinstance(node, yaml.MappingNode):
        yield "type", node, above, section
        return
    given = {key.value: (key, value) for key, value in node.value}
    fields = models.sections[section]
    for name, (key, value) in given.items():
        dotted_key = f"{above}.{name}" if above else str(name)
        if name not in fields:
            yield "key", key, dotted_key, ", ".join(fields)
        elif not _is_interpolated(value):
            yield from _wrong_value(models, fields[name].annotation, value, dotted_key)
    for name, field in fields.items():
        if field.required and name not in given:
            yield "missing", node, f"{above}.{name}" if above else name, section


def _is_interpolated(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and "${" in node.value


def _wrong_value(models: Models, annotation: ast.expr, node: yaml.Node, key: str) -> Iterator[Wrong]:
    """Nothing where one member of the annotation's union fits; else what the nearest member says."""
    members = models.resolved(annotation)
    sections = [m.id for m in members if isinstance(m, ast.Name) and m.id in models.sections]
    if sections and isinstance(node, yaml.MappingNode):
        yield from wrong_keys(models, _meant(models, sections, node), node, key)
        return
    said = [list(_against(models, member, node, key)) for member in members]
    if said and all(said):
        if len(said) > 1 and not any(isinstance(node, yaml.SequenceNode) for _ in said):
            right = " | ".join(ast.unparse(member) for member in members)
            yield "type", node, key, right
        else:
            yield from min(said, key=len)


def _meant(models: Models, sections: list[str], node: yaml.MappingNode) -> str:
    """The member that a mapping is meant for: by a Literal that it fulfils, else by the most keys in common."""

    def fits(section: str) -> tuple[int, int]:
        given = {key.value: value for key, value in node.value}
        marks = 0
        for name, field in models.sections[section].items():
            choices = next(iter(models.resolved(field.annotation)))
            if name in given and isinstance(choices, ast.Subscript) and last(dotted(choices.value)) == "Literal":
                marks += 1 if not list(_against(models, choices, given[name], name)) and name == "kind" else 0
        return marks, len(given.keys() & models.sections[section].keys())

    return max(sections, key=fits)


def _against(models: Models, annotation: ast.expr, node: yaml.Node, key: str) -> Iterator[Wrong]:
    """One member of a union against a value."""
    name = last(dotted(annotation))
    wrong: Wrong = ("type", node, key, ast.unparse(annotation))
    if isinstance(annotation, ast.Constant) and annotation.value is None:
        if kind_of(node) != "null":
            yield wrong
    elif name == "Literal" and isinstance(annotation, ast.Subscript):
        choices = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        values = [one.value for one in choices if isinstance(one, ast.Constant)]
        can_tell = len(values) == len(choices)  # members of an Enum are named, not told
        if can_tell and (not isinstance(node, yaml.ScalarNode) or _loaded(node) not in values):
            yield "choice", node, key, ", ".join(map(ast.unparse, choices))
    elif name in _LISTS:
        yield from _list(models, annotation, node, key)
    elif name in _PLAIN:
        if kind_of(node) not in _PLAIN[name]:
            yield wrong
    elif name in ("str", "Path"):
        if kind_of(node) != "str":
            yield wrong
    elif name in models.sections:
        yield wrong


def _list(models: Models, annotation: ast.expr, node: yaml.Node, key: str) -> Iterator[Wrong]:
    if not isinstance(node, yaml.SequenceNode):
        yield "type", node, key, ast.unparse(annotation)
    elif isinstance(annotation, ast.Subscript):
        inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
        kinds = [one for one in inner if not (isinstance(one, ast.Constant) and one.value is Ellipsis)]
        each = kinds * len(node.value) if len(kinds) == 1 else kinds
        for kind, value in zip(each, node.value, strict=False):
            if not _is_interpolated(value):
                yield from _wrong_value(models, kind, value, key)


def _loaded(node: yaml.ScalarNode) -> object:
    return yaml.safe_load(yaml.serialize(node))


def kind_of(node: yaml.Node) -> str:
    """int, float, bool, str, null, or the kind of a collection. OmegaConf reads 1e-4 as a number, PyYAML as text."""
    if not isinstance(node, yaml.ScalarNode):
        return type(node).__name__.removesuffix("Node").lower()
    if node.style is None and _is_number(node.value):
        return "float" if set(node.value.lower()) & {".", "e"} else "int"
    return str(node.tag.rpartition(":")[2])


def _is_number(text: str) -> bool:
    try:
        float(text.replace("_", ""))
    except ValueError:
        return False
    return text.strip()[-1:].isdigit() or text.endswith(".")
