"""Jinja as foundry uses it: what is undefined is an error, and filters make values safe for where they stand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import yaml
from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateError

from framework.artifacts import markdown
from framework.artifacts.files import outside_failures
from framework.errors import InvalidDocument
from framework.rendering.context import ScratchContext

_REFERENCE = re.compile(r"(\\*)\$\{")


class Templates:
    """The Jinja templates of a family, filled from one context. `adapt` sees each as it is read, never a value."""

    def __init__(self, root: Path, context: ScratchContext, adapt: Callable[[str, str], str]) -> None:
        def load(name: str) -> str:
            with outside_failures(root / name):
                return adapt(name, (root / name).read_text(encoding="utf-8"))

        # Nothing here is HTML as such: what a value has to be made safe for, its filter says.
        self._environment = Environment(  # noqa: S701
            loader=FunctionLoader(load),
            undefined=StrictUndefined,
            keep_trailing_newline=True,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {"yaml": yaml_scalar, "json": json_scalar, "omegaconf": omegaconf_scalar}
        self._environment.filters["markdown"] = markdown.text
        self._values = {name: getattr(context, name) for name in (*type(context).model_fields, "tasks")}

    def fill(self, name: str) -> str:
        """One template, by its path in the family."""
        try:
            return self._environment.get_template(name).render(self._values)
        except TemplateError as error:
            raise InvalidDocument(
                f"{name}: {error}", hint="The template and its context do not fit together."
            ) from error


def yaml_scalar(value: object) -> str:
    """A value on one line of YAML, in any place: strings always in double quotes, so that `no` stays a word."""
    style = '"' if isinstance(value, str) else None
    dumped: str = yaml.safe_dump(
        value, default_style=style, default_flow_style=True, allow_unicode=True, width=float("inf")
    )
    return dumped.removesuffix("\n").removesuffix("\n...")


def omegaconf_scalar(value: object) -> str:
    """The same for a file that OmegaConf reads: `${` is text and refers to nothing."""
    return yaml_scalar(_REFERENCE.sub(r"\1\1\\${", value) if isinstance(value, str) else value)


def json_scalar(value: object) -> str:
    """A value as JSON; also a string of TOML and of Python."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
