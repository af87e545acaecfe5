"""Where templates, specs and spec documents lie, in a checkout and in an installed wheel alike."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

_PACKAGE = Path(__file__).resolve().parent
_PACKAGED = _PACKAGE / "_resources"


def root() -> Path:
    """The folder that holds `templates/`, `specs/` and the spec documents."""
    return _PACKAGED if _PACKAGED.is_dir() else _PACKAGE.parent


def path(relative: str) -> Path:
    """The path of one packaged resource, e.g. `specs/CREATE.md`."""
    return root() / relative


def read_text(relative: str) -> str:
    """The text of one packaged resource."""
    return path(relative).read_text(encoding="utf-8")


# The C loader is ten times faster and is there in every wheel of PyYAML. Both are safe loaders.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 50


def parse_yaml(text: str) -> object:
    """Plain YAML data."""
    return yaml.load(text, Loader=_LOADER)  # noqa: S506


def _refuse_depth(text: str) -> None:
    """What is nested deeper than any document of ours would overflow the stack of the C parser."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise yaml.YAMLError(f"nested deeper than {_DEEPEST} levels")


def compose(text: str) -> yaml.Node | None:
    """The YAML as nodes, which know their lines."""
    _refuse_depth(text)
    node: yaml.Node | None = yaml.compose(text, Loader=_LOADER)
    return node


def parse_with_nodes(text: str) -> tuple[object, yaml.Node | None]:
    """Plain YAML data together with its nodes, which know their lines."""
    _refuse_depth(text)
    loader = _LOADER(text)
    try:
        node: yaml.Node | None = loader.get_single_node()
        return (loader.construct_document(node) if node else None), node
    finally:
        loader.dispose()


@cache
def load_yaml(relative: str) -> object:
    """One packaged YAML file, read once per process. Callers validate it and leave it unchanged."""
    return parse_yaml(read_text(relative))
