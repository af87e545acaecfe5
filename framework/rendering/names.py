"""A project's names put in the place of the template's, in paths and in texts, as whole words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import yaml

from framework.rendering.context import Identity
from framework.rendering.family import Names
from framework.resources import parse_yaml

_YAML = (".yaml", ".yml")


@dataclass(frozen=True)
class Renaming:
    """From the names of a template to those of a project. All three at once: no new name is taken for an old one."""

    old: Names
    new: Identity

    def apply(self, text: str) -> str:
        """The text with the project's names."""
        return self._pattern.sub(lambda found: self._spellings[found.group()], text)

    def apply_in(self, path: str, text: str) -> str:
        """The same for the text of a file: in YAML, a bare name stays a string whatever the project is called."""
        return self.apply(self._bare.sub(self._kept_string, text) if path.endswith(_YAML) else text)

    @cached_property
    def _spellings(self) -> dict[str, str]:
        return {getattr(self.old, kind): getattr(self.new, kind) for kind in Names.model_fields}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted(self._spellings, key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")

    @cached_property
    def _bare(self) -> re.Pattern[str]:
        value = r"^(\s*(?:- +)*(?:[\w.-]+: +|- +))"
        return re.compile(rf"{value}({self._pattern.pattern})(?=[ \t]*(?:#.*)?$)", re.MULTILINE)

    def _kept_string(self, found: re.Match[str]) -> str:
        name = self._spellings[found.group(2)]
        return found.group(1) + (found.group(2) if _reads_as_itself(name) else f'"{name}"')


def _reads_as_itself(name: str) -> bool:
    """Whether the name is a string in YAML without quotes; `no`, `12` and `2024-01-01` are not."""
    try:
        return parse_yaml(name) == name
    except (yaml.YAMLError, ValueError):
        return False
