"""An import that fails: a module or a name that is spelled otherwise, has moved, or is not installed."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

from agents.coder.debugging.code_edits.imports import MoveImport, RemoveImport
from agents.coder.debugging.code_edits.statements import InsertStatement
from agents.coder.debugging.definitions import module_name, sources, who_defines
from agents.coder.debugging.dependency_edits import distribution_of, with_requirement
from agents.coder.debugging.failure import Frame
from agents.coder.debugging.proposing import by_edit, in_code
from agents.coder.debugging.scene import Proposal, Scene
from agents.coder.debugging.schema import near_name
from agents.reviewer.syntax import body_without_docstring, defined, every, functions
from framework.messages import say
from framework.runtime.introspection import offers

_NO_MODULE = re.compile(r"No module named '?(?P<module>[\w.]+)'?")
_NO_NAME = re.compile(r"cannot import name '(?P<name>\w+)' from (?:partially initialized module )?'(?P<module>[\w.]+)'")
_MEANT = re.compile(r"Did you mean:? '(?P<name>\w+)'")
_RELATIVE = re.compile(r"attempted relative import")


def diagnose(scene: Scene) -> Iterator[Proposal]:
    """Of an ImportError or ModuleNotFoundError, also where another error only followed from it."""
    failure, where = scene.failure, scene.failure.where
    if failure.kind not in ("ImportError", "ModuleNotFoundError"):
        return
    missing, unnamed = _NO_MODULE.search(failure.message), _NO_NAME.search(failure.message)
    if missing:
        yield from _no_module(scene, where, missing["module"])
    if unnamed and where and "circular import" in failure.message:
        yield from _circular(scene, where, unnamed["name"])
    elif unnamed and where:
        yield from _no_name(scene, where, unnamed["module"], unnamed["name"])
    if where and _RELATIVE.search(failure.message):
        yield from _relative(scene, where)


def _own_modules(scene: Scene) -> dict[str, str]:
    return {module_name(file): file for file in sources(scene.tree) if not file.startswith("tests/")}


def _is_own(scene: Scene, module: str) -> bool:
    tops = {name.partition(".")[0] for name in _own_modules(scene)}
    return module.partition(".")[0] in tops


def _no_module(scene: Scene, where: Frame | None, module: str) -> Iterator[Proposal]:
    top = module.partition(".")[0]
    installed = {*scene.modules, *sys.stdlib_module_names}
    if where and (
        _is_own(scene, module) or near_name(top, {name.partition(".")[0] for name in _own_modules(scene)}, 0.8)
    ):
        yield from _own_module(scene, where, module)
    elif where and top in installed:
        yield from _moved_within(scene, where, module)
    else:
        close = near_name(top, installed, 0.8)
        if where and close:
            yield from _written_otherwise(scene, where, module, close + module.removeprefix(top))
        yield from not_installed(scene, top, guess=close is not None)


def _own_module(scene: Scene, where: Frame, module: str) -> Iterator[Proposal]:
    """The module that defines what is imported, else the one that is spelled most alike."""
    own = _own_modules(scene)
    names = [alias.name for node in _statements(scene, where, module) for alias in node.names]
    definers = [module_name(file) for name in names[:1] for file in who_defines(scene.tree, name)]
    near = near_name(module, own, 0.6)
    for new in dict.fromkeys([*definers, *([near] if near else [])]):
        if new in own and own[new] != where.file:
            yield from _written_otherwise(scene, where, module, new)


def _statements(scene: Scene, where: Frame, module: str) -> list[ast.ImportFrom]:
    tree = scene.tree.python.get(where.file)
    found = every(tree, ast.ImportFrom) if tree else []
    return [node for node in found if node.module == module]


def _written_otherwise(scene: Scene, where: Frame, old: str, new: str) -> Iterator[Proposal]:
    """Every import of the module in every file of the project: what is wrong once is often wrong again."""
    text = scene.tree.texts.get(where.file, "")
    pattern = re.compile(rf"(?m)^(?P<head>\s*(?:from|import)\s+){re.escape(old)}(?=[\s.,]|$)")
    changed = pattern.sub(lambda found: found["head"] + new, text)
    yield from in_code(scene, "module-renamed", where.file, changed, f"`{old}` → `{new}`", old=old, new=new)


def _moved_within(scene: Scene, where: Frame, module: str) -> Iterator[Proposal]:
    """A module that its package no longer has: the parts of the package that have what is imported."""
    nodes = _statements(scene, where, module)
    parents = [module.rsplit(".", n)[0] for n in range(1, module.count(".") + 1)]
    for node in nodes[:1]:
        names = [alias.name for alias in node.names]
        for parent, offer in zip(parents, offers(scene.python, [(parent, []) for parent in parents]), strict=True):
            if set(names) <= set(offer.names):
                yield from _written_otherwise(scene, where, module, parent)
            elif near := near_name(module.removeprefix(f"{parent}."), offer.names, 0.7):
                yield from _written_otherwise(scene, where, module, f"{parent}.{near}")
        homes = _USUAL_HOMES.get(module.partition(".")[0], ())
        for home, offer in zip(homes, offers(scene.python, [(home, []) for home in homes]), strict=True):
            if set(names) <= set(offer.names):
                yield from _written_otherwise(scene, where, module, home)


def not_installed(scene: Scene, module: str, *, guess: bool = False) -> Iterator[Proposal]:
    """A distribution that the project's requirements do not bring."""
    distribution = distribution_of(module)
    texts = with_requirement(scene.tree.texts, distribution)
    if texts:
        yield Proposal(
            entry="not-installed",
            kind="dependency",
            title=f"+ {distribution}",
            why=say(scene.lang, "playbook.why_not_installed", module=module, distribution=distribution),
            guess=guess,
            texts=texts,
            again="install",
        )


