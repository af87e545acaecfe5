"""What no repair brings in: calls that hide or switch off, conditions that are never true, losses that are none."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from agents.coder.debugging.code_edits.base import aliases
from agents.coder.debugging.guards.breach import Breach, Code, breach, newcomers
from agents.coder.debugging.guards.faked import detached, faked
from agents.reviewer.syntax import Function, children, dotted, every, last

_HIDING = re.compile(
    r"(.*\.)?(suppress|filterwarnings|simplefilter|catch_warnings|nan_to_num_?|set_grad_enabled|_exit|excepthook"
    r"|nansum|nanmean|nanmedian|register_\w*hook|settrace|setprofile|set_detect_anomaly|importorskip|xfail|skipif|expectedFailure)"
    r"|sys\.exit|exit|quit|os\.abort|os\.kill|logging\.disable|atexit\.register|signal\.(signal|alarm)"
    r"|exec|eval|compile|__import__|globals|vars|os\.(system|popen|exec\w*|spawn\w*|fork|remove|unlink)"
    r"|(pytest|unittest|subprocess|socket|urllib|requests|httpx|ctypes|shutil\.rmtree|inspect\.stack|gc\.get_objects)(\..*)?"
    r"|sys\._getframe|sys\.argv\.\w+"
)
_GOOD_END = re.compile(r"SystemExit|KeyboardInterrupt|StopIteration")
_STILL = re.compile(r"(.*\.)?(no_grad|inference_mode)")
_KEYWORDS = {
    ("strict", "False"),
    ("errors", "'ignore'"),
    ("on_bad_lines", "'skip'"),
    ("on_bad_lines", "'warn'"),
    ("verify", "False"),
    ("ignore_mismatched_sizes", "True"),
    ("check", "False"),
    ("ignore_errors", "True"),
    ("extra", "'ignore'"),
    ("extra", "'allow'"),
    ("error_bad_lines", "False"),
    ("lr", "0"),
    ("lr", "0.0"),
    ("label_smoothing", "1.0"),
    ("ignore_verifications", "True"),
    ("validate", "False"),
}
_MEASURING = re.compile(
    r"(?!.*train)(.*(eval|valid|generat|sampl|predict|infer|measure|bench|estimate|export).*|step|_?test.*)",
    re.IGNORECASE,
)
_WATCHED = re.compile(r"pytest|\bprobes?\b|PYTEST_CURRENT_TEST|foundry", re.IGNORECASE)
_REMARK = re.compile(r"#\s*(type:\s*ignore|noqa|pragma:\s*no|pylint:\s*disable|pyright:\s*ignore|nosec|mypy:)")


def brought_in(file: str, before: Code, after: ast.Module) -> Iterator[Breach]:
    """Everything of that kind that is there more often than it was."""
    for find in (_hiding, _keywords, _ended, _never, faked, detached, _watching, _patches, _silenced):
        was = [what for what, _ in find(before)] if before else []
        for what, line in newcomers(was, find(after)):
            yield breach("guard.brought_in", file=file, line=line, what=what)


def remarks(file: str, before: str, after: str) -> Iterator[Breach]:
    """New comments that tell a checker to look away."""
    found = [_REMARK.search(line) for line in after.splitlines()]
    marks = [(match[1], line) for line, match in enumerate(found, start=1) if match]
    for what, line in newcomers([one[1] for one in _REMARK.finditer(before)], marks):
        yield breach("guard.remark", file=file, line=line, what=what)


Found = Iterator[tuple[str, int]]


def _hiding(tree: ast.Module) -> Found:
    known = aliases(tree)
    for call in every(tree, ast.Call):
        first, dot, rest = dotted(call.func).partition(".")
        name = f"{known.get(first, first)}{dot}{rest}"
        # A script that ends with what its main function says is no early end.
        if _HIDING.fullmatch(name) and not (name == "sys.exit" and call.args and isinstance(call.args[0], ast.Call)):
            yield name, call.lineno


def _silenced(tree: ast.Module) -> Found:
    """no_grad where gradients are needed; it belongs to what only measures."""
    for name, node in _with_functions(tree, ""):
        if (
            isinstance(node, ast.Attribute | ast.Name)
            and _STILL.fullmatch(dotted(node))
            and not _MEASURING.fullmatch(name)
        ):
            yield dotted(node), node.lineno


def _with_functions(node: ast.AST, name: str) -> Iterator[tuple[str, ast.AST]]:
    for child in children(node):
        inner = child.name if isinstance(child, Function) else name
        yield inner, child
        yield from _with_functions(child, inner)


def _keywords(tree: ast.Module) -> Found:
    for call in every(tree, ast.Call):
        for one in call.keywords:
            if (one.arg, ast.unparse(one.value)) in _KEYWORDS:
                yield f"{one.arg}={ast.unparse(one.value)}", call.lineno
            elif (
                one.arg == "requires_grad"
                and ast.unparse(one.value) == "True"
                and last(dotted(call.func)) != "Parameter"
            ):
                yield "requires_grad=True", call.lineno
            elif last(dotted(call.func)).startswith("parse_") and one.arg == "args":
                yield ast.unparse(call), call.lineno
            elif one.arg == "ignore_index" and isinstance(one.value, ast.Constant):
                yield f"ignore_index={one.value.value!r}", call.lineno


def _ended(tree: ast.Module) -> Found:
    """Ends that look like success, errors that a `with` swallows, words that are put into the command line's mouth."""
    for node in every(tree, ast.Raise):
        called = isinstance(node.exc, ast.Call) and any(isinstance(one, ast.Call) for one in node.exc.args)
        if node.exc and _GOOD_END.match(ast.unparse(node.exc)) and not called:
            yield ast.unparse(node), node.lineno
    for function in every(tree, ast.FunctionDef):
        if function.name in ("__exit__", "__aexit__") and any(
            one.value and ast.unparse(one.value) != "None" for one in every(function, ast.Return)
        ):
            yield function.name, function.lineno
    for call in every(tree, ast.Call):
        if last(dotted(call.func)).startswith("parse_") and any(isinstance(one, ast.List) for one in call.args):
            yield ast.unparse(call), call.lineno


