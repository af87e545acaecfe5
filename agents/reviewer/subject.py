"""What a check looks at: the project as data. Nothing is run and nothing is opened here."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from framework.artifacts.build import BuildLog, TaskList
from framework.artifacts.review import ReviewFinding
from framework.artifacts.venv_spec import COPIES, REQUIREMENTS
from framework.messages import Lang, say
from framework.runtime.codetree import CodeTree

_PRODUCTION = ("deploy/docker/", "deploy/monitoring/", "deploy/rollout/", ".dockerignore")


@dataclass(frozen=True)
class Subject:
    """One project under review."""

    tree: CodeTree
    package: str
    log: BuildLog | None
    lang: Lang
    tasks: TaskList | None = None
    rendered: Mapping[str, str] = field(default_factory=dict)  # tests as they were rendered, where they differ now

    @property
    def source(self) -> str:
        """The folder of the package, with a slash at its end."""
        return f"src/{self.package}/"

    @cached_property
    def modules(self) -> dict[str, str]:
        """Every module that can be imported by its dotted name, with its file: `src/` is a root, and the project is."""
        files = sorted(name for name in self.tree.files if name.endswith(".py"))
        return {module: file for file in files if (module := module_name(file))}

    @cached_property
    def packages(self) -> frozenset[str]:
        """Every folder that a module lies in, by its dotted name."""
        parts = [name.split(".") for name in self.modules]
        return frozenset(".".join(one[:length]) for one in parts for length in range(1, len(one)))

    @cached_property
    def trees(self) -> dict[str, ast.Module]:
        """The package's own files, as syntax trees."""
        return {file: tree for file, tree in self.tree.python.items() if file.startswith(self.source)}

    @cached_property
    def pyproject(self) -> dict[str, Any]:
        """pyproject.toml; empty where it is missing or no TOML."""
        try:
            return tomllib.loads(self.tree.texts.get("pyproject.toml", ""))
        except tomllib.TOMLDecodeError:
            return {}

    def texts(self, *suffixes: str) -> Iterator[tuple[str, str]]:
        """The text files whose names end so."""
        return ((name, text) for name, text in sorted(self.tree.texts.items()) if name.endswith(suffixes))

    def line_of(self, file: str, words: str) -> int | None:
        """The first line of the file that holds the words."""
        lines = self.tree.texts.get(file, "").splitlines()
        return next((number for number, line in enumerate(lines, 1) if words in line), None)

    def finding(
        self, check: str, key: str, file: str, line: int | None, /, *, severity: Any = "error", **fields: object
    ) -> ReviewFinding:
        """A finding whose evidence is the sentence `found_<key>` and whose remedy is `remedy_<key>`.

        `severity` is error or warning; the finding's model judges it, since fields often come as one mapping.
        """
        return ReviewFinding(
            check=check,
            severity=severity,
            file=file,
            line=line,
            evidence=say(self.lang, f"review.found_{key}", **fields),
            remedy=say(self.lang, f"review.remedy_{key}", **fields),
        )


def reviewed(tree: CodeTree) -> CodeTree:
    """The project without what a later stage writes into it and proves: a second review of the same sees the same."""
    later = {
        *REQUIREMENTS.values(),
        *(file for file in COPIES.values() if tree.texts.get(file, "").startswith("<!-- foundry spec: ")),
    }
    return CodeTree(
        tree.root,
        {name: data for name, data in tree.files.items() if name not in later and not name.startswith(_PRODUCTION)},
    )


@dataclass(frozen=True)
class Check:
    """One check: `look` finds, and `things` is what it looks at, for the report to say how much that was."""

    look: Callable[[Subject], Iterable[ReviewFinding]]
    things: Callable[[Subject], Sized]

    def __call__(self, subject: Subject) -> list[ReviewFinding]:
        return sorted(self.look(subject), key=lambda found: (found.file, found.line or 0, found.evidence))


def module_name(file: str) -> str:
    """`src/pkg/a/b.py` is `pkg.a.b`, `tests/x.py` is `tests.x`; empty for what no import statement can name."""
    parts = file.removesuffix(".py").split("/")
    parts = parts[1:] if parts[0] == "src" else parts
    parts = parts[:-1] if parts and parts[-1] == "__init__" else parts
    return ".".join(parts) if all(part.isidentifier() for part in parts) else ""


def package_of(tree: CodeTree) -> str:
    """The name of the package below `src/`; empty if there is none."""
    parts = [name.split("/") for name in sorted(tree.files)]
    return next((one[1] for one in parts if len(one) == 3 and (one[0], one[2]) == ("src", "__init__.py")), "")
