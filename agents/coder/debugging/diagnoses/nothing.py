"""Something is None that should not be: mostly a function that was to give something back and does not."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agents.coder.debugging.code_edits.edits import applied
from agents.coder.debugging.code_edits.statements import InsertStatement, ReplaceStatement
from agents.coder.debugging.definitions import sources
from agents.coder.debugging.proposing import in_code
from agents.coder.debugging.scene import Proposal, Scene
from agents.reviewer.syntax import Function, body_without_docstring, decorators, dotted, every, functions

_GIVES_NOTHING = ("None", "NoReturn", "Never", "'None'")


def diagnose(scene: Scene) -> Iterator[Proposal]:
    """Of any error that speaks of None."""
    if "NoneType" not in scene.failure.message and "None" not in scene.failure.message:
        return
    called = {dotted(call.func).rpartition(".")[2] for call in _calls(scene)}
    found = [(file, one) for file, tree in sources(scene.tree).items() for one in functions(tree) if _forgot(one)]
    for file, one in sorted(found, key=lambda pair: pair[1].name not in called):
        if one.returns is not None or one.name in called:
            text = _returning(scene.tree.texts[file], one)
            change = f"`{one.name}`: + `return`"
            yield from in_code(scene, "forgotten-return", file, text, change, guess=one.returns is None, name=one.name)


def _calls(scene: Scene) -> list[ast.Call]:
    """The calls in the functions of the traceback: one of them gave the None."""
    files = {frame.file for frame in scene.failure.frames if frame.own} & scene.tree.python.keys()
    return [call for file in files for call in every(scene.tree.python[file], ast.Call)]


def _forgot(function: Function) -> bool:
    """It says, or its body does, that something comes out, and nothing does."""
    if function.returns is not None and ast.unparse(function.returns) in _GIVES_NOTHING:
        return False
    body = body_without_docstring(function)
    if not body or any("abstract" in one or "overload" in one for one in decorators(function)):
        return False
    if isinstance(body[-1], ast.Raise | ast.Pass) or (isinstance(body[-1], ast.Expr) and _is_dots(body[-1].value)):
        return False
    if any(isinstance(one, ast.Yield | ast.YieldFrom) for one in ast.walk(function)) or function.name == "__init__":
        return False
    return all(one.value is None for one in every(function, ast.Return)) and _ends(body[-1])


def _is_dots(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


def _ends(last: ast.stmt) -> bool:
    """A result that is thrown away, or a variable that nobody reads any more."""
    if isinstance(last, ast.Assign):
        return isinstance(last.targets[0], ast.Name)
    return isinstance(last, ast.AnnAssign | ast.Expr | ast.AugAssign | ast.If | ast.With | ast.For)


def _returning(text: str, function: Function) -> str | None:
    last = function.body[-1]
    if isinstance(last, ast.Expr):
        return applied(text, ReplaceStatement(statement=f"return {ast.unparse(last.value)}", line=last.lineno))
    target = last.targets[0] if isinstance(last, ast.Assign) else getattr(last, "target", None)
    name = target.id if isinstance(target, ast.Name) and not isinstance(last, ast.For) else _made(function)
    if name is None:
        return None
    return applied(text, InsertStatement(statement=f"return {name}", where="after", line=last.lineno))


def _made(function: Function) -> str | None:
    """The variable that the function has worked on: the one that it set first at its own level, and changed since."""
    plain = [item for item in function.body if isinstance(item, ast.Assign | ast.AnnAssign)]
    targets = [item.targets[0] if isinstance(item, ast.Assign) else item.target for item in plain]
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    last = function.body[-1]
    touched = {one.id for one in every(last, ast.Name)}
    return next((name for name in reversed(names) if name in touched), None)
