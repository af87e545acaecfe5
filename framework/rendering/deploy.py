"""The scripts that a project is trained and run with, filled in; values are quoted where they stand."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import cached_property

from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateError

from framework import resources
from framework.artifacts.base import Strict
from framework.errors import InvalidDocument
from framework.rendering.jinja import json_scalar, yaml_scalar


@dataclass(frozen=True)
class DeployTemplates:
    """A folder of a family's `deploy/`: Jinja templates, and Python files with only the package's name replaced."""

    family: str
    template_package: str
    folder: str = "train"

    def fill(self, name: str, values: Strict) -> str:
        """One template with the values of a model."""
        fields = {field: getattr(values, field) for field in type(values).model_fields}
        try:
            return self._environment.get_template(f"{name}.jinja").render(fields)
        except TemplateError as error:
            raise InvalidDocument(
                f"{name}.jinja: {error}", hint="The template and its values do not fit together."
            ) from error

    def code(self, name: str, package: str) -> str:
        """One Python file, for a project whose package is called so."""
        return re.sub(rf"(?<!\w){self.template_package}(?!\w)", package, self._read(name))

    def _read(self, name: str) -> str:
        return resources.read_text(f"templates/{self.family}/deploy/{self.folder}/{name}")

    @cached_property
    def _environment(self) -> Environment:
        # Nothing here is HTML: what a value has to be made safe for, its filter says.
        environment = Environment(  # noqa: S701
            loader=FunctionLoader(self._read),
            undefined=StrictUndefined,
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters |= {"yaml": yaml_scalar, "json": json_scalar, "shell": _shell_word}
        return environment


def _shell_word(value: object) -> str:
    """A value as one word of a shell, whatever is in it."""
    return shlex.quote(str(value))
