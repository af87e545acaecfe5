"""Whether everything that a training did is still done, and under no more conditions than before."""

from __future__ import annotations

import ast
import difflib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from agents.coder.debugging.guards.breach import Breach, breach
from agents.coder.debugging.guards.deeds import Deed, deeds, vital_names
from agents.reviewer.syntax import dotted, every, last

Trees = Mapping[str, ast.Module]
Deeds = Mapping[str, Sequence[Deed]]  # by file
# One of several equal ones may go: what is done twice may be the very bug.
_ONCE = {"backward", "optimizer", "schedule", "zero_grad", "clip", "eval_mode", "train_mode", "loss", "exchange"}
_MEASURES = re.compile(r"eval|valid|test|generat|sampl|infer|predict|measure|estimate", re.IGNORECASE)
_PER_STEP = {"optimizer", "schedule", "zero_grad", "clip", "exchange"}
_COUNTERS = re.compile(r"accum|micro|step|iter|batch|index|idx|\bi\b|number", re.IGNORECASE)
_FIRST = re.compile(r"rank|is_first|is_main|main_process|primary|master", re.IGNORECASE)
_ORDER = {ast.LtE: ast.Lt, ast.GtE: ast.Gt}
_CASTS = {"int", "float", "bool", "len"}


def lost_deeds(before: Trees, after: Trees) -> Iterator[Breach]:
    """Every deed of `before` that `after` does no longer do, or only under a new condition."""
    vital = vital_names(before)
    called = {last(dotted(call.func)) for tree in after.values() for call in every(tree, ast.Call)}
    there = {file: deeds(tree, vital) for file, tree in after.items()}
    were = {file: deeds(tree, vital) for file, tree in before.items()}
    moved = _moved(were, there, called)
    for file, old in were.items():
        if file in there and old != there[file]:
            yield from _lost(file, old, there[file])
            yield from _fewer(file, old, there[file], moved)


def _lost(file: str, old: Sequence[Deed], new: Sequence[Deed]) -> Iterator[Breach]:
    for deed in new:
        if deed.kind == "shortens" and not any(_shortens_as(one, deed) for one in old):
            yield breach("guard.shorter", file=file, line=deed.line, what=deed.text)
    for deed in (one for one in old if one.kind != "shortens"):
        same = [one for one in new if (one.kind, one.function) == (deed.kind, deed.function)]
        if same and not any(_is_as_free(deed, one) for one in same):
            yield breach("guard.conditional", file=file, line=same[0].line, what=_shown(deed))


def _shortens_as(old: Deed, new: Deed) -> bool:
    """Whether it was shortened there before, and under no fewer conditions."""
    known = [any(is_alike(one, other) for other in new.conditions) for one in old.conditions]
    return (old.kind, old.function) == (new.kind, new.function) and all(known)


def _shown(deed: Deed) -> str:
    return f"{deed.text} ({(deed.conditions or (deed.function,))[-1]})" if deed.kind == "raise" else deed.text


def _is_as_free(old: Deed, new: Deed) -> bool:
    """Whether the new one is done whenever the old one was. A check that is turned round is still a check."""
    is_check = old.kind in ("raise", "assert")
    if old.kind == "assert" and not is_alike(f"if {old.text}", f"if {new.text}", any_order=True):
        return False
    return all(
        any(is_alike(one, condition, any_order=is_check) for one in old.conditions) or _is_allowed(condition, new)
        for condition in new.conditions
    )


def _is_allowed(condition: str, deed: Deed) -> bool:
    """Conditions that make a deed right: the end of an accumulation, the first process, a script that is run."""
    word, _, test = condition.partition(" ")
    if word != "if":
        return False
    node = ast.parse(test, mode="eval").body
    if test in ("__name__ == '__main__'", '__name__ == "__main__"'):
        return True
    if deed.kind == "save" and _FIRST.search(test):
        return not any(isinstance(one, ast.BoolOp) for one in ast.walk(node))
    if deed.kind in ("schedule",) and test.endswith(" is not None"):
        return deed.text.startswith(test.removesuffix(" is not None"))
    return deed.kind in _PER_STEP and all(_is_turn(one) for one in _alternatives(node))


