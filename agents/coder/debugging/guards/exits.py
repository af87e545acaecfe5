"""The exit code is how a command says that it failed: no repair makes it say something else."""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from agents.coder.debugging.code_edits.base import aliases
from agents.coder.debugging.guards.breach import Breach, Code, breach
from agents.reviewer.syntax import dotted, every, last

_EXITS = {"sys.exit", "exit", "quit", "os._exit", "SystemExit"}


class _End(NamedTuple):
    """One end of a process: its words, and whether it tells, or may tell, of a failure."""

    text: str
    fails: bool
    is_fixed: bool  # a number, or what builtins make of one, not what the project's own functions say
    line: int


def changed_exits(file: str, before: Code, after: ast.Module) -> Iterator[Breach]:
    """Ends with failure that are gone, and ends with another fixed code than there was."""
    old, new = list(_ends(before)) if before else [], list(_ends(after))
    lost = sum(one.fails for one in old) - sum(one.fails for one in new)
    if lost > 0:
        gone = Counter(one.text for one in old if one.fails) - Counter(one.text for one in new)
        yield breach("guard.exit_code", file=file, what=next(iter(gone), "exit"))
    known = {one.text for one in old}
    if old:
        yield from (
            breach("guard.exit_code", file=file, what=one.text) for one in new if one.is_fixed and one.text not in known
        )


def _ends(tree: ast.Module) -> Iterator[_End]:
    known = aliases(tree)
    asked = set[str]()
    for call in every(tree, ast.Call):
        first, dot, rest = dotted(call.func).partition(".")
        if f"{known.get(first, first)}{dot}{rest}" in _EXITS:
            code = next(iter([*call.args, *(one.value for one in call.keywords)]), None)
            asked |= {last(dotted(code.func))} if isinstance(code, ast.Call) else set()
            yield _end(call, code)
    for node in every(tree, ast.Raise):
        if node.exc and dotted(node.exc) == "SystemExit" and not isinstance(node.exc, ast.Call):
            yield _End("SystemExit", fails=False, is_fixed=True, line=node.lineno)
    for function in every(tree, ast.FunctionDef):
        if function.name in asked:
            for back in every(function, ast.Return):
                if isinstance(back.value, ast.Constant) and back.value.value:
                    yield _End(ast.unparse(back), fails=True, is_fixed=False, line=back.lineno)


def _end(call: ast.Call, code: ast.expr | None) -> _End:
    if code is None or isinstance(code, ast.Constant):
        value = code.value if isinstance(code, ast.Constant) else None
        return _End(ast.unparse(call), fails=bool(value), is_fixed=not isinstance(value, str), line=call.lineno)
    is_fixed = isinstance(code, ast.Call) and hasattr(builtins, dotted(code.func))
    return _End(ast.unparse(call), fails=not is_fixed, is_fixed=is_fixed, line=call.lineno)
