"""Configuration both ways: every key in a file is known to the code, and every key that the code knows is read."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import yaml

from agents.reviewer.checks.leftovers import machine_paths
from agents.reviewer.reading.models import Field, Models
from agents.reviewer.subject import Subject
from agents.reviewer.syntax import Function, children, decorators, dotted, last
from agents.reviewer.values import kind_of, wrong_keys
from framework.artifacts.review import ReviewFinding

NAME = "config_keys"
_RUNNING = ("src/", "scripts/", "main.py", "benchmarks/")
_VALIDATORS = {"field_validator", "model_validator", "validator", "root_validator"}


def files(subject: Subject) -> dict[str, str]:
    """The configuration files."""
    return {name: text for name, text in subject.texts(".yaml", ".yml") if name.startswith("configs/")}


def look(subject: Subject) -> Iterator[ReviewFinding]:
    """Files against classes, then classes against code."""
    models = Models(subject)
    for file, text in files(subject).items():
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            yield subject.finding(NAME, "broken_yaml", file, None, error=" ".join(str(error).split()))
            continue
        if root is not None:
            yield from machine_paths(subject, NAME, file, root)
        if models.roots and root is not None:
            yield from _file(subject, models, file, root)
    yield from _unread(subject, models)


def _file(subject: Subject, models: Models, file: str, root: yaml.Node) -> Iterator[ReviewFinding]:
    keys = [key.value for key, _ in root.value] if isinstance(root, yaml.MappingNode) else []
    for name in sorted({name for name in keys if keys.count(name) > 1}):
        yield subject.finding(NAME, "twice", file, None, setting=name)
    fields = models.sections
    section = max(models.roots, key=lambda one: (len(fields[one].keys() & set(keys)), -len(fields[one])))
    for what, node, key, right in wrong_keys(models, section, root):
        value = node.value if isinstance(node, yaml.ScalarNode) else kind_of(node)
        line = node.start_mark.line + 1
        yield subject.finding(NAME, f"config_{what}", file, line, setting=key, value=value, right=right, owner=section)


def _unread(subject: Subject, models: Models) -> Iterator[ReviewFinding]:
    """Fields whose name nobody asks for. A file that was read and not acted upon is a promise that is not kept."""
    read = _read_names(subject, models)
    fields: dict[tuple[str, int], tuple[str, Field]] = {}
    for section, own in models.sections.items():
        fields |= {(field.file, field.line): (section, field) for field in own.values()}
    for section, field in fields.values():
        if field.name not in read and not _is_mark(models, field):
            yield subject.finding(NAME, "unread", field.file, field.line, setting=field.name, owner=section)


def _is_mark(models: Models, field: Field) -> bool:
    """A Literal with one choice only says which kind of section it is in."""
    return len(models.resolved(field.annotation)) == len(models.literals(field.annotation)) == 1


def _read_names(subject: Subject, models: Models) -> set[str]:
    """Names of attributes that are asked for, or passed as text to what asks by name.

    `self.x` in a class that is no section is that class's own; what only a validator looks at, changes nothing.
    """
    families = {base for name in models.sections for base in (name, *models.ancestors(name))}
    found: set[str] = set()
    for file, tree in subject.tree.python.items():
        if file.startswith(_RUNNING):
            _collect(tree, True, families, found)
    return found


def _collect(scope: ast.AST, own_self: bool, sections: set[str], found: set[str]) -> None:
    """`own_self`: whether `self` in here may be a section."""
    for node in children(scope):
        if isinstance(node, Function) and _VALIDATORS & set(map(last, decorators(node))):
            continue
        inner = node.name in sections if isinstance(node, ast.ClassDef) else own_self
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            is_self = isinstance(node.value, ast.Name) and node.value.id == "self"
            if inner or not is_self:
                found.add(node.attr)
        elif isinstance(node, ast.Call):
            found |= _asked_by_name(node)
        _collect(node, inner, sections, found)


def _asked_by_name(node: ast.Call) -> set[str]:
    """getattr(config, "key"), attrgetter("key")."""
    if dotted(node.func) in ("getattr", "attrgetter", "operator.attrgetter"):
        return {str(one.value) for one in node.args if isinstance(one, ast.Constant)}
    return set()
