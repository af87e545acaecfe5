"""Whether the way through a function has got shorter: errors swallowed, ends come early, loops cut, bodies emptied."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from agents.coder.debugging.guards.breach import Breach, Code, breach, newcomers
from agents.coder.debugging.guards.deeds import kind_of
from agents.reviewer.syntax import Function, body_without_docstring, children, dotted, every

_BROAD = {"", "Exception", "BaseException", "RuntimeError", "Warning", "SystemExit"}
_MISSING = {"ImportError", "ModuleNotFoundError"}
_HARMLESS = re.compile(
    r"^(staticmethod|classmethod|property|cached_property|override|abstractmethod|contextmanager|dataclass)"
    r"|no_grad|inference_mode|validator|overload|fixture|compile"
)
_BLANK = re.compile(r"if not [\w.\[\]]+(\.strip\(\))?:|if [\w.]+ == '':|if [\w.\[\]]+\.isspace\(\):")


def shorter_ways(file: str, before: Code, after: ast.Module) -> Iterator[Breach]:
    """What of it a file has got."""
    old, new = by_function(before), by_function(after)
    for name, body in new.items():
        there = old.get(name, [])
        yield from _swallowing(file, there, body)
        if name in old or not name:
            yield from _early_ends(file, name, there, body)
            yield from _cut_loops(file, there, body)
            yield from _emptied(file, name, there, body)
    names = Counter(_qualified(after))
    yield from (
        breach("guard.twice", file=file, what=name)
        for name, n in names.items()
        if n > Counter(_qualified(before))[name] > 0
    )


def by_function(tree: Code) -> dict[str, list[ast.stmt]]:
    """Every statement by the function that runs it, the module's own under the empty name."""
    found: dict[str, list[ast.stmt]] = {}
    for name, node in _walk(tree, "") if tree else ():
        found.setdefault(name, []).append(node)
    return found


def _walk(node: ast.AST, name: str) -> Iterator[tuple[str, ast.stmt]]:
    for child in children(node):
        inner = name
        if isinstance(child, Function | ast.ClassDef):
            inner = f"{name}.{child.name}" if name else child.name
            if isinstance(child, Function):
                yield inner, child
        elif isinstance(child, ast.stmt):
            yield name, child
        yield from _walk(child, inner)


def _qualified(tree: Code) -> Iterator[str]:
    """The names of all functions; one that is overloaded or a property has several by right."""
    for name, node in _walk(tree, "") if tree else ():
        if isinstance(node, Function) and not node.decorator_list:
            yield name


def _swallowing(file: str, before: list[ast.stmt], after: list[ast.stmt]) -> Iterator[Breach]:
    old = [one for one in before if isinstance(one, ast.Try)]
    new = [one for one in after if isinstance(one, ast.Try) and not _chooses_import(one)]
    if len(new) > len([one for one in old if not _chooses_import(one)]):
        yield breach("guard.new_try", file=file, line=new[-1].lineno)
    else:
        types = [(kind, one.lineno) for one in new for kind in _caught(one)]
        was = [kind for one in old for kind in _caught(one)]
        for kind, line in newcomers(was, types):
            if kind in _BROAD or len(types) > len(was):
                yield breach("guard.wider_except", file=file, line=line, what=kind or "except:")
        yield from _moved_into(file, before, old, new)


def _chooses_import(node: ast.Try) -> bool:
    """One library or else another, under the same name."""
    imports = ast.Import | ast.ImportFrom
    handlers = node.handlers
    return (
        all(isinstance(one, imports) for one in node.body)
        and all(isinstance(one, imports) for handler in handlers for one in handler.body)
        and set(_caught(node)) <= _MISSING
    )


def _caught(node: ast.Try) -> list[str]:
    kinds = [handler.type for handler in node.handlers]
    each = [part for kind in kinds for part in (kind.elts if isinstance(kind, ast.Tuple) else [kind])]
    return [ast.unparse(part).rpartition(".")[2] if part else "" for part in each]


def _moved_into(file: str, before: list[ast.stmt], old: list[ast.Try], new: list[ast.Try]) -> Iterator[Breach]:
    """Statements that stood outside of every `try` and stand in one now."""
    inside = Counter(ast.unparse(one) for node in old for one in _below(node.body))
    outside = Counter(ast.unparse(one) for one in before) - inside
    for node in new:
        for one in _below(node.body):
            text = ast.unparse(one)
            inside[text] -= 1
            if inside[text] < 0 and outside[text] > 0 and not isinstance(one, ast.Pass):
                yield breach("guard.new_try", file=file, line=one.lineno)
                return


def _below(body: list[ast.stmt]) -> list[ast.stmt]:
    return [inner for one in body for inner in ast.walk(one) if isinstance(inner, ast.stmt)]


