"""Nothing long, nothing loose, nothing of one machine."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.checkout import ROOT, files, modules, text_of, tree_of, where

LONGEST_FILE = 400
LONGEST_FUNCTION = 45
LONGEST_SCRIPT = 250
TEXT = {".md", ".py", ".yaml", ".yml", ".toml", ".json", ".html", ".css", ".ipynb", ".txt", ".editorconfig", ""}
FORBIDDEN = {
    "a path of one machine": r"/root/|/work/|/home/(?!someone/)\w+/|/Users/\w+/|/opt/\w+|[A-Z]:\\\\",
    "a package registry's host": r"pypi\.org|pythonhosted\.org|download\.pytorch\.org|npmjs\.(?:org|com)|anaconda\.org",
    "a loose end": r"\b(?:TODO|FIXME|XXX)\b",
    "a print left over from debugging": r"\bbreakpoint\(\)|\bpdb\.set_trace",
}


@cache
def _python() -> tuple[tuple[Path, ast.Module], ...]:
    """Every Python file of the project with its syntax tree."""
    return tuple((path, tree_of(path)) for path in files() if path.suffix == ".py")


def test_no_file_is_long() -> None:
    lengths = {where(path): len(path.read_text(encoding="utf-8").splitlines()) for path, _ in _python()}
    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE} == {}


def test_no_function_is_long() -> None:
    long = {
        f"{where(path)}:{node.lineno} {node.name}": length
        for path, tree in _python()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{where(path)}:{number} {match.group()}"
        for path in files()
        if path.suffix in TEXT and path != Path(__file__)
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if (match := pattern.search(line))
    ]
    assert found == []


def test_a_script_reads_its_arguments_and_calls_the_package() -> None:
    for path in [ROOT / "main.py", *sorted((ROOT / "scripts").glob("*.py"))]:
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= LONGEST_SCRIPT, where(path)
        classes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)]
        assert [node.name for node in classes if [ast.unparse(base) for base in node.bases] != ["NamedTuple"]] == []


def test_weights_are_loaded_as_data_only() -> None:
    loads = [
        f"{where(path)}:{node.lineno}"
        for path, tree in _python()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load"
        if "weights_only=True" not in {ast.unparse(keyword) for keyword in node.keywords}
    ]
    assert loads == []


def test_data_is_never_run() -> None:
    doors = {"eval", "exec", "compile", "pickle.load", "pickle.loads", "os.system", "yaml.load", "yaml.unsafe_load"}
    calls = [
        f"{module.name}:{node.lineno} {ast.unparse(node.func)}"
        for module in modules().values()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and (ast.unparse(node.func) in doors or "shell=True" in {ast.unparse(keyword) for keyword in node.keywords})
    ]
    assert calls == []
