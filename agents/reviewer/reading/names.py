"""What the project's Python defines: modules, exported names, models and their fields, constants."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from agents.reviewer.subject import Subject
from agents.reviewer.syntax import nodes

_MODEL_ROOTS = {"BaseModel", "BaseSettings"}


@dataclass(frozen=True)
class Field:
    """One field of a model."""

    name: str
    annotation: ast.expr
    default: ast.expr | None


@dataclass(frozen=True)
class Names:
    """The names of one project."""

    subject: Subject

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """Every class of the package, by its name."""
        trees = self.subject.trees.values()
        return {node.name: node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)}

    @cached_property
    def models(self) -> set[str]:
        """The classes that are pydantic models."""
        return {name for name in self.classes if _MODEL_ROOTS & set(self.ancestors(name))}

    @cached_property
    def roots(self) -> set[str]:
        """The models that are a whole config: no field of another model holds them, and they hold fields."""
        inner = {ref for name in self.models for field in self._own(name) for ref in self.references(field.annotation)}
        bases = {base for name in self.models for base in self.ancestors(name)}
        configs = {name for name in self.models if name not in inner | bases and self.fields(name)}
        sections = {base for name in configs for base in self._bases(name) if base in self.models}
        chosen = {name for name in configs if name.endswith(("Config", "Settings"))}
        return chosen or {name for name in configs if not sections or sections & set(self._bases(name))}

    @cached_property
    def sections(self) -> set[str]:
        """The keys of configs that hold keys of their own."""
        return {
            name for root in self.roots for name, one in self.fields(root).items() if self.references(one.annotation)
        }

    def ancestors(self, name: str) -> Iterator[str]:
        """The names of its bases, and of theirs."""
        for base in self._bases(name):
            yield base
            if base != name:
                yield from self.ancestors(base)

    def _bases(self, name: str) -> list[str]:
        node = self.classes.get(name)
        return [ast.unparse(base).rpartition(".")[2].partition("[")[0] for base in node.bases] if node else []

    def fields(self, name: str) -> dict[str, Field]:
        """The annotated fields of a class, inherited ones first."""
        found: dict[str, Field] = {}
        for base in self._bases(name):
            found |= self.fields(base) if base != name else {}
        return found | {field.name: field for field in self._own(name)}

    def _own(self, name: str) -> Iterator[Field]:
        node = self.classes.get(name)
        for part in node.body if node else []:
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                yield Field(part.target.id, part.annotation, part.value)

    def members(self, name: str) -> set[str]:
        """Everything that stands in the body of a class or of its bases, and what its methods set on `self`."""
        found: set[str] = set()
        for one in (name, *self.ancestors(name)):
            for node in ast.walk(self.classes[one]) if one in self.classes else ():
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    found.add(node.name)
                elif isinstance(node, ast.Name | ast.Attribute):
                    found.add(node.id if isinstance(node, ast.Name) else node.attr)
        return found

    def references(self, annotation: ast.expr) -> set[str]:
        """The project's models that an annotation names, also by way of an alias."""
        found: set[str] = set()
        for node in ast.walk(annotation):
            name = node.id if isinstance(node, ast.Name) else ""
            if name in self.models:
                found.add(name)
            elif name in self._aliases and self._aliases[name] is not annotation:
                found |= self.references(self._aliases[name])
        return found

    @cached_property
    def _aliases(self) -> dict[str, ast.expr]:
        """What is given a name at the top of a module: aliases of types, tables, tuples of choices."""
        found: dict[str, ast.expr] = {}
        for tree in self.subject.trees.values():
            for node in tree.body:
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    found[node.targets[0].id] = node.value
                elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                    found[node.target.id] = node.value
        return found

    def literals(self, annotation: ast.expr) -> set[str]:
        """The values that an annotation allows, where it allows nothing but literals (and None)."""
        if isinstance(annotation, ast.Name) and annotation.id in self._aliases:
            return self.literals(self._aliases[annotation.id])
        if isinstance(annotation, ast.BinOp):
            left, right = self.literals(annotation.left), self.literals(annotation.right)
            return left | right if left and right else set()
        if isinstance(annotation, ast.Constant):
            return {"null"} if annotation.value is None else set()
        if isinstance(annotation, ast.Subscript) and ast.unparse(annotation.value).endswith("Literal"):
            return {str(node.value) for node in ast.walk(annotation.slice) if isinstance(node, ast.Constant)}
        return set()

    def constants(self, node: ast.expr, trees: Sequence[ast.Module]) -> set[str]:
        """The texts and numbers of a tuple, a list, a table's keys, a Literal, or a name for one of them."""
        found: set[str] = set()
        if isinstance(node, ast.Name):
            local = next((found for tree in trees for found in _assigned(tree, node.id)), None)
            inner = local or self._aliases.get(node.id)
            found = self.constants(inner, trees) if inner is not None else set()
        elif isinstance(node, ast.Call) and node.args and not node.keywords:
            found = self.constants(node.args[0], trees)
        elif isinstance(node, ast.DictComp) and isinstance(node.key, ast.Attribute):
            found = self._attributes(node.generators[0].iter, node.key.attr)
        elif isinstance(node, ast.Subscript):
            found = self.literals(node)
        elif isinstance(node, ast.Attribute) and node.attr == "annotation":
            found = self._of_field(node.value)
        elif isinstance(node, ast.Dict | ast.Tuple | ast.List | ast.Set):
            items = node.keys if isinstance(node, ast.Dict) else node.elts
            known = [str(one.value) for one in items if isinstance(one, ast.Constant)]
            found = set(known) if len(known) == len(items) else set()
        return found

    def _of_field(self, node: ast.expr) -> set[str]:
        """The choices of `Model.model_fields["name"]`."""
        if not (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)):
            return set()
        model = ast.unparse(node.value).removesuffix(".model_fields")
        field = self.fields(model).get(str(node.slice.value))
        return self.literals(field.annotation) if field else set()

    def _attributes(self, classes: ast.expr, name: str) -> set[str]:
        """The texts that several classes give to an attribute; nothing where one of them cannot be followed."""
        listed = classes.elts if isinstance(classes, ast.Tuple | ast.List | ast.Set) else []
        found = [text for node in listed if isinstance(node, ast.Name) for text in self._given(node.id, name)]
        return set(found) if len(found) == len(listed) else set()

    def _given(self, owner: str, name: str) -> Iterator[str]:
        """The text that a class gives to an attribute in its body."""
        for part in self.classes[owner].body if owner in self.classes else []:
            if isinstance(part, ast.Assign | ast.AnnAssign) and isinstance(part.value, ast.Constant):
                targets = part.targets if isinstance(part, ast.Assign) else [part.target]
                if any(isinstance(one, ast.Name) and one.id == name for one in targets):
                    yield str(part.value.value)

    def imported(self, tree: ast.Module) -> dict[str, tuple[str, str]]:
        """What a file imports from the project: local name to file and name there."""
        found = {}
        for node in nodes(tree):
            if isinstance(node, ast.ImportFrom) and node.module in self.subject.modules:
                for alias in node.names:
                    found[alias.asname or alias.name] = self._home(self.subject.modules[node.module], alias.name)
        return found

    def _home(self, file: str, name: str) -> tuple[str, str]:
        """Where a name that a package passes on is defined."""
        for node in nodes(self.subject.tree.python[file]) if file in self.subject.tree.python else ():
            if isinstance(node, ast.ImportFrom) and node.module in self.subject.modules:
                for alias in node.names:
                    if (alias.asname or alias.name) == name and self.subject.modules[node.module] != file:
                        return self._home(self.subject.modules[node.module], alias.name)
        return file, name

    def returned(self, file: str, name: str) -> set[str]:
        """The models in the return annotation of a function."""
        tree = self.subject.tree.python.get(file)
        for node in tree.body if tree else []:
            if isinstance(node, ast.FunctionDef) and node.name == name and node.returns is not None:
                return self.references(node.returns)
        return set()

    def parameters(self, file: str, name: str) -> set[str] | None:
        """What a model or a function of a file takes by name; None where that cannot be told."""
        if name in self.models:
            return set(self.fields(name))
        tree = self.subject.tree.python.get(file)
        for node in tree.body if tree else []:
            if isinstance(node, ast.FunctionDef) and node.name == name and not node.args.kwarg:
                return (
                    {one.arg for one in (*node.args.args, *node.args.kwonlyargs)} if not node.decorator_list else None
                )
        return None

    def knows(self, word: str) -> bool:
        """Whether the package writes that word anywhere."""
        return any(word in self.subject.tree.texts[file] for file in self.subject.trees)

    def exports(self, module: str) -> set[str] | None:
        """The names that can be imported from a module of the project; None if there is no such module."""
        file = self.subject.modules.get(module)
        tree = self.subject.tree.python.get(file or "")
        if file is None or tree is None:
            return None
        found = {
            name.removeprefix(f"{module}.").partition(".")[0]
            for name in self.subject.modules
            if name.startswith(f"{module}.")
        }
        for node in nodes(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        return found


def _assigned(tree: ast.Module, name: str) -> Iterator[ast.expr]:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == name for target in targets) and isinstance(
            node, ast.Assign
        ):
            yield node.value
