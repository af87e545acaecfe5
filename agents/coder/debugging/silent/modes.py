"""Silent bugs in what a run keeps apart or keeps: modes, sides of the data, gradients, states, seeds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from agents.coder.debugging.code_edits.rewrite import replaced
from agents.coder.debugging.code_edits.source import Source, Splice
from agents.coder.debugging.silent.draft import MEASURES, Draft, Texts, beside, config_in, draft, first_use
from agents.reviewer.syntax import dotted, every, functions, last


def eval_missing(texts: Texts) -> Iterator[Draft]:
    """A validation that measures in training mode, or leaves the model in evaluation mode."""
    for file, source in texts.items():
        for function in functions(source.tree):
            modes = {
                last(dotted(call.func)): call
                for call in every(function, ast.Call)
                if not call.args and last(dotted(call.func)) in ("eval", "train")
            }
            statement = {name: source.statement(call) for name, call in modes.items()}
            if "train" in modes and "eval" not in modes and MEASURES.search(function.name):
                owner = dotted(modes["train"].func).rpartition(".")[0]
                first = first_use(function, source)
                yield from draft("eval_mode", file, function, beside(source, first, f"{owner}.eval()", "before"))
            node = statement.get("eval")
            if "eval" in modes and "train" not in modes and isinstance(node, ast.Expr):
                owner = dotted(modes["eval"].func).rpartition(".")[0]
                yield from draft(
                    "train_mode",
                    file,
                    node,
                    beside(source, _end_of(source, node), f"{owner}.train()", _side(source, node)),
                )
            if not modes and MEASURES.search(function.name) and "model" in [one.arg for one in function.args.args]:
                yield from draft(
                    "eval_mode", file, function, beside(source, first_use(function, source), "model.eval()", "before")
                )


def _end_of(source: Source, node: ast.stmt) -> ast.stmt:
    block = next(value for value in vars(source.parents[node]).values() if isinstance(value, list) and node in value)
    later = [one for one in block if isinstance(one, ast.With | ast.For) and one.lineno > node.lineno]
    return later[-1] if later else block[-1]


def _side(source: Source, node: ast.stmt) -> str:
    return "before" if isinstance(_end_of(source, node), ast.Return) else "after"


def wrong_side(texts: Texts) -> Iterator[Draft]:
    """Validation that reads what training reads, where the other side has a name in the project."""
    words = set(re.findall(r"\w+", "\n".join(source.text for source in texts.values())))
    for file, source in texts.items():
        for place in _measuring(source):
            for node in ast.walk(place):
                if (
                    isinstance(node, ast.Constant)
                    and isinstance(node.value, str)
                    and (new := _other(node.value, words))
                ):
                    yield from draft("wrong_side", file, node, replaced(source, [(node, f'"{new}"')]))
                elif isinstance(node, ast.Attribute) and (new := _other(node.attr, words)):
                    text = f"{ast.unparse(node.value)}.{new}"
                    yield from draft("wrong_side", file, node, replaced(source, [(node, text)]))
                elif isinstance(node, ast.Name) and (new := _other(node.id, words)):
                    yield from draft("wrong_side", file, node, replaced(source, [(node, new)]))


def _measuring(source: Source) -> Iterator[ast.AST]:
    """Functions that measure, and what is assigned to a name of the other side."""
    for function in functions(source.tree):
        if MEASURES.search(function.name) and "train" not in function.name:
            yield function
    for node in every(source.tree, ast.Assign):
        if re.search(r"(^|_)(val|valid|validation|eval)(_|$)", last(dotted(node.targets[0]))):
            yield node.value


def _other(name: str, words: set[str]) -> str:
    if (
        "train" not in name
        or len(name) > 40
        or (name in ("train", "training", "trained") and "val" not in words | {"validation"})
    ):
        return "val" if name == "train" and "val" in words else ""
    found = [name.replace("train", word) for word in ("val", "validation", "valid", "eval")]
    return next((one for one in found if one in words and re.fullmatch(r"\w+", one)), "") if name != "training" else ""


def not_loaded(texts: Texts) -> Iterator[Draft]:
    """What a checkpoint saves as a state and nobody loads again."""
    saved = [group for source in texts.values() for group in _saved(source)]
    for file, source in texts.items():
        for function in functions(source.tree):
            if not any(last(dotted(one.func)) == "load_state_dict" for one in every(function, ast.Call)):
                continue
            words = {one.id for one in every(function, ast.Name)} | {one.arg for one in function.args.args}
            for group in saved:
                read = {str(_key(one)): one for one in every(function, ast.Subscript) if _key(one) in group}
                missing = {key: owner for key, owner in group.items() if owner and key not in read}
                for key, owner in missing.items() if read else ():
                    first = next(iter(read.values()))
                    anchor = next(one for one in function.body if first in ast.walk(one))
                    text = f'{owner}.load_state_dict({ast.unparse(first.value)}["{key}"])'
                    if owner.partition(".")[0] in words:
                        yield from draft("not_loaded", file, anchor, beside(source, anchor, text))


def _key(node: ast.Subscript) -> object:
    return node.slice.value if isinstance(node.slice, ast.Constant) else None


def _saved(source: Source) -> Iterator[dict[str, str]]:
    """Dicts some of whose values are `x.state_dict()`: their keys, each with that x, or with nothing."""
    for pairs in every(source.tree, ast.Dict):
        group: dict[str, str] = {}
        for key, value in zip(pairs.keys, pairs.values, strict=True):
            if isinstance(key, ast.Constant):
                state = isinstance(value, ast.Call) and last(dotted(value.func)) == "state_dict"
                group[str(key.value)] = dotted(value.func).rpartition(".")[0] if state else ""  # type: ignore[attr-defined]
        if any(group.values()):
            yield group


def no_grad_inside(texts: Texts) -> Iterator[Draft]:
    """A forward pass without gradients."""
    for file, source in texts.items():
        for function in functions(source.tree):
            if MEASURES.search(function.name) or re.search(r"generat|sampl|step|init", function.name):
                continue
            for decorator in function.decorator_list:
                if re.search(r"no_grad|inference_mode", ast.unparse(decorator)):
                    start = source.line_start(source.start(decorator))
                    text = source.changed([Splice(start, source.line_end(source.end(decorator)), "")])
                    yield from draft("no_grad", file, decorator, text)
            for node in every(function, ast.With):
                if re.search(r"no_grad|inference_mode", ast.unparse(node.items[0])) and len(node.items) == 1:
                    yield from draft(
                        "no_grad", file, node, replaced(source, [(node.items[0].context_expr, "torch.enable_grad()")])
                    )


def seed_not_set(texts: Texts) -> Iterator[Draft]:
    """A function that seeds everything and is not called."""
    every_function = [(file, source, one) for file, source in texts.items() for one in functions(source.tree)]
    names = {
        one.name for _, _, one in every_function if re.fullmatch(r"(seed|set_seed|fix_seed)\w*|\w+_seeds?", one.name)
    }
    called = {last(dotted(call.func)) for source in texts.values() for call in every(source.tree, ast.Call)}
    for name in sorted(names - called):
        for file, source, function in every_function:
            config = config_in(function)
            if config and re.fullmatch(r"train|main|run|fit", function.name):
                text = beside(source, first_use(function, source), f"{name}({config}.seed)", "before")
                yield from draft("seed", file, function, text)
