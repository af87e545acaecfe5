"""The typed configuration of a project, read from its classes without importing them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agents.reviewer.subject import Subject
from agents.reviewer.syntax import bases, dotted, last, nodes

_NOT_A_SECTION = {"ClassVar", "PrivateAttr"}


@dataclass(frozen=True)
class Field:
    """One key of a section."""

    name: str
    file: str
    line: int
    annotation: ast.expr
    required: bool


@dataclass(frozen=True)
class Section:
    """One class of the configuration with its own fields and those that it inherits."""

    name: str
    file: str
    line: int
    fields: Mapping[str, Field]


@dataclass(frozen=True)
class Schema:
    """All sections by name, and what short names for types stand for."""

    sections: Mapping[str, Section]
    aliases: Mapping[str, ast.expr]

    def resolved(self, annotation: ast.expr) -> list[ast.expr]:
        """The members of a union, with names and Annotated looked through; anything else alone."""
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            return self.resolved(ast.parse(annotation.value, mode="eval").body)
        if isinstance(annotation, ast.Name) and annotation.id in self.aliases:
            return self.resolved(self.aliases[annotation.id])
        if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
            return [*self.resolved(annotation.left), *self.resolved(annotation.right)]
        if isinstance(annotation, ast.Subscript):
            inner = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
            kind = last(dotted(annotation.value))
            if kind == "Annotated":
                return self.resolved(inner[0])
            if kind in ("Union", "Optional"):
                none = [ast.Constant(None)] if kind == "Optional" else []
                return [*(member for one in inner for member in self.resolved(one)), *none]
        return [annotation]

    def sections_in(self, annotation: ast.expr) -> Iterator[Section]:
        """Every section that the annotation names, at any depth."""
        for member in self.resolved(annotation):
            for node in ast.walk(member):
                if isinstance(node, ast.Name) and node.id in self.sections:
                    yield self.sections[node.id]
                elif isinstance(node, ast.Name) and node.id in self.aliases and node is not annotation:
                    yield from self.sections_in(node)

    def roots(self) -> list[Section]:
        """The sections that hold others, or nothing of the kind, and that no other holds: a file each."""
        held = {
            s.name
            for one in self.sections.values()
            for f in one.fields.values()
            for s in self.sections_in(f.annotation)
        }
        return [one for one in self.sections.values() if one.name not in held and one.fields]


def schema_of(subject: Subject) -> Schema:
    """The pydantic classes of the folder `config`, and what is derived from them elsewhere in the package."""
    classes: dict[str, tuple[str, ast.ClassDef]] = {}
    aliases: dict[str, ast.expr] = {}
    for file, tree in subject.trees.items():
        classes |= {node.name: (file, node) for node in nodes(tree) if isinstance(node, ast.ClassDef)}
        aliases |= dict(_aliases(tree))
    home = f"{subject.source}config/"
    known: dict[str, Section] = {}
    inherited: set[str] = set()
    for name, (file, node) in classes.items():
        line_of_classes = _ancestry(name, classes)
        if "BaseModel" in line_of_classes and any(_lives_in(one, home, classes) for one in [name, *line_of_classes]):
            fields = {f.name: f for one in reversed([name, *line_of_classes]) for f in _fields(one, classes)}
            known[name] = Section(name, file, node.lineno, fields)
            inherited |= set(line_of_classes)
    return Schema({name: one for name, one in known.items() if name not in inherited}, aliases)


def _lives_in(name: str, folder: str, classes: Mapping[str, tuple[str, ast.ClassDef]]) -> bool:
    return name in classes and classes[name][0].startswith(folder)


def _ancestry(name: str, classes: Mapping[str, tuple[str, ast.ClassDef]]) -> list[str]:
    """The names of all that a class inherits from, nearest first."""
    found: list[str] = []
    waiting = bases(classes[name][1])
    while waiting:
        one = waiting.pop(0)
        if one not in found:
            found.append(one)
            waiting += bases(classes[one][1]) if one in classes else []
    return found


def _fields(name: str, classes: Mapping[str, tuple[str, ast.ClassDef]]) -> Iterator[Field]:
    if name not in classes:
        return
    file, node = classes[name]
    for one in node.body:
        if not isinstance(one, ast.AnnAssign) or not isinstance(one.target, ast.Name):
            continue
        key = one.target.id
        if not key.startswith("_") and key != "model_config" and last(dotted(one.annotation)) not in _NOT_A_SECTION:
            yield Field(key, file, one.lineno, one.annotation, _is_required(one.value))


def _is_required(value: ast.expr | None) -> bool:
    """No default, or a Field() without one."""
    if isinstance(value, ast.Call) and last(dotted(value.func)) == "Field":
        named = {one.arg for one in value.keywords}
        given = value.args[0] if value.args else None
        return not named & {"default", "default_factory"} and (given is None or ast.unparse(given) == "...")
    return value is None


def _aliases(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """`Share = Annotated[...]` and `Task = A | B` at a module's top."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            if isinstance(node.value, ast.Subscript | ast.BinOp) and node.targets[0].id[:1].isupper():
                yield node.targets[0].id, node.value
        elif isinstance(node, ast.AnnAssign) and last(dotted(node.annotation)) == "TypeAlias" and node.value:
            yield dotted(node.target), node.value
