"""Silent bugs in the order of a training step: gradients dropped, clipped, divided, the schedule moved."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from agents.coder.debugging.code_edits.rewrite import replaced
from agents.coder.debugging.code_edits.source import Source
from agents.coder.debugging.code_edits.statements import inserted, removed
from agents.coder.debugging.silent.draft import Draft, Texts, beside, config_in, draft, statements
from agents.reviewer.syntax import Function, dotted, every, last


def zero_grad_missing(texts: Texts) -> Iterator[Draft]:
    """Gradients that are never dropped add up over the steps."""
    for file, source in texts.items():
        for function, node, call in statements(source, "step"):
            receiver = dotted(call.func).rpartition(".")[0]
            if not re.search(r"optim|scaler|opt\b|adam", receiver, re.IGNORECASE):
                continue
            if any(last(dotted(one.func)) == "zero_grad" for one in every(function, ast.Call)):
                continue
            owner = dotted(call.args[0]) if "scaler" in receiver and call.args else receiver
            yield from draft("zero_grad", file, node, beside(source, node, f"{owner}.zero_grad()"))


def zero_grad_between(texts: Texts) -> Iterator[Draft]:
    """Gradients dropped between the backward pass and the step, so that the step has none."""
    for file, source in texts.items():
        for function, node, _ in statements(source, "zero_grad"):
            steps = [one for f, one, _ in statements(source, "step") if f is function and one.lineno > node.lineno]
            backs = [one for f, one, _ in statements(source, "backward") if f is function and one.lineno < node.lineno]
            if steps and backs:
                again = [
                    one for f, one, _ in statements(source, "zero_grad") if f is function and one.lineno > node.lineno
                ]
                added = inserted(source, steps[-1], source.segment(node), "after")
                splices = [removed(source, node)] + ([added] if added and not again else [])
                text = source.changed(splices) if added or again else None
                yield from draft("zero_grad_between", file, node, text)


def clip_misplaced(texts: Texts) -> Iterator[Draft]:
    """Clipping belongs between the backward pass and the step."""
    for file, source in texts.items():
        for name in ("clip_grad_norm_", "clip_grad_value_"):
            for function, node, _ in statements(source, name):
                backs = [one for f, one, _ in statements(source, "backward") if f is function]
                steps = [one for f, one, _ in statements(source, "step") if f is function]
                late = [one for one in backs if one.lineno > node.lineno]
                early = [one for one in steps if one.lineno < node.lineno and "optim" in ast.unparse(one)]
                anchor, where = (late[-1], "after") if late else (early[0], "before") if early else (None, "")
                added = inserted(source, anchor, source.segment(node), where) if anchor else None
                yield from draft("clip", file, node, source.changed([removed(source, node), added]) if added else None)


def schedule_missing(texts: Texts) -> Iterator[Draft]:
    """A schedule that is made and never stepped."""
    for file, source in texts.items():
        made = {
            dotted(one.targets[0])
            for one in every(source.tree, ast.Assign)
            if "sched" in dotted(one.targets[0]).lower()
        }
        stepped = {dotted(call.func).rpartition(".")[0] for _, _, call in statements(source, "step")}
        for name in sorted(made - stepped):
            for _, node, call in statements(source, "step"):
                if re.search(r"optim|scaler", dotted(call.func)):
                    yield from draft("schedule", file, node, beside(source, node, f"{name}.step()"))


def schedule_before_step(texts: Texts) -> Iterator[Draft]:
    """A schedule that is stepped once an epoch, or before the optimizer."""
    for file, source in texts.items():
        for _, node, call in statements(source, "step"):
            if "sched" not in dotted(call.func).lower():
                continue
            steps = [one for _, one, other in statements(source, "step") if "optim" in dotted(other.func).lower()]
            if steps and source.parents[steps[0]] is not source.parents[node]:
                added = inserted(source, steps[0], source.segment(node), "after")
                yield from draft(
                    "schedule", file, node, source.changed([removed(source, node), added]) if added else None
                )


def accumulation(texts: Texts) -> Iterator[Draft]:
    """The loss of a micro-batch is to be divided once by their number."""
    field = next(iter(sorted({name for source in texts.values() for name in _fields(source) if "accum" in name})), "")
    for file, source in texts.items():
        for function, node, call in statements(source, "backward"):
            divided = [one for one in _divisions(function) if "accum" in ast.unparse(one.right)]
            for one in divided[1:]:
                yield from draft("divided_twice", file, one, replaced(source, [(one, source.segment(one.left))]))
            config = config_in(function)
            if not divided and field and config and isinstance(call.func, ast.Attribute):
                new = f"{ast.unparse(call.func.value)} / {config}.{field}"
                yield from draft("not_divided", file, node, replaced(source, [(call.func.value, new)]))


def _divisions(function: Function) -> list[ast.BinOp]:
    found = [one for one in every(function, ast.BinOp) if isinstance(one.op, ast.Div)]
    return sorted(found, key=lambda one: one.lineno)


def _fields(source: Source) -> Iterator[str]:
    """The names of settings that the project's classes have."""
    for owner in every(source.tree, ast.ClassDef):
        yield from (dotted(one.target) for one in owner.body if isinstance(one, ast.AnnAssign))


def large_factor(texts: Texts) -> Iterator[Draft]:
    """A plain number in front of a learning rate or a standard deviation that the config states already."""
    for file, source in texts.items():
        for node in every(source.tree, ast.BinOp):
            pair = (node.left, node.right)
            for factor, other in (pair, pair[::-1]):
                is_number = (
                    isinstance(factor, ast.Constant) and isinstance(factor.value, int | float) and factor.value >= 5
                )
                if (
                    is_number
                    and isinstance(node.op, ast.Mult)
                    and re.search(r"(\b|_)(lr|std|learning_rate)\b", ast.unparse(other))
                ):
                    yield from draft("factor", file, node, replaced(source, [(node, source.segment(other))]))
