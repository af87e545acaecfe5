"""What a project offers to whoever types: files, scripts and their flags, targets, config keys, routes, names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from agents.reviewer.reading import makefile
from agents.reviewer.reading.flags import CommandLines
from agents.reviewer.reading.names import Names
from agents.reviewer.reading.paths import Paths
from agents.reviewer.reading.routes import routes
from agents.reviewer.subject import Subject

_DOCUMENTS = (".md", ".markdown", ".rst")


@dataclass(frozen=True)
class Offer:
    """Everything that a document of one project may refer to."""

    subject: Subject

    @cached_property
    def names(self) -> Names:
        return Names(self.subject)

    @cached_property
    def paths(self) -> Paths:
        return Paths(self.subject)

    @cached_property
    def lines(self) -> CommandLines:
        return CommandLines(self.subject, self.names)

    @cached_property
    def routes(self) -> dict[str, set[str]]:
        return routes(self.subject)

    @cached_property
    def targets(self) -> set[str]:
        return makefile.targets(self.subject)

    @cached_property
    def variables(self) -> set[str]:
        return makefile.variables(self.subject)

    @cached_property
    def words(self) -> set[str]:
        """Every word of every text that is no document: what a document names must be among them."""
        texts = (text for name, text in self.subject.tree.texts.items() if not name.endswith(_DOCUMENTS))
        return set().union(*map(_words, texts))

    @cached_property
    def project(self) -> dict[str, Any]:
        table = self.subject.pyproject.get("project", {})
        return table if isinstance(table, dict) else {}

    @cached_property
    def extras(self) -> set[str]:
        return set(self.project.get("optional-dependencies", {}))

    @cached_property
    def entry_points(self) -> set[str]:
        return set(self.project.get("scripts", {}))

    @cached_property
    def distributions(self) -> set[str]:
        """The dependencies that are declared, extras included, as modules are spelled."""
        return {re.split(r"[\s\[<>=!~;]", text)[0].replace("-", "_").lower() for text in self._requirements()}

    def _requirements(self) -> Iterator[str]:
        yield from self.project.get("dependencies", [])
        for group in self.project.get("optional-dependencies", {}).values():
            yield from group
        yield from self.subject.pyproject.get("build-system", {}).get("requires", [])

    @cached_property
    def markers(self) -> set[str]:
        """pytest's markers that the project declares."""
        options = self.subject.pyproject.get("tool", {}).get("pytest", {}).get("ini_options", {})
        return {text.partition(":")[0].strip() for text in options.get("markers", [])}


@lru_cache(2048)
def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", text))