def _alternatives(node: ast.expr) -> list[ast.expr]:
    return node.values if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or) else [node]


def _is_turn(node: ast.expr) -> bool:
    """`(step + 1) % accumulate == 0`, or `step + 1 == len(batches)`."""
    if not (isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], ast.Eq)):
        return False
    if not _COUNTERS.search(ast.unparse(node)):
        return False
    if isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Mod):
        divisor, rest = node.left.right, node.comparators[0]
        small = not isinstance(divisor, ast.Constant) or (isinstance(divisor.value, int) and 0 < divisor.value <= 64)
        named = (
            not isinstance(divisor, ast.Name | ast.Attribute)
            or "accum" in ast.unparse(divisor).lower()
            or "micro" in ast.unparse(divisor)
        )
        within = not isinstance(rest, ast.Constant) or rest.value == 0
        return small and named and within and not isinstance(divisor, ast.BinOp)
    return isinstance(node.comparators[0], ast.Call | ast.BinOp) and "len(" in ast.unparse(node)


def is_alike(old: str, new: str, any_order: bool = False) -> bool:
    """Whether two conditions are the same but for a corrected name, a cast, or the end of a range."""
    if old == new:
        return True
    (word, _, left), (other, _, right) = old.partition(" "), new.partition(" ")
    if word != other or not left or not right:
        return False
    a, b = _plain(left, any_order), _plain(right, any_order)
    if a is None or b is None or ast.dump(a[0]) != ast.dump(b[0]):
        return False
    return all(x == y or difflib.SequenceMatcher(None, x, y).ratio() >= 0.7 for x, y in zip(a[1], b[1], strict=True))


class _Plain(ast.NodeTransformer):
    def __init__(self, any_order: bool) -> None:
        self.names: list[str] = []
        self.any_order = any_order

    def visit_Name(self, node: ast.Name) -> ast.AST:
        self.names.append(node.id)
        return ast.Name("_", node.ctx)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.names.append(node.attr)
        return ast.Attribute(self.visit(node.value), "_", node.ctx)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id in _CASTS and len(node.args) == 1 and not node.keywords:
            return self.visit(node.args[0])  # type: ignore[no-any-return]
        return self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        node.ops = [ast.Lt() if self.any_order else _ORDER.get(type(one), type(one))() for one in node.ops]
        return node


def _plain(test: str, any_order: bool) -> tuple[ast.AST, list[str]] | None:
    try:
        tree = ast.parse(test, mode="eval")
    except SyntaxError:
        return None
    visitor = _Plain(any_order)
    return visitor.visit(tree), visitor.names


def _moved(old: Deeds, new: Deeds, called: set[str]) -> Counter[str]:
    """Deeds by kind that now stand in functions which do them for the first time, if somebody calls these."""
    before = {(file, one.kind, one.function) for file, found in old.items() for one in found}
    now = [(file, one) for file, found in new.items() for one in found if not one.conditions]
    fresh = [one for file, one in now if (file, one.kind, one.function) not in before]
    return Counter(one.kind for one in fresh if last(one.function) in called)


def _fewer(file: str, old: Sequence[Deed], new: Sequence[Deed], moved: Counter[str]) -> Iterator[Breach]:
    """Kinds that a function does less often; one that went elsewhere whole is no loss."""
    counts, now = Counter((d.kind, d.function) for d in old), Counter((d.kind, d.function) for d in new)
    for (kind, function), count in counts.items():
        lost = count - now[kind, function]
        if (
            lost <= 0
            or kind == "shortens"
            or (kind in _ONCE and now[kind, function] and _are_equal(old, kind, function))
        ):
            continue
        if kind == "eval_mode" and ("backward", function) in counts and not _MEASURES.search(function):
            continue  # a training step that does not train is what is mended
        if moved[kind] >= lost:
            moved[kind] -= lost
            continue
        gone = next(one for one in old if (one.kind, one.function) == (kind, function))
        yield breach("guard.removed", file=file, what=_shown(gone), function=function or file)


def _are_equal(old: Sequence[Deed], kind: str, function: str) -> bool:
    """Whether the same is done several times."""
    texts = Counter(one.text for one in old if (one.kind, one.function) == (kind, function))
    return any(count > 1 for count in texts.values())