def _early_ends(file: str, name: str, before: list[ast.stmt], after: list[ast.stmt]) -> Iterator[Breach]:
    kinds = {ast.Return: "return", ast.Continue: "continue", ast.Break: "break"}
    for kind, word in kinds.items():
        old = [one for one in before if isinstance(one, kind)]
        new = [one for one in after if isinstance(one, kind) and not _is_plain_end(after, one)]
        known = len([one for one in old if not _is_plain_end(before, one)])
        if len(new) > known:
            yield breach("guard.early_end", file=file, line=new[-1].lineno, what=word, function=name or file)


def _is_plain_end(body: list[ast.stmt], node: ast.stmt) -> bool:
    """A return at the very end of its function, or going on with the next line after an empty one."""
    if isinstance(node, ast.Return):
        own = body[0]
        return isinstance(own, Function) and own.body[-1] is node
    holding = next((one for one in body if isinstance(one, ast.If) and one.body == [node] and not one.orelse), None)
    is_blank = holding is not None and _BLANK.fullmatch(ast.unparse(holding).splitlines()[0])
    return isinstance(node, ast.Continue) and bool(is_blank)


def _cut_loops(file: str, before: list[ast.stmt], after: list[ast.stmt]) -> Iterator[Breach]:
    """A loop over fewer things: its range became a number, or something now ends it early."""
    old = [one for one in before if isinstance(one, ast.For | ast.AsyncFor)]
    new = [one for one in after if isinstance(one, ast.For | ast.AsyncFor)]
    if len(new) < len(old):
        gone = [one for one in old if any(kind_of(dotted(call.func)) for call in every(one, ast.Call))]
        if gone:
            yield breach("guard.cut_loop", file=file, line=gone[0].lineno, what=ast.unparse(gone[0].iter))
        return
    known = [ast.unparse(one.iter) for one in old]
    for text, line in newcomers(known, [(ast.unparse(one.iter), one.lineno) for one in new]):
        if len(new) == len(old) and _is_cut(known, ast.parse(text, mode="eval").body):
            yield breach("guard.cut_loop", file=file, line=line, what=text)


def _is_cut(known: list[str], new: ast.expr) -> bool:
    text = ast.unparse(new)
    limits = ("islice(", "min(", "[:", "next(", "take(")
    if any(text.count(word) > max((one.count(word) for one in known), default=0) for word in limits):
        return True
    has_names = [one for one in every(new, ast.Name) if one.id not in ("range", "enumerate", "list", "reversed", "zip")]
    return not has_names and any(re.search(r"\b(?!range\b)[a-z_]\w*", one) for one in known)


def _emptied(file: str, name: str, before: list[ast.stmt], after: list[ast.stmt]) -> Iterator[Breach]:
    """A function that did something and now gives a constant, does nothing, or only when somebody asks it again."""
    old, new = before[0] if before else None, after[0]
    if not isinstance(old, Function) or not isinstance(new, Function):
        return
    is_put_off = (type(new) is not type(old)) or (_yields(new) and not _yields(old))
    if is_put_off or (_does_something(old) and not _does_something(new)) or _computed(new) < _computed(old):
        yield breach("guard.emptied", file=file, line=new.lineno, function=name)
    known = [ast.unparse(one) for one in old.decorator_list]
    wrapped = [(ast.unparse(one), one.lineno) for one in new.decorator_list if not _HARMLESS.search(ast.unparse(one))]
    for what, line in newcomers(known, wrapped):
        yield breach("guard.brought_in", file=file, line=line, what=f"@{what}")


def _yields(node: Function) -> bool:
    return bool(every(node, ast.Yield) or every(node, ast.YieldFrom))


def _computed(node: Function) -> int:
    """How many of its returns give something that was worked out, counted only if others give constants."""
    values = [one.value for one in every(node, ast.Return) if one.value is not None]
    computed = [one for one in values if not _is_constant(one)]
    return min(1, len(computed)) if values else 1


def _does_something(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    body = body_without_docstring(node)
    returns = [one.value for one in every(node, ast.Return)]
    is_constant = all(one is None or _is_constant(one) for one in returns)
    acts = any(
        isinstance(one, ast.Call | ast.Raise | ast.Assert | ast.AugAssign | ast.Yield | ast.YieldFrom)
        for one in ast.walk(node)
    )
    stores = any(
        isinstance(one, ast.Attribute | ast.Subscript) and isinstance(one.ctx, ast.Store) for one in ast.walk(node)
    )
    return bool(body) and (acts or stores or not is_constant)


def _is_constant(node: ast.expr) -> bool:
    return not any(isinstance(one, ast.Name | ast.Call | ast.Attribute) for one in ast.walk(node))
