"""What the project's Python defines: modules, exported names, members of classes, constants."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from agents.reviewer.reading.models import Models
from agents.reviewer.subject import Subject
from agents.reviewer.syntax import every, nodes


@dataclass(frozen=True)
class Names:
    """The names of one project."""

    subject: Subject

    @cached_property
    def models(self) -> Models:
        """Its classes, and those of them that make up its configuration."""
        return Models(self.subject)

    def members(self, name: str) -> set[str]:
        """Everything that stands in the body of a class or of its bases, and what its methods set on `self`."""
        found: set[str] = set()
        for one in (name, *self.models.ancestors(name)):
            for node in ast.walk(self.models.classes[one]) if one in self.models.classes else ():
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    found.add(node.name)
                elif isinstance(node, ast.Name | ast.Attribute):
                    found.add(node.id if isinstance(node, ast.Name) else node.attr)
        return found

    @cached_property
    def _values(self) -> dict[str, ast.expr]:
        """What is given a name at the top of a module: tables, tuples of choices."""
        found: dict[str, ast.expr] = {}
        for tree in self.subject.trees.values():
            for node in tree.body:
                if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                    found[node.targets[0].id] = node.value
                elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
                    found[node.target.id] = node.value
        return found

    def constants(self, node: ast.expr, trees: Sequence[ast.Module]) -> set[str]:
        """The texts and numbers of a tuple, a list, a table's keys, a Literal, or a name for one of them."""
        found: set[str] = set()
        if isinstance(node, ast.Name):
            local = next((found for tree in trees for found in _assigned(tree, node.id)), None)
            inner = local or self._values.get(node.id)
            found = self.constants(inner, trees) if inner is not None else set()
        elif isinstance(node, ast.Call) and node.args and not node.keywords:
            found = self.constants(node.args[0], trees)
        elif isinstance(node, ast.DictComp) and isinstance(node.key, ast.Attribute):
            found = self._attributes(node.generators[0].iter, node.key.attr)
        elif isinstance(node, ast.Subscript):
            found = self.models.literals(node)
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
        field = self.models.fields(model).get(str(node.slice.value))
        return self.models.literals(field.annotation) if field else set()

    def _attributes(self, classes: ast.expr, name: str) -> set[str]:
        """The texts that several classes give to an attribute; nothing where one of them cannot be followed."""
        listed = classes.elts if isinstance(classes, ast.Tuple | ast.List | ast.Set) else []
        found = [text for node in listed if isinstance(node, ast.Name) for text in self._given(node.id, name)]
        return set(found) if len(found) == len(listed) else set()

    def _given(self, owner: str, name: str) -> Iterator[str]:
        """The text that a class gives to an attribute in its body."""
        for part in self.models.classes[owner].body if owner in self.models.classes else []:
            if isinstance(part, ast.Assign | ast.AnnAssign) and isinstance(part.value, ast.Constant):
                targets = part.targets if isinstance(part, ast.Assign) else [part.target]
                if any(isinstance(one, ast.Name) and one.id == name for one in targets):
                    yield str(part.value.value)

    def imported(self, tree: ast.Module) -> dict[str, tuple[str, str]]:
        """What a file imports from the project: local name to file and name there."""
        found = {}
        for node in every(tree, ast.ImportFrom):
            if node.module in self.subject.modules:
                for alias in node.names:
                    found[alias.asname or alias.name] = self._home(self.subject.modules[node.module], alias.name)
        return found

    def _home(self, file: str, name: str) -> tuple[str, str]:
        """Where a name that a package passes on is defined."""
        tree = self.subject.tree.python.get(file)
        for node in every(tree, ast.ImportFrom) if tree else ():
            if node.module in self.subject.modules:
                for alias in node.names:
                    if (alias.asname or alias.name) == name and self.subject.modules[node.module] != file:
                        return self._home(self.subject.modules[node.module], alias.name)
        return file, name

    def returned(self, file: str, name: str) -> set[str]:
        """The models in the return annotation of a function."""
        tree = self.subject.tree.python.get(file)
        for node in tree.body if tree else []:
            if isinstance(node, ast.FunctionDef) and node.name == name and node.returns is not None:
                return self.models.held(node.returns)
        return set()

    def parameters(self, file: str, name: str) -> set[str] | None:
        """What a model or a function of a file takes by name; None where that cannot be told."""
        if name in self.models.names:
            return set(self.models.fields(name))
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
