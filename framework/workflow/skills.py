"""The one place where the workflow reaches an agent: a skill and its role, by the name in the table."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.resources import files as package_files
from typing import Any

from framework.artifacts.document import parse_mapping
from framework.errors import FoundryError
from framework.runtime.workspace import Role


def load_skill(name: str) -> Any:
    """The module `agents.<role>.<skill>`; its `run` is the skill."""
    module = import_module(f"agents.{name}")
    if not hasattr(module, "run"):
        raise FoundryError(
            f"the skill {name} was loaded from {module.__file__} and has no run().",
            hint="Another package named `agents` may stand before foundry's: run `foundry doctor`.",
        )
    return module


@cache
def load_role(name: str) -> Role:
    """The reach of a role, from its role.yaml."""
    text = package_files(f"agents.{name}").joinpath("role.yaml").read_text(encoding="utf-8")
    return parse_mapping(Role, text, f"agents/{name}/role.yaml")