def _no_name(scene: Scene, where: Frame, module: str, name: str) -> Iterator[Proposal]:
    said = _MEANT.search(scene.failure.message)
    if _is_own(scene, module):
        file = _own_modules(scene).get(module)
        known = set(defined(scene.tree.python[file])) if file else set()
        elsewhere = [module_name(other) for other in who_defines(scene.tree, name) if module_name(other) != module]
    else:
        known, elsewhere = _offered(scene, module, name)
    near = said["name"] if said else near_name(name, known, 0.6)
    options = [(other, name) for other in elsewhere[:3]] + ([(module, near)] if near else [])
    for to_module, to_name in options:
        edit = MoveImport(old=module, name=name, new=to_module, new_name=to_name)
        change = f"`{module}.{name}` → `{to_module}.{to_name}`"
        yield from by_edit(
            scene, "name-moved", where.file, edit, change, old=f"{module}.{name}", new=f"{to_module}.{to_name}"
        )


def _circular(scene: Scene, where: Frame, name: str) -> Iterator[Proposal]:
    """Two files import each other: the import goes, where nothing uses it; it moves into the functions that do."""
    for frame in (one for one in reversed(scene.failure.frames) if one.own and "import" in one.code):
        tree, text = scene.tree.python.get(frame.file), scene.tree.texts.get(frame.file, "")
        nodes = [one for one in tree.body if one.lineno == frame.line] if tree else []
        if tree is None or not nodes or not isinstance(nodes[0], ast.ImportFrom) or len(nodes[0].names) > 1:
            continue
        node, given = nodes[0], nodes[0].names[0].asname or nodes[0].names[0].name
        edit = RemoveImport(module=node.module or "", name=node.names[0].name)
        if not any(one.id == given for one in every(tree, ast.Name)):
            yield from by_edit(scene, "circular-import", frame.file, edit, f"- `{frame.code}`", name=given)
            continue
        for function in functions(tree):
            if any(one.id == given for item in function.body for one in every(item, ast.Name)):
                first = body_without_docstring(function)[0].lineno
                text = InsertStatement(statement=frame.code, where="before", line=first).apply(text) or text
                break
        change = f"`{frame.code}` → `def`"
        yield from in_code(scene, "circular-import", frame.file, edit.apply(text), change, guess=True, name=given)


def _offered(scene: Scene, module: str, name: str) -> tuple[set[str], list[str]]:
    """What an installed module has, and the modules around it that have the name."""
    top = module.partition(".")[0]
    around = list(
        dict.fromkeys([top, *([module.rpartition(".")[0]] if "." in module else []), *_USUAL_HOMES.get(top, ())])
    )
    found = offers(scene.python, [(module, []), *((one, [name]) for one in around)])
    return set(found[0].names), [
        one for one, offer in zip(around, found[1:], strict=True) if offer.found and one != module
    ]


# What trl keeps apart, a part for each way of training.
_EXPERIMENTS = ("orpo", "cpo", "kto", "bco", "ppo", "prm", "xpo", "nash_md", "online_dpo", "gkd", "judges", "utils")
# Where packages move what they had elsewhere.
_USUAL_HOMES = {
    "transformers": (
        "torch.optim",
        "transformers.utils",
        "peft",
        "trl",
        "datasets",
        "transformers.trainer_utils",
        "transformers.integrations",
    ),
    "trl": (
        "transformers",
        "peft",
        "trl.trainer.utils",
        "trl.models",
        *(f"trl.experimental.{one}" for one in _EXPERIMENTS),
    ),
    "peft": ("transformers", "peft.utils", "peft.tuners.lora"),
    "datasets": ("evaluate", "datasets.utils"),
    "torch": (
        "torch.utils",
        "torch.nn",
        "torch.amp",
        "torch.nn.functional",
        "torch.optim.lr_scheduler",
        "torch.utils.data",
    ),
    "collections": ("collections.abc", "typing"),
    "typing": ("collections.abc", "typing_extensions"),
    "pydantic": ("pydantic_settings",),
    "numpy": ("numpy.random", "numpy.lib", "numpy.exceptions"),
}


def _relative(scene: Scene, where: Frame) -> Iterator[Proposal]:
    """A file that is run as a script has no package that a relative import could start from."""
    package = module_name(where.file).split(".")
    text = scene.tree.texts.get(where.file, "")

    def absolute(found: re.Match[str]) -> str:
        base = package[: -len(found["dots"])]
        return "from " + ".".join([*base, *([found["rest"]] if found["rest"] else [])]) + " import"

    changed = re.sub(r"(?m)^from (?P<dots>\.+)(?P<rest>[\w.]*) import", absolute, text)
    if "from  import" not in changed:
        yield from in_code(scene, "relative-import", where.file, changed, "`from .x` → `from package.x`")
