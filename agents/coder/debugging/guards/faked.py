"""Losses, gradients and tokens that are not what they say they are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from agents.coder.debugging.guards.deeds import kind_of
from agents.reviewer.syntax import dotted, every, last, nodes

Found = Iterator[tuple[str, int]]
_IDS = re.compile(r"ids?|tokens?|labels?|targets?|inputs?|idx|x|y", re.IGNORECASE)
_LOSS = re.compile(r"(.*_)?(loss|objective)(_.*)?", re.IGNORECASE)
_DRIVING = re.compile(r"loss|total|objective|summed|grad|logit|entropy", re.IGNORECASE)
_MADE = re.compile(r"(zeros|ones|full|tensor|empty|rand|randn)(_like)?|new_(zeros|ones|full)")
_TELLING = re.compile(
    r"(.*\.)?(print|append|log\w*|info|debug|tell|float|record\w*|add_scalar|update|isfinite|isnan|format|add_up)"
)
_OUTSIDE = {"cpu", "item", "numpy", "tolist", "float", "clone", "mean"}
_SMALL = 1e-3


def faked(tree: ast.Module) -> Found:
    """Products with nothing, tokens bent into range, losses that are made up, steps that are given nothing."""
    summed = {dotted(node.target) for node in every(tree, ast.AugAssign)}
    calls = [call.func for call in every(tree, ast.Call) if isinstance(call.func, ast.Attribute)]
    driven = {dotted(func.value) for func in calls if func.attr == "backward"} - summed - {""}
    for node in every(tree, ast.BinOp):
        if _is_nothing(node):
            yield ast.unparse(node), node.lineno
    for choice in every(tree, ast.IfExp):
        if re.search(r"isnan|isfinite|isinf", ast.unparse(choice.test)):
            yield ast.unparse(choice), choice.lineno
    for assign in every(tree, ast.Assign):
        yield from _made_up(assign, driven, summed)
    for call in every(tree, ast.Call):
        if _bends(call) or _is_given_nothing(call):
            yield ast.unparse(call), call.lineno


def _is_nothing(node: ast.BinOp) -> bool:
    """A factor that leaves nothing over, and token ids that are wrapped round the vocabulary."""
    if isinstance(node.op, ast.Mod):
        return "vocab" in ast.unparse(node.right)
    drives = _DRIVING.search(ast.unparse(node)) is not None
    if isinstance(node.op, ast.Mult):
        sizes = [_size(node.left), _size(node.right)]
        return 0 in sizes or (drives and any(size is not None and size < _SMALL for size in sizes))
    size = _size(node.right)
    return isinstance(node.op, ast.Div) and drives and size is not None and size > 1 / _SMALL


def _size(node: ast.expr) -> float | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return abs(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _made_up(node: ast.Assign, driven: set[str], summed: set[str]) -> Found:
    for target in node.targets:
        name, text = dotted(target), ast.unparse(node.value)
        is_loss = name in driven or (_LOSS.fullmatch(last(name)) and name not in summed)
        is_made = isinstance(node.value, ast.Call) and _MADE.fullmatch(last(dotted(node.value.func)))
        is_plain = not any(isinstance(one, ast.Name | ast.Attribute | ast.Call) for one in ast.walk(node.value))
        freezes = isinstance(target, ast.Attribute) and target.attr == "requires_grad" and text == "False"
        sets_gradient = isinstance(target, ast.Attribute) and target.attr == "grad" and text != "None"
        if (
            (name in driven and is_plain)
            or (is_loss and is_made)
            or freezes
            or sets_gradient
            or _is_head(target, node.value)
        ):
            yield ast.unparse(node), node.lineno


def _is_head(target: ast.expr, value: ast.expr) -> bool:
    """`texts = texts[:10]`"""
    cut = value.slice if isinstance(value, ast.Subscript) and dotted(value.value) == dotted(target) != "" else None
    return isinstance(cut, ast.Slice) and cut.lower is None and isinstance(cut.upper, ast.Constant)


def _bends(node: ast.Call) -> bool:
    """Values forced into their range, NaN replaced, gradients demanded of what has none."""
    name, called = dotted(node.func), last(dotted(node.func))
    of = last(name.rpartition(".")[0]) or (last(dotted(node.args[0])) if node.args else "")
    of = last(dotted(node.args[0])) if of in ("torch", "np", "F") and node.args else of
    if called in ("clamp", "clamp_", "clip", "remainder", "fmod", "minimum"):
        return bool(_IDS.fullmatch(of) or _LOSS.fullmatch(of))
    if called == "where" and node.args:
        return re.search(r"isnan|isfinite|isinf", ast.unparse(node.args[0])) is not None
    is_false = any(isinstance(one, ast.Constant) and one.value is False for one in node.args)
    return called == "requires_grad_" and bool(is_false or re.search("loss|logit|hidden|out", of))


def _is_given_nothing(node: ast.Call) -> bool:
    """An optimizer without parameters, a step or a clipping that is told to do nothing."""
    name = dotted(node.func)
    if re.search(r"(Adam\w*|SGD|Muon|Lion)$", name):
        return any(isinstance(one, ast.List) and not one.elts for one in node.args[:1])
    if kind_of(name) == "save" and node.args and ast.unparse(node.args[0]) in ("{}", "[]", "None", "dict()", "list()"):
        return True
    inner = [one for value in node.args for one in every(value, ast.Call)]
    if kind_of(name) in ("optimizer", "clip", "backward", "loss"):
        made = any(_MADE.fullmatch(word := last(dotted(one.func))) and word != "tensor" for one in inner)
        limit = node.args[1:2] if kind_of(name) == "clip" else []
        return made or any(_is_endless(one) for one in limit)
    return False


def _is_endless(node: ast.expr) -> bool:
    """A limit that nothing reaches."""
    size = _size(node)
    return ast.unparse(node) in ("float('inf')", "math.inf", "torch.inf", "np.inf") or (size is not None and size > 1e3)


def detached(tree: ast.Module) -> Found:
    """Values cut off from their gradient, unless only to be counted, shown or moved out of PyTorch."""
    fine: set[ast.AST] = {one.value for one in every(tree, ast.Attribute) if one.attr in _OUTSIDE}
    for node in every(tree, ast.AugAssign):
        fine |= set(nodes(node.value))
    for call in every(tree, ast.Call):
        if _TELLING.fullmatch(dotted(call.func)):
            fine |= {inner for one in call.args for inner in nodes(one)}
    for call in every(tree, ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("detach", "detach_") and call not in fine:
            yield ast.unparse(call), call.lineno
