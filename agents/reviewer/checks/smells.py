"""Code that bites later: errors swallowed whole, text that is run, files that can run code when they are opened."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator

from agents.reviewer.subject import Subject
from agents.reviewer.syntax import calls, dotted, every, last
from framework.artifacts.review import ReviewFinding

NAME = "smells"
# The rules of ruff and bandit that say the same: one finding is enough.
SAME_RULES = {
    "E722", "BLE001", "S110", "S112", "B110", "B112", "SIM105",
    "S102", "S307", "B102", "B307",
    "S301", "S302", "B301", "B302", "S403", "B403", "S614", "B614",
    "S506", "B506",
    "S602", "S604", "S605", "B602", "B604", "B605", "B607", "S607",
}  # fmt: skip
_RUNS_TEXT = {"eval", "exec", "builtins.eval", "builtins.exec"}
_PICKLES = {"pickle.load", "pickle.loads", "cPickle.load", "dill.load", "dill.loads", "joblib.load", "marshal.loads"}
_YAML = {"yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.full_load", "yaml.unsafe_load_all"}
_SHELLS = {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}
_FREE_IN_TESTS = {"runs_text", "pickle", "yaml"}
_SILENCE = re.compile(
    r"#\s*(?:noqa\s*(?=#|$)|ruff: noqa\s*(?=#|$)|type: ignore\s*(?=#|$)|mypy: ignore-errors|nosec\s*(?=#|$)"
    r"|pylint: (?:disable=all|skip-file))",
    re.MULTILINE,
)
_DEBUGGING = {"breakpoint", "pdb.set_trace", "ipdb.set_trace"}


def look(subject: Subject) -> Iterator[ReviewFinding]:
    """Every handler and every call. A test may open and run what it has made itself."""
    for file, tree in subject.tree.python.items():
        for node in every(tree, ast.ExceptHandler):
            if key := _swallows(node):
                yield subject.finding(NAME, key, file, node.lineno, code=_head(node))
        for line, words in _silenced(subject.tree.texts[file]):
            yield subject.finding(NAME, "silenced", file, line, code=words)
        for name, call in calls(tree):
            key = _bites(name, call)
            if key and not (key in _FREE_IN_TESTS and file.startswith("tests/") and name != "torch.load"):
                yield subject.finding(NAME, key, file, call.lineno, code=ast.unparse(call.func))


def _silenced(text: str) -> Iterator[tuple[int, str]]:
    """Comments that tell a tool to say nothing at all, whatever it sees."""
    if _SILENCE.search(text):
        for token in tokenize.generate_tokens(iter(text.splitlines(keepends=True)).__next__):
            if token.type == tokenize.COMMENT and (found := _SILENCE.search(token.string)):
                yield token.start[0], found.group().strip()


def _head(node: ast.ExceptHandler) -> str:
    return f"except {ast.unparse(node.type)}:" if node.type else "except:"


def _swallows(node: ast.ExceptHandler) -> str:
    """A handler for everything that does not pass on what it caught, nor says it."""
    raises = bool(every(node, ast.Raise))
    if node.type is None:
        return "" if raises else "bare_except"
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    broad = {last(dotted(kind)) for kind in kinds} & {"Exception", "BaseException"}
    silent = all(isinstance(one, ast.Pass | ast.Continue) or _is_constant(one) for one in node.body)
    return "swallowed" if broad and silent else ""


def _is_constant(node: ast.stmt) -> bool:
    value = node.value if isinstance(node, ast.Expr | ast.Return) else node
    return value is None or isinstance(value, ast.Constant)


def _bites(name: str, call: ast.Call) -> str:
    options = {one.arg: ast.unparse(one.value) for one in call.keywords}
    if name in _RUNS_TEXT:
        return "runs_text"
    if name in _PICKLES or (name == "torch.load" and options.get("weights_only") != "True"):
        return "pickle"
    if name in _YAML and "Safe" not in options.get("Loader", "".join(map(ast.unparse, call.args[1:]))):
        return "yaml"
    if name in _SHELLS or options.get("shell") == "True":
        return "shell"
    return "debugging" if name in _DEBUGGING else ""
