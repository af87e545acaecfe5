"""The other way round: what is declared is used, by code, by a tool's settings or by a command."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from agents.reviewer.checks.imports import package_of
from agents.reviewer.distributions import Declared, declared
from agents.reviewer.subject import Subject
from agents.reviewer.syntax import dotted, every, imports
from framework.artifacts.review import ReviewFinding

NAME = "dependencies"
_COMMANDS = ("Makefile", ".yml", ".yaml", ".sh", ".toml", "Dockerfile", "tox.ini")
_SAID = r"(?:-m |bin/|\$\(BIN\)/|run |exec |^\s*(?:- )?@?|&& |id: ){}(?![\w-])"
# What others load by themselves: used where they are.
_LOADED_BY = {
    "accelerate": ("transformers",),
    "httptools": ("uvicorn",),
    "onnx": ("torch.onnx", "onnxruntime.quantization"),
    "onnxscript": ("torch.onnx", "onnx"),
    "python-multipart": ("fastapi",),
    "tensorboard": ("torch.utils.tensorboard",),
    "uvloop": ("uvicorn",),
}
_PATH = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_RUNS_NOTEBOOKS = {"ipykernel", "jupyter", "jupyterlab", "nbclient", "nbconvert", "notebook"}
# Plugins of pytest, by what is only possible with them.
_PLUGINS = {
    "pytest-asyncio": r"asyncio_mode|mark\.asyncio",
    "pytest-benchmark": r"\bbenchmark\(|--benchmark",
    "pytest-cov": r"--cov\b",
    "pytest-mock": r"\bmocker\b",
    "pytest-timeout": r"mark\.timeout|--timeout|^timeout\s*=",
    "pytest-xdist": r"pytest\b.*\s(?:-n|--numprocesses|--dist)\b|addopts.*\s-n\b",
}


@dataclass(frozen=True)
class _Uses:
    """Everything that can use a dependency."""

    subject: Subject

    @cached_property
    def imported(self) -> set[str]:
        """Modules that are imported, or reached through one that is, each with all that it lies in."""
        names: set[str] = set()
        for file, tree in self.subject.tree.python.items():
            own = imports(tree, package_of(file))
            names |= {f"{one.module}.{one.name}" for one in own}
            reached = {one.module for one in own if not one.name}
            chains = {dotted(node) for node in every(tree, ast.Attribute)}
            names |= {chain for chain in chains if chain.partition(".")[0] in reached}
        names |= {name for text in self._cells for name in re.findall(r"^\s*(?:import|from)\s+([\w.]+)", text, re.M)}
        return {name[: end.start()] for name in names for end in re.finditer(r"\.|$", name)}

    @cached_property
    def _cells(self) -> list[str]:
        """The code in notebooks."""
        found: list[str] = []
        for _, text in self.subject.texts(".ipynb"):
            try:
                cells = json.loads(text)["cells"]
            except (ValueError, KeyError, TypeError):
                continue  # the check of documents says that it is broken
            found += ["".join(cell["source"]) for cell in cells if cell.get("cell_type") == "code"]
        return found

    @cached_property
    def named(self) -> set[str]:
        """What is named by text: the head of a list of arguments, what follows -m, a dotted path."""
        found: set[str] = set()
        for tree in self.subject.tree.python.values():
            rows: list[ast.List | ast.Tuple] = [*every(tree, ast.List), *every(tree, ast.Tuple)]
            for row in rows:
                words = [one.value if isinstance(one, ast.Constant) else None for one in row.elts]
                found |= {str(word) for before, word in pairwise([None, *words]) if before in (None, "-m") and word}
            texts = (one.value for one in every(tree, ast.Constant) if isinstance(one.value, str))
            found |= {text.partition(".")[0] for text in texts if _PATH.fullmatch(text)}
        return found

    @cached_property
    def tests(self) -> str:
        """The code of the tests."""
        files = self.subject.texts(".py")
        return "\n".join(text for name, text in files if name.startswith("tests/"))

    @cached_property
    def commands(self) -> str:
        """What is typed by make, by the hooks of git and by the machine that builds."""
        files = [text for name, text in self.subject.texts(*_COMMANDS) if name != "pyproject.toml"]
        return "\n".join(line for text in files for line in text.splitlines() if not line.lstrip().startswith("#"))

    @cached_property
    def settings(self) -> str:
        """The settings of tools in pyproject.toml."""
        tools = self.subject.pyproject.get("tool", {})
        return json.dumps({name: value for name, value in tools.items() if name != "mypy"})

    @cached_property
    def site(self) -> str:
        return self.subject.tree.texts.get("mkdocs.yml", "")


def look(subject: Subject) -> Iterator[ReviewFinding]:
    """Every declared name, once."""
    for entry in unused(subject):
        line = subject.line_of("pyproject.toml", entry.requirement)
        fields = {"requirement": entry.requirement, "name": entry.name}
        yield subject.finding(NAME, "unused", "pyproject.toml", line, **fields)


def unused(subject: Subject) -> list[Declared]:
    """What is declared and used by nothing. What runs notebooks is used where there are some."""
    entries = {entry.name: entry for entry in reversed(declared(subject))}
    uses = _Uses(subject)
    return [entry for _, entry in sorted(entries.items()) if not _used(entry, uses, entries)]


def _used(entry: Declared, uses: _Uses, entries: dict[str, Declared]) -> bool:
    """By an import, or in the way that is particular to its kind."""
    if {*entry.modules, *_LOADED_BY.get(entry.name, ())} & uses.imported:
        return True
    if entry.name.startswith("types-"):
        return _typed(entry.name.removeprefix("types-"), uses, entries)
    if entry.name.startswith("mkdocs"):
        return _on_site(entry.name, uses.site)
    if entry.name in _RUNS_NOTEBOOKS:
        return any(True for _ in uses.subject.texts(".ipynb"))
    if pattern := _PLUGINS.get(entry.name):
        return any(re.search(pattern, text, re.MULTILINE) for text in (uses.commands, uses.settings, uses.tests))
    names = {entry.name, *entry.own_modules}
    return bool(names & uses.named) or any(_typed_as_command(name, uses) for name in names)


def _typed(stubbed: str, uses: _Uses, entries: dict[str, Declared]) -> bool:
    owner = entries.get(stubbed)
    return stubbed.replace("-", "_") in uses.imported or (
        owner is not None and bool(set(owner.modules) & uses.imported)
    )


def _on_site(name: str, site: str) -> bool:
    """The generator itself, or a theme or plugin, whose name stands in the site's settings without its prefix."""
    parts = name.removeprefix("mkdocs-").split("-")
    return bool(site) and (name == "mkdocs" or any(re.search(rf"(?:- |name: ){part}\b", site) for part in parts))


def _typed_as_command(name: str, uses: _Uses) -> bool:
    tools = uses.subject.pyproject.get("tool", {})
    return name in tools or bool(re.search(_SAID.format(re.escape(name)), uses.commands, re.M))
