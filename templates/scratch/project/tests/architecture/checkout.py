"""The project as data: its files, its modules, and what each of them imports."""

import ast
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
[PACKAGE] = [path.parent.name for path in (ROOT / "src").glob("*/__init__.py")]
SOURCE = ROOT / "src" / PACKAGE

# What tells how the project came to be: it belongs to whoever set it up, and is no part of the code.
_RECORDS = ["/.foundry/", "/reports/", "/specs/", "/venv.md", "/requirements-cpu.txt", "/requirements-gpu.txt"]
# What a work folder gathers and git does not keep.
_IGNORED = [*(ROOT / ".gitignore").read_text().split(), ".git", ".ipynb_checkpoints", *_RECORDS]
# What its owner says, and what was found out about it: any words at all.
_OWNERS = re.compile(
    r"<!-- (goal|verified):begin -->.*?<!-- \1:end -->|^  (?:path|text_column|sample_prompts): [^\n]*",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Module:
    """One Python module of the package."""

    name: str
    path: Path

    @property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return tree_of(self.path)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Everything in it."""
        return tuple(ast.walk(self.tree))

    @property
    def floor(self) -> str:
        """The folder below the package that it lies in; the server is a floor of its own."""
        if self.name.startswith(f"{PACKAGE}.inference.server"):
            return "inference.server"
        return self.name.removeprefix(PACKAGE).strip(".").partition(".")[0]

    def imports(self, *, everywhere: bool = True) -> Iterator[str]:
        """What it imports: in functions and for types alone too, or only what it needs to be imported itself."""
        nodes = self.nodes if everywhere else _at_import(self.tree.body)
        for node in nodes:
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                # The version is a constant: taking it from the top brings nothing in.
                names = [alias.name for alias in node.names if (node.module, alias.name) != (PACKAGE, "__version__")]
                inner = [f"{node.module}.{name}" for name in names]
                yield from (name if name in modules() else node.module for name in inner)


def _at_import(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """The statements that run when a module is imported."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        yield node
        yield from _at_import([child for child in ast.iter_child_nodes(node) if isinstance(child, ast.stmt)])


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the project."""
    found = []
    for place, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if not _ignored(Path(place, name))]
        found += [Path(place, name) for name in names if not _ignored(Path(place, name))]
    return tuple(sorted(found))


def _ignored(path: Path) -> bool:
    where_it_is = f"/{path.relative_to(ROOT).as_posix()}"
    return any(
        where_it_is == pattern.rstrip("/") if pattern.startswith("/") else fnmatch(path.name, pattern.rstrip("/"))
        for pattern in _IGNORED
    )


@cache
def modules() -> dict[str, Module]:
    """The modules of the package by name."""
    paths = [path for path in files() if path.is_relative_to(SOURCE) and path.suffix == ".py"]
    return {name: Module(name, path) for path in paths for name in [_name(path)]}


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT / "src").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def text_of(path: Path) -> str:
    """A file's text without the words of its owner."""
    return _OWNERS.sub("", path.read_text(encoding="utf-8"))


def where(path: Path) -> str:
    """A path as it is told to a person."""
    return path.relative_to(ROOT).as_posix()
