"""The project's pydantic classes, read without importing them: their fields, and which of them make up a config."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from agents.reviewer.subject import Subject
from agents.reviewer.syntax import bases, dotted, last

_ROOTS = {"BaseModel", "BaseSettings"}
_NO_FIELD = {"ClassVar", "PrivateAttr"}


@dataclass(frozen=True)
class Field:
    """One field of a class."""

    name: str
    file: str
    line: int
    annotation: ast.expr
    default: ast.expr | None

    @property
    def required(self) -> bool:
        """No default, or a Field() without one."""
        if isinstance(self.default, ast.Call) and last(dotted(self.default.func)) == "Field":
            named = {one.arg for one in self.default.keywords}
            given = self.default.args[0] if self.default.args else None
            return not named & {"default", "default_factory"} and (given is None or ast.unparse(given) == "...")
        return self.default is None


@dataclass(frozen=True)
class Models:
    """The classes of one project. A section is a class of its configuration that no other inherits from."""

    subject: Subject

    @cached_property
    def _homes(self) -> dict[str, tuple[str, ast.ClassDef]]:
        trees = self.subject.trees.items()
        return {node.name: (file, node) for file, tree in trees for node in tree.body if isinstance(node, ast.ClassDef)}

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """Every class of the package, by its name."""
        return {name: node for name, (_, node) in self._homes.items()}

    @cached_property
    def names(self) -> frozenset[str]:
        """The classes that are pydantic models."""
        return frozenset(name for name in self.classes if _ROOTS & set(self.ancestors(name)))

    @cached_property
    def sections(self) -> dict[str, dict[str, Field]]:
        """The models of the folder `config`, and what is derived from them elsewhere, with their fields."""
        home = f"{self.subject.source}config/"
        here = {name for name, (file, _) in self._homes.items() if file.startswith(home)}
        lines = {name: self.ancestors(name) for name in self.names}
        known = [name for name, line in lines.items() if here & {name, *line}]
        inherited = {base for name in known for base in lines[name]}
        return {name: self.fields(name) for name in sorted(known) if name not in inherited}

    @cached_property
    def roots(self) -> list[str]:
        """The sections that no other one holds: a file each."""
        held = {
            name for fields in self.sections.values() for one in fields.values() for name in self.held(one.annotation)
        }
        return [name for name, fields in self.sections.items() if fields and name not in held]

    @cached_property
    def groups(self) -> set[str]:
        """The keys of whole configs that hold keys of their own."""
        return {key for root in self.roots for key, one in self.sections[root].items() if self.held(one.annotation)}

    def ancestors(self, name: str) -> list[str]:
        """The names of all that a class inherits from, nearest first."""
        found: list[str] = []
        waiting = bases(self.classes[name]) if name in self.classes else []
        while waiting:
            one = waiting.pop(0)
            if one not in found:
                found.append(one)
                waiting += bases(self.classes[one]) if one in self.classes else []
        return found

    def fields(self, name: str) -> dict[str, Field]:
        """The annotated fields of a class, inherited ones first."""
        return {one.name: one for owner in reversed([name, *self.ancestors(name)]) for one in self._own(owner)}

    def _own(self, name: str) -> Iterator[Field]:
        file, node = self._homes.get(name, ("", None))
        for one in node.body if node else []:
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
                key = one.target.id
                if not key.startswith("_") and key != "model_config" and last(dotted(one.annotation)) not in _NO_FIELD:
                    yield Field(key, file, one.lineno, one.annotation, one.value)

    @cached_property
    def _aliases(self) -> dict[str, ast.expr]:
        """`Share = Annotated[...]`, `Task = A | B` and `Task: TypeAlias = ...` at a module's top."""
        found: dict[str, ast.expr] = {}
        for node in (one for tree in self.subject.trees.values() for one in tree.body):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                if isinstance(node.value, ast.Subscript | ast.BinOp) and node.targets[0].id[:1].isupper():
                    found[node.targets[0].id] = node.value
            elif isinstance(node, ast.AnnAssign) and last(dotted(node.annotation)) == "TypeAlias" and node.value:
                found[dotted(node.target)] = node.value
        return found

    def resolved(self, annotation: ast.expr) -> list[ast.expr]:
        """The members of a union, with names and Annotated looked through; anything else alone."""
        if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
            return self._quoted(annotation, annotation.value)
        if isinstance(annotation, ast.Name) and annotation.id in self._aliases:
            return self.resolved(self._aliases[annotation.id])
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

    def _quoted(self, annotation: ast.expr, text: str) -> list[ast.expr]:
        try:
            return self.resolved(ast.parse(text, mode="eval").body)
        except SyntaxError:
            return [annotation]

    def held(self, annotation: ast.expr, through: frozenset[str] = frozenset()) -> set[str]:
        """Every section that the annotation names, at any depth, also by way of aliases."""
        names = {one.id for part in self.resolved(annotation) for one in ast.walk(part) if isinstance(one, ast.Name)}
        aliases = names & self._aliases.keys() - through
        inner = (self.held(self._aliases[name], through | aliases) for name in aliases)
        return (names & self.sections.keys()).union(*inner)

    def literals(self, annotation: ast.expr) -> set[str]:
        """The values that an annotation allows, where it allows nothing but literals (and None)."""
        found: set[str] = set()
        for one in self.resolved(annotation):
            if isinstance(one, ast.Constant) and one.value is None:
                found.add("null")
            elif isinstance(one, ast.Subscript) and last(dotted(one.value)) == "Literal":
                found |= {str(node.value) for node in ast.walk(one.slice) if isinstance(node, ast.Constant)}
            else:
                return set()
        return found
