"""A name that is not defined: a missing import, a slip of the keyboard, a forgotten `self.` or `global`."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

from agents.coder.debugging.code_edits.imports import AddImport
from agents.coder.debugging.code_edits.names import Rename
from agents.coder.debugging.code_edits.rewrite import Replace
from agents.coder.debugging.code_edits.statements import InsertStatement
from agents.coder.debugging.definitions import attributes, enclosing, module_name, visible, who_defines
from agents.coder.debugging.failure import Frame
from agents.coder.debugging.proposing import by_edit
from agents.coder.debugging.scene import Proposal, Scene
from agents.coder.debugging.schema import near_name
from agents.reviewer.syntax import defined, every

_NAME = re.compile(r"(?:name|variable) '(?P<name>\w+)'", re.IGNORECASE)
_MEANT = re.compile(r"Did you mean:? '(?P<name>\w+)'")
_SELF = re.compile(r"Did you mean:? 'self\.(?P<name>\w+)'")
# How everybody imports what everybody uses.
_USUAL = {
    "np": ("numpy", "", "np"),
    "pd": ("pandas", "", "pd"),
    "plt": ("matplotlib.pyplot", "", "plt"),
    "F": ("torch.nn", "functional", "F"),
    "nn": ("torch", "nn", ""),
    "dist": ("torch.distributed", "", "dist"),
    "optim": ("torch", "optim", ""),
    "Tensor": ("torch", "Tensor", ""),
    "DataLoader": ("torch.utils.data", "DataLoader", ""),
    "Dataset": ("torch.utils.data", "Dataset", ""),
    "load_dataset": ("datasets", "load_dataset", ""),
    "tqdm": ("tqdm", "tqdm", ""),
    "Path": ("pathlib", "Path", ""),
    "dataclass": ("dataclasses", "dataclass", ""),
    "defaultdict": ("collections", "defaultdict", ""),
    "partial": ("functools", "partial", ""),
    "OmegaConf": ("omegaconf", "OmegaConf", ""),
    "LoraConfig": ("peft", "LoraConfig", ""),
    "get_peft_model": ("peft", "get_peft_model", ""),
}
_ELSEWHERE = {"true": "True", "false": "False", "null": "None", "nil": "None", "undefined": "None", "this": "self"}
_TYPING = frozenset(
    "Any Callable Dict Final Iterable Iterator List Literal Mapping Optional Sequence Tuple Union".split()
)


def diagnose(scene: Scene) -> Iterator[Proposal]:
    """Of a NameError or UnboundLocalError."""
    where, named = scene.failure.where, _NAME.search(scene.failure.message)
    if scene.failure.kind not in ("NameError", "UnboundLocalError") or where is None or named is None:
        return
    if where.file not in scene.tree.python:
        return
    name = named["name"]
    if scene.failure.kind == "UnboundLocalError":
        yield from _unbound(scene, where, name)
    else:
        yield from _imports(scene, where, name)
        yield from _self(scene, where, name)
    yield from _closest(scene, where, name)


def _imports(scene: Scene, where: Frame, name: str) -> Iterator[Proposal]:
    for module, thing, alias in dict.fromkeys(_ways(scene, where.file, name)):
        if module == module_name(where.file):
            continue
        edit = AddImport(module=module, name=thing, alias=alias)
        shown = f"from {module} import {thing}" if thing else f"import {module}"
        shown += f" as {alias}" if alias else ""
        yield from by_edit(scene, "missing-import", where.file, edit, f"+ `{shown}`", name=name)


def _ways(scene: Scene, file: str, name: str) -> Iterator[tuple[str, str, str]]:
    """As other files do it, from who defines it, as everybody does, as a module of its own."""
    for other, tree in scene.tree.python.items():
        if other != file and not other.startswith("tests/"):
            yield from _imported_there(tree, name)
    for definer in who_defines(scene.tree, name)[:2]:
        if definer.startswith("src/") or "/" not in definer:
            yield module_name(definer), name, ""
    if name in _USUAL:
        yield _USUAL[name]
    if name in _TYPING:
        yield "typing", name, ""
    if name in sys.stdlib_module_names or name in scene.modules:
        yield name, "", ""


def _imported_there(tree: ast.Module, name: str) -> Iterator[tuple[str, str, str]]:
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    yield node.module, alias.name, alias.asname or ""
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    yield alias.name, "", alias.asname or ""


def _self(scene: Scene, where: Frame, name: str) -> Iterator[Proposal]:
    """`name` for `self.name`, in a method whose class has it."""
    classes = [one for one in enclosing(scene.tree.python[where.file], where.line) if isinstance(one, ast.ClassDef)]
    having = attributes(scene.tree, classes[-1].name) if classes else None
    meant = _SELF.search(scene.failure.message)
    if (having and name in having) or meant:
        edit = Replace(find=name, put=f"self.{name}", line=where.line)
        yield from by_edit(scene, "missing-self", where.file, edit, f"`{name}` → `self.{name}`", name=name)


def _closest(scene: Scene, where: Frame, name: str) -> Iterator[Proposal]:
    module = scene.tree.python[where.file]
    said = _MEANT.search(scene.failure.message)
    seen = visible(module, where.line) - {name}
    near = near_name(name, [one for one in seen if not one.startswith("__")], 0.6)
    for new in dict.fromkeys(one for one in (_ELSEWHERE.get(name), said["name"] if said else None, near) if one):
        line = where.line if _stands_on(module, name, where.line) else 0
        edit = Rename(old=name, new=new, line=0 if _is_foreign(module, name) else line)
        yield from by_edit(scene, "closest-name", where.file, edit, f"`{name}` → `{new}`", old=name, new=new)


def _stands_on(module: ast.Module, name: str, line: int) -> bool:
    return any(one.id == name and one.lineno == line for one in every(module, ast.Name))


def _is_foreign(module: ast.Module, name: str) -> bool:
    """Nothing in the file gives the name a meaning: every use of it is the same slip."""
    stored = any(one.id == name and not isinstance(one.ctx, ast.Load) for one in every(module, ast.Name))
    return not stored and not any(one.arg == name for one in every(module, ast.arg))


def _unbound(scene: Scene, where: Frame, name: str) -> Iterator[Proposal]:
    """A function that assigns to a name of its module means that one, unless it says otherwise."""
    module = scene.tree.python[where.file]
    functions = [one for one in enclosing(module, where.line) if isinstance(one, ast.FunctionDef)]
    if functions and name in defined(module):
        first = next((one for one in functions[-1].body if not _is_text(one)), functions[-1].body[0])
        edit = InsertStatement(statement=f"global {name}", where="before", line=first.lineno)
        yield from by_edit(scene, "missing-global", where.file, edit, f"+ `global {name}`", name=name)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
