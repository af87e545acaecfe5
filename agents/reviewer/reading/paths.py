"""The files and folders of a project, asked by the names that people write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from agents.reviewer.subject import Subject

_ALWAYS_MADE = (
    "outputs",
    "data",
    "site",
    "dist",
    "build",
    "exports",
    "reports",
    ".venv",
    "venv",
    "runs",
    "checkpoints",
)
_KNOWN_SUFFIX = (".py", ".md", ".yaml", ".yml", ".toml", ".sh", ".ipynb", ".cfg", ".ini", ".dockerfile")
_BARE = {"Makefile", "Dockerfile", "LICENSE"}


@dataclass(frozen=True)
class Paths:
    """The paths of one project."""

    subject: Subject

    @cached_property
    def folders(self) -> set[str]:
        """Every folder that holds a file."""
        return {name[: end.start()] for name in self.subject.tree.files for end in re.finditer("/", name)}

    @cached_property
    def tops(self) -> set[str]:
        """What stands at the top of the project, and at the top of its package."""
        inner = [
            name.removeprefix(self.subject.source)
            for name in self.subject.tree.files
            if name.startswith(self.subject.source)
        ]
        return {name.partition("/")[0] for name in [*self.subject.tree.files, *inner]}

    @cached_property
    def _all(self) -> list[str]:
        return [f"/{name}" for name in [*self.subject.tree.files, *self.folders]]

    @cached_property
    def _endings(self) -> set[str]:
        """Every path, and every path without its first folders."""
        return {name[cut.start() + 1 :] for name in self._all for cut in re.finditer("/", name)}

    @cached_property
    def _ignored(self) -> list[str]:
        lines = self.subject.tree.texts.get(".gitignore", "").splitlines()
        return [line.strip().strip("/") for line in lines if line.strip() and not line.startswith(("#", "!"))]

    def is_made(self, name: str) -> bool:
        """Whether it is made by running something, so that a fresh copy has none of it.

        A file of the package may be named without the folders before it; a folder like `data/mini` is the made one.
        """
        clean = name.removeprefix("./")
        top, slash, _ = clean.partition("/")
        inside = slash and clean.endswith(_KNOWN_SUFFIX) and clean in self._endings
        return not inside and (top in _ALWAYS_MADE or any(fnmatchcase(top, one) for one in self._ignored))

    def exists(self, name: str, beside: str = "") -> bool:
        """Whether it is in the project: from its top, from a document's folder, or as the end of a path."""
        clean = re.sub(r"<[^>]*>", "*", name.removeprefix("./")).strip("/")
        return all(self._one_exists(one, beside) for one in expanded(clean))

    def _one_exists(self, name: str, beside: str) -> bool:
        if "*" not in name:
            return name in self._endings or f"{beside}/{name}" in self._endings
        return any(fnmatchcase(path, f"*/{name}") for path in self._all)

    def at_top(self, name: str) -> bool:
        """Whether a command that runs in the project's folder finds it."""
        clean = name.removeprefix("./").rstrip("/")
        pattern = re.sub(r"<[^>]*>|\$\{[^}]*\}", "*", clean)
        if "*" in pattern:
            return any(fnmatchcase(path, f"/{pattern}") for path in self._all)
        return clean in self.subject.tree.files or clean in self.folders or clean in ("", ".")

    def is_claim(self, name: str) -> bool:
        """Whether a piece of code in prose can only be meant as a path of this project."""
        if not re.fullmatch(r"(?:[\w.*{},-]|<[^>]*>|/)+", name) or name.startswith("/") or "..." in name:
            return False
        top, slash, _ = name.removeprefix("./").partition("/")
        stem = name.rpartition("/")[2]
        if stem.endswith(_KNOWN_SUFFIX) or stem in _BARE:
            return not stem.startswith(".")
        return bool(slash) and (top in self.tops or (name.endswith("/") and name.count("/") == 1))


def expanded(name: str) -> list[str]:
    """`a/{b,c}.py` as `a/b.py` and `a/c.py`."""
    match = re.search(r"\{([^{}]*)\}", name)
    if not match:
        return [name]
    head, tail = name[: match.start()], name[match.end() :]
    return [one for part in match[1].split(",") for one in expanded(f"{head}{part}{tail}")]
