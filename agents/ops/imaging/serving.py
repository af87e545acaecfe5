"""What of the project's requirements the server needs: what its code imports, and what that needs in turn."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from agents.ops.wanted import Declared, direct_names
from framework.artifacts.pins import Pin, normal
from framework.runtime.codetree import CodeTree

ENTRY = "scripts/serve.py"
EXTRA = "serve"
TORCH = "torch"


@dataclass(frozen=True)
class ServingPins:
    """The requirements of an image, in two parts: PyTorch's own, which hardly ever change, and the rest."""

    torch: list[Pin]
    serving: list[Pin]

    @property
    def pins(self) -> list[Pin]:
        """All of them."""
        return [*self.torch, *self.serving]


def direct(tree: CodeTree, project: Declared, brought_by: Mapping[str, Collection[str]]) -> list[str]:
    """Of the project's dependencies those that the server's code imports, and the extra `serve`.

    What belongs to another extra (ONNX, say) is not served by default, and is left out.
    """
    imported = {normal(maker) for module in reached(tree) for maker in brought_by.get(module, [])}
    always = direct_names(project.of_extra(EXTRA))
    return sorted({name for name in direct_names(project.dependencies) if name in imported} | set(always))


def split(pins: Sequence[Pin], serving: Collection[str], torch: Collection[str]) -> ServingPins:
    """The lines for the server; those that PyTorch needs make a part of their own."""
    return ServingPins(
        torch=[pin for pin in pins if pin.name in torch],
        serving=[pin for pin in pins if pin.name in serving and pin.name not in torch],
    )


def reached(tree: CodeTree) -> set[str]:
    """The foreign modules that are imported when the server's script is run, here or in a function that it may call."""
    own = {_module(path): path for path in tree.python if path.startswith("src/")}
    seen: set[str] = set()
    foreign: set[str] = set()
    waiting = [ENTRY]
    while waiting:
        path = waiting.pop()
        if path in seen or path not in tree.python:
            continue
        seen.add(path)
        for module in _imported(tree.python[path]):
            found = [own[name] for name in _with_parents(module) if name in own]
            waiting += found
            foreign |= set() if found else {module.partition(".")[0]}
    return foreign


def _module(path: str) -> str:
    return path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _with_parents(module: str) -> list[str]:
    """Whoever imports a.b.c imports a and a.b too."""
    parts = module.split(".")
    return [".".join(parts[: count + 1]) for count in range(len(parts))]


def _imported(parsed: ast.Module) -> Iterator[str]:
    """Every module that is named; of `from a import b`, b may be one."""
    for node in ast.walk(parsed):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
