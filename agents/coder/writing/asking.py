"""The question for code that no template has, and what is told with it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agents.coder.writing.bounds import FLOORS, PREFIX, TESTS, Written, written_faults
from agents.reviewer.subject import package_of
from agents.reviewer.syntax import Function
from framework.artifacts.base import Strict
from framework.artifacts.tech import Unmet
from framework.engines.base import Ask, Fenced
from framework.messages import Lang
from framework.runtime.codetree import CodeTree

_MOST = 9_000  # characters of what the modules offer
_SAMPLE = 4_000


class Commission(Strict):
    """The context of the question."""

    language: Lang
    package: str
    floors: list[str]
    wish: Fenced
    lacking: Fenced
    modules: Fenced
    sample: Fenced


def ask(tree: CodeTree, wish: Unmet, lang: Lang) -> Ask[Commission, Written]:
    """The question about one wish. A rule writes no code."""
    own = without_extras(tree)
    return Ask(
        kind="coder.write_code",
        context=_commission(own, wish, lang),
        output=Written,
        rule=lambda _: Written(files=[], claim=""),
        faults=lambda _, written: written_faults(own, written),
    )


def without_extras(tree: CodeTree) -> CodeTree:
    """The project without what a model wrote before: the same question then has the same answer."""
    kept = {name: data for name, data in tree.files.items() if f"/{PREFIX}" not in name and not name.startswith(TESTS)}
    return CodeTree(tree.root, kept)


def _commission(tree: CodeTree, wish: Unmet, lang: Lang) -> Commission:
    package = package_of(tree)
    there = [floor for floor in FLOORS if any(name.startswith(f"src/{package}/{floor}/") for name in tree.files)]
    return Commission(
        language=lang,
        package=package,
        floors=there,
        wish=f"{wish.slot}: {wish.wish}",
        lacking=wish.why,
        modules="\n".join(_within(_offers(tree, package, there))),
        sample=_sample(tree, package),
    )


def _within(lines: Iterator[str]) -> Iterator[str]:
    room = _MOST
    for line in lines:
        room -= len(line)
        if room < 0:
            return
        yield line


def _offers(tree: CodeTree, package: str, floors: list[str]) -> Iterator[str]:
    """Every module with its public names and its first line."""
    for floor in floors:
        for file, module in sorted(tree.python.items()):
            if file.startswith(f"src/{package}/{floor}/") and (names := _public(module)):
                said = (ast.get_docstring(module) or "").partition("\n")[0]
                yield f"{file.removeprefix('src/').removesuffix('.py').replace('/', '.')}: {said} [{', '.join(names)}]"


def _public(module: ast.Module) -> list[str]:
    nodes = [node for node in module.body if isinstance(node, Function | ast.ClassDef)]
    return [_signature(node) for node in nodes if not node.name.startswith("_")]


def _signature(node: Function | ast.ClassDef) -> str:
    return node.name if isinstance(node, ast.ClassDef) else f"{node.name}({ast.unparse(node.args)})"[:160]


def _sample(tree: CodeTree, package: str) -> str:
    """A short module, as this project writes them."""
    name = f"src/{package}/evaluation/metrics.py"
    return f"=== {name}\n{tree.texts[name][:_SAMPLE]}" if name in tree.texts else "-"
