"""What a training does: the deeds that a repair may not take away, each with the conditions under which it is done."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from agents.reviewer.syntax import Function, dotted, every, functions, last

JUMPS = (ast.Return, ast.Continue, ast.Break, ast.Raise)
# What is called, by the last part of its name, and what may stand before that. The first that fits counts.
_KINDS: tuple[tuple[str, str, str], ...] = (
    ("backward", r"backward|grad", r"|.*(loss|autograd|scale|total|objective|accelerator|engine|manual).*"),
    ("backward", r"backward|manual_backward", r".*"),
    ("schedule", r"step|update", r".*(sched|warmup|lr_).*"),
    ("schedule", r"set_lr|lr_factor|(adjust|update|set|get)_(lr|learning_rate)\w*|get_\w*schedule\w*|\w*LR", r".*"),
    ("profile", r"step", r".*(prof|bar|progress|timer|tqdm).*"),
    ("optimizer", r"step|optimizer_step|apply_gradients", r".*(optim|scaler|adam|sgd|muon|opt\b|accelerator|member).*"),
    ("zero_grad", r"zero_grad", r".*"),
    ("clip", r"clip_grad\w*|unscale_|clip_gradients", r".*"),
    ("seed", r"manual_seed\w*|seed|seed_\w+|set_seed|fix_seed|use_deterministic_algorithms|restore_rng", r".*"),
    ("save", r"_?save\w*|write_checkpoint|\w*save_checkpoint", r".*"),
    ("load", r"load_state_dict|restore_\w+|load_checkpoint", r".*"),
    ("eval_mode", r"eval", r".+"),
    ("train_mode", r"train", r".*(model|net|decoder|module|policy|gpt|lm).*"),
    (
        "evaluation",
        r"_?(run_|do_)?(validate|validation|evaluate|evaluation|estimate_loss|perplexity|eval_\w+)\w*",
        r".*",
    ),
    ("loss", r"\w*(cross_entropy|nll_loss|[Ll]oss|logsigmoid|kl_div)\w*", r".*"),
    ("check", r"_?(check|verify|ensure|require|assert)(_\w+)?|isfinite|isnan|isinf", r".*"),
    ("exchange", r"barrier|all_reduce|sync_gradients|broadcast", r".*"),
)
# What makes a run shorter; a repair may not do it where it was not done.
SHORTENING = re.compile(r"short\w*|fast_dev\w*|smoke\w*|\w*dev_run|tiny\w*|subset|Subset|islice|limit_\w+|take")
_VITAL = {"backward", "optimizer", "schedule", "evaluation", "save", "seed", "clip"}
_GUARDING = re.compile(r"valid|eval|checkpoint|guard|check|stop|sav", re.IGNORECASE)


@dataclass(frozen=True)
class Deed:
    """One thing that is done. `function` is the dotted name of the function that does it, empty for the module."""

    kind: str
    text: str
    function: str
    conditions: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class _Place:
    function: str = ""
    conditions: tuple[str, ...] = ()

    def under(self, condition: str) -> _Place:
        return replace(self, conditions=(*self.conditions, condition))

    def inside(self, name: str) -> _Place:
        return _Place(f"{self.function}.{name}" if self.function else name)


@lru_cache(2048)
def kind_of(name: str) -> str:
    """What a call of that dotted name does for a training; empty where it is nothing that counts."""
    before, _, called = name.rpartition(".")
    fitting = (
        kind for kind, word, of in _KINDS if re.fullmatch(word, called) and re.fullmatch(of, before, re.IGNORECASE)
    )
    return next(fitting, "")


@lru_cache(2048)
def deeds(tree: ast.Module, vital: frozenset[str] = frozenset()) -> tuple[Deed, ...]:
    """All deeds that can be reached; `vital`: the names of the project's own functions that do some."""
    return tuple(_in_body(tree.body, _Place(), vital))


def _in_body(body: list[ast.stmt], place: _Place, vital: frozenset[str]) -> Iterator[Deed]:
    for node in body:
        yield from _in_statement(node, place, vital)
        if isinstance(node, JUMPS):
            return  # what stands below is never done


def _in_statement(node: ast.stmt, place: _Place, vital: frozenset[str]) -> Iterator[Deed]:
    if isinstance(node, ast.Raise):
        yield Deed("raise", "raise", place.function, place.conditions, node.lineno)
    elif isinstance(node, ast.Assert):
        yield Deed("assert", ast.unparse(node.test), place.function, place.conditions, node.lineno)
    if isinstance(node, Function | ast.ClassDef):
        for decorator in node.decorator_list:
            yield from _in_expression(decorator, place, vital)
        yield from _in_body(node.body, place.inside(node.name), vital)
        return
    for value in ast.iter_child_nodes(node):
        if isinstance(value, ast.expr):
            yield from _in_expression(value, place, vital)
        elif isinstance(value, ast.withitem):
            yield from _in_expression(value.context_expr, place, vital)
    for blocks, condition in _branches(node):
        yield from _in_body(blocks, place.under(condition) if condition else place, vital)


