"""Configuration both ways: every key in a file is known to the code, and every key that the code knows is read."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import yaml

from agents.reviewer.schema import Field, Schema, Section, schema_of
from agents.reviewer.subject import Subject
from agents.reviewer.syntax import Function, bases, decorators, last, nodes
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
    schema = schema_of(subject)
    roots = schema.roots()
    for file, text in files(subject).items():
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            yield subject.finding(NAME, "broken_yaml", file, None, error=" ".join(str(error).split()))
            continue
        if roots and root is not None:
            yield from _file(subject, schema, roots, file, root)
    yield from _unread(subject, schema)


def _file(
    subject: Subject, schema: Schema, roots: list[Section], file: str, root: yaml.Node
) -> Iterator[ReviewFinding]:
    keys = [key.value for key, _ in root.value] if isinstance(root, yaml.MappingNode) else []
    for name in sorted({name for name in keys if keys.count(name) > 1}):
        yield subject.finding(NAME, "twice", file, None, setting=name)
    section = max(roots, key=lambda one: (len(one.fields.keys() & set(keys)), -len(one.fields)))
    for what, node, key, right in wrong_keys(schema, section, root):
        value = node.value if isinstance(node, yaml.ScalarNode) else kind_of(node)
        line = node.start_mark.line + 1
        yield subject.finding(
            NAME, f"config_{what}", file, line, setting=key, value=value, right=right, owner=section.name
        )


def _unread(subject: Subject, schema: Schema) -> Iterator[ReviewFinding]:
    """Fields whose name nobody asks for. A file that was read and not acted upon is a promise that is not kept."""
    read = _read_names(subject, schema)
    fields: dict[tuple[str, int], tuple[Section, Field]] = {}
    for section in schema.sections.values():
        fields |= {(field.file, field.line): (section, field) for field in section.fields.values()}
    for section, field in fields.values():
        if field.name not in read and not _is_mark(schema, field):
            yield subject.finding(NAME, "unread", field.file, field.line, setting=field.name, owner=section.name)


def _is_mark(schema: Schema, field: Field) -> bool:
    """A Literal with one choice only says which kind of section it is in."""
    [first, *others] = schema.resolved(field.annotation)
    return (
        not others
        and ast.unparse(first).startswith("Literal[")
        and not isinstance(getattr(first, "slice", None), ast.Tuple)
    )


def _read_names(subject: Subject, schema: Schema) -> set[str]:
    """Names of attributes that are asked for, or passed as text to what asks by name.

    `self.x` in a class that is no section is that class's own; what only a validator looks at, changes nothing.
    """
    sections = _families(subject, schema)
    found: set[str] = set()
    for file, tree in subject.tree.python.items():
        if file.startswith(_RUNNING):
            _collect(tree, True, sections, found)
    return found


def _families(subject: Subject, schema: Schema) -> set[str]:
    """The sections and what they inherit from."""
    found = set(schema.sections)
    classes = [n for tree in subject.trees.values() for n in nodes(tree) if isinstance(n, ast.ClassDef)]
    for _ in range(3):
        found |= {base for node in classes if node.name in found for base in bases(node)}
    return found


def _collect(scope: ast.AST, own_self: bool, sections: set[str], found: set[str]) -> None:
    """`own_self`: whether `self` in here may be a section."""
    for node in ast.iter_child_nodes(scope):
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
    if ast.unparse(node.func) in ("getattr", "attrgetter", "operator.attrgetter"):
        return {str(one.value) for one in node.args if isinstance(one, ast.Constant)}
    return set()
