"""What a user can touch says what it is: the public API, the keys of a config, the version."""

import ast
import re
from importlib import metadata

import pytest
from pydantic import BaseModel

from scratch_llm import __version__
from scratch_llm.config import TrainConfig
from scratch_llm.config.serve import ServeConfig

from tests.architecture.checkout import ROOT, SOURCE, modules

pytestmark = pytest.mark.fast


def _public(body: list[ast.stmt]) -> list[ast.FunctionDef | ast.ClassDef]:
    return [node for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")]


def test_every_module_function_and_class_says_what_it_is() -> None:
    silent = [name for name, module in modules().items() if not ast.get_docstring(module.tree)]
    silent += [
        f"{name}:{node.lineno} {node.name}"
        for name, module in modules().items()
        for node in _public(module.tree.body)
        if not ast.get_docstring(node)
    ]
    assert silent == []


def test_every_floor_says_what_it_offers() -> None:
    for path in SOURCE.glob("*/__init__.py"):
        if path.parent.name != "utils":  # the ground floor is a set of tools, taken one by one
            assert "__all__" in path.read_text(encoding="utf-8"), path.parent.name


def _keys(schema: type[BaseModel], prefix: str = "") -> list[tuple[str, str | None]]:
    found = []
    for name, field in schema.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found += _keys(inner, f"{prefix}{name}.")
        else:
            found.append((prefix + name, field.description))
    return found


@pytest.mark.parametrize("schema", [TrainConfig, ServeConfig])
def test_every_key_of_a_config_is_described(schema: type[BaseModel]) -> None:
    assert [key for key, description in _keys(schema) if not description] == []


def test_there_is_one_version_and_what_is_installed_has_it() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?", __version__)
    assert {found.version for found in metadata.distributions(name="scratch-llm")} <= {__version__}
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