def _branches(node: ast.stmt) -> Iterator[tuple[list[ast.stmt], str]]:
    """The blocks below a statement, each with the condition under which it is reached."""
    if isinstance(node, ast.If | ast.While):
        word = "if" if isinstance(node, ast.If) else "while"
        yield node.body, f"{word} {ast.unparse(node.test)}"
        yield node.orelse, f"else {ast.unparse(node.test)}" if isinstance(node, ast.If) else ""
    elif isinstance(node, ast.For | ast.AsyncFor):
        yield node.body, ""
        yield node.orelse, "else for"
    elif isinstance(node, ast.With | ast.AsyncWith):
        hiding = [one for one in node.items if "suppress" in ast.unparse(one.context_expr)]
        yield node.body, "suppress" if hiding else ""
    elif isinstance(node, ast.Try):
        yield node.body, "try"
        yield from ((handler.body, "except") for handler in node.handlers)
        yield node.orelse, "try"
        yield node.finalbody, ""
    elif isinstance(node, ast.Match):
        yield from ((case.body, f"case {ast.unparse(case.pattern)}") for case in node.cases)


def _in_expression(node: ast.AST, place: _Place, vital: frozenset[str]) -> Iterator[Deed]:
    if isinstance(node, ast.Call):
        name = dotted(node.func)
        if kind := kind_of(name):
            stays = kind == "train_mode" and any(isinstance(one, ast.Constant) and not one.value for one in node.args)
            kind = "eval_mode" if stays else kind
            yield Deed(kind, ast.unparse(node), place.function, place.conditions, node.lineno)
        if SHORTENING.fullmatch(last(name)):
            yield Deed("shortens", ast.unparse(node), place.function, place.conditions, node.lineno)
        if last(name) in vital:
            yield Deed(f"calls {last(name)}", name, place.function, place.conditions, node.lineno)
    if isinstance(node, ast.IfExp):
        yield from _in_expression(node.test, place, vital)
        yield from _in_expression(node.body, place.under(f"if {ast.unparse(node.test)}"), vital)
        yield from _in_expression(node.orelse, place.under(f"else {ast.unparse(node.test)}"), vital)
    elif isinstance(node, ast.BoolOp):
        yield from _in_expression(node.values[0], place, vital)
        word = "if" if isinstance(node.op, ast.And) else "else"
        for value in node.values[1:]:
            yield from _in_expression(value, place.under(f"{word} {ast.unparse(node.values[0])}"), vital)
    elif isinstance(node, ast.Lambda):
        yield from _in_expression(node.body, place.under("lambda"), vital)
    elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        tests = [f"if {ast.unparse(test)}" for one in node.generators for test in one.ifs]
        tests += ["generator"] if isinstance(node, ast.GeneratorExp) else []  # it may never be asked
        inner = replace(place, conditions=(*place.conditions, *tests))
        for child in ast.iter_child_nodes(node):
            yield from _in_expression(child, inner, vital)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _in_expression(child, place, vital)


def vital_names(trees: Mapping[str, ast.Module]) -> frozenset[str]:
    """The project's own functions that do a deed, or call one that does, and classes that guard by their name."""
    definitions = [one for tree in trees.values() for one in _definitions(tree)]
    counts = Counter(one.name for one in definitions)
    found = {one.name for one in definitions if one.is_vital}
    while more := {
        one.name
        for one in definitions
        if one.name not in found and (one.own & found or any(counts[name] == 1 for name in one.others & found))
    }:
        found |= more
    return frozenset(name for name in found if not name.startswith("__"))


class _Definition(NamedTuple):
    """A function or class, and the last names of what it calls: by itself, and of other things."""

    name: str
    is_vital: bool
    own: frozenset[str]
    others: frozenset[str]


@lru_cache(2048)
def _definitions(tree: ast.Module) -> tuple[_Definition, ...]:
    found = [
        _Definition(node.name, _GUARDING.search(node.name) is not None, frozenset(), frozenset())
        for node in every(tree, ast.ClassDef)
    ]
    for node in functions(tree):
        called = {dotted(call.func) for call in every(node, ast.Call)}
        own = {one for one in called if one.removeprefix("self.").count(".") == 0}
        is_vital = any(kind_of(one) in _VITAL for one in called)
        found.append(_Definition(node.name, is_vital, frozenset(map(last, own)), frozenset(map(last, called - own))))
    return tuple(found)