def _never(tree: ast.Module) -> Found:
    """Conditions that are decided already, and operands that decide them."""
    tests = [one.test for one in ast.walk(tree) if isinstance(one, ast.If | ast.IfExp | ast.Assert | ast.While)]
    tests += [test for one in every(tree, ast.comprehension) for test in one.ifs]
    endless = {one.test for one in every(tree, ast.While) if _is_true(one.test)}
    yield from ((ast.unparse(one), one.lineno) for one in tests if _is_decided(one) and one not in endless)
    for node in every(tree, ast.BoolOp):
        if any(ast.unparse(one) in ("True", "False") for one in node.values):
            yield ast.unparse(node), node.lineno


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and bool(node.value)


def _is_decided(node: ast.expr) -> bool:
    return not any(isinstance(one, ast.Name | ast.Attribute | ast.Call | ast.NamedExpr) for one in ast.walk(node))


def _watching(tree: ast.Module) -> Found:
    """Words by which code finds out who is looking."""
    for node in every(tree, ast.Constant):
        if isinstance(node.value, str) and len(node.value) < 60 and _WATCHED.search(node.value):
            yield node.value, node.lineno


def _patches(tree: ast.Module) -> Found:
    """Things of other modules, or defined here, that are set to something else."""
    known = {*aliases(tree), *(one.name.partition(".")[0] for node in every(tree, ast.Import) for one in node.names)}
    classes = {node.name for node in every(tree, ast.ClassDef)}
    defined = {node.name for node in tree.body if isinstance(node, Function | ast.ClassDef)}
    for call in every(tree, ast.Call):
        if dotted(call.func) == "setattr" and call.args and dotted(call.args[0]).partition(".")[0] in known | classes:
            yield ast.unparse(call), call.lineno
    for node in every(tree, ast.Assign):
        for target in node.targets:
            name = dotted(target)
            first = name.partition(".")[0]
            if (
                isinstance(target, ast.Attribute)
                and first in known | classes
                and not re.search(r"backends|\.conf", name)
            ):
                yield f"{name} = ", node.lineno
            elif isinstance(target, ast.Subscript) and name == "sys.modules":
                yield name, node.lineno
            elif isinstance(target, ast.Name) and target.id in defined and node in tree.body:
                yield f"{target.id} = ", node.lineno
