"""The checkout as data: its files, its modules, and what each of them imports."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Module:
    """One Python module of foundry."""

    name: str
    path: Path

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.path.read_text(encoding="utf-8"))

    @property
    def where(self) -> str:
        """Its path, as it is told to a person."""
        return self.path.relative_to(ROOT).as_posix()

    def imports(self, *, for_types: bool = True) -> Iterator[str]:
        """Every module that it imports, lazily too, and for types alone or not; `from a import b` may give `a.b`."""
        skipped = set() if for_types else self._for_types()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import) and node not in skipped:
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and node not in skipped:
                inner = [f"{node.module}.{alias.name}" for alias in node.names]
                yield from (name if name in modules() else node.module for name in inner)

    def _for_types(self) -> set[ast.AST]:
        """What stands under `if TYPE_CHECKING:` and is not there at run time."""
        blocks = (node for node in ast.walk(self.tree) if isinstance(node, ast.If))
        return {inner for block in blocks if ast.unparse(block.test) == "TYPE_CHECKING" for inner in ast.walk(block)}

    def calls(self) -> Iterator[ast.Call]:
        """Every call in it."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))


def belongs_to(name: str, package: str) -> bool:
    """Whether the module is the package or lies in it."""
    return name == package or name.startswith(f"{package}.")


@cache
def files() -> tuple[Path, ...]:
    """Every file of the checkout that git tracks, or would track once it is added."""
    # The checkout of a build machine often belongs to another user, which git refuses unless told otherwise.
    git = ["git", "-c", "safe.directory=*", "-C", str(ROOT)]
    listing = [*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, capture_output=True, text=True, check=True, timeout=30).stdout.split("\0")
    return tuple(path for name in sorted(set(names)) if name and (path := ROOT / name).is_file())


@cache
def modules() -> dict[str, Module]:
    """The modules of `framework` and `agents` by name."""
    sources = [path.relative_to(ROOT) for path in files() if path.suffix == ".py"]
    ours = [path for path in sources if path.parts[0] in ("framework", "agents")]
    return {name: Module(name, ROOT / path) for path in ours for name in [_name(path)]}


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
