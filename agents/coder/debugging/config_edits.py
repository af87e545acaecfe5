"""Changes of a YAML config that keep everything else in it: comments, order, layout, even the spelling of numbers."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from framework.resources import compose, parse_yaml

_STEP = 2  # columns of an indentation
Value = bool | int | float | str | list[str] | None


def spelled(value: Value) -> str:
    """A value as it is written in YAML, on one line."""
    readable = str(value).isprintable()  # PyYAML writes some ends of lines unprotected
    text: str = yaml.safe_dump(value, default_flow_style=True, allow_unicode=readable, width=10_000)
    return text.removesuffix("\n").removesuffix("...").strip()


def tree(text: str) -> yaml.MappingNode | None:
    """The config as nodes that know their places; None where it is no mapping, or no YAML at all."""
    try:
        root = compose(text)
    except (yaml.YAMLError, ValueError):
        return None
    return root if isinstance(root, yaml.MappingNode) else None


def keys(text: str) -> dict[str, str]:
    """Every dotted key with its value as it is written; a section has an empty one."""
    root = tree(text)
    return {key: _written(text, value) for key, _, value in _walk(root)} if root else {}


def with_value(text: str, key: str, value: Value) -> str | None:
    """The config with another value for a key, which is added where it is missing."""
    root = tree(text)
    if root is None:
        return None
    found = next((node for name, _, node in _walk(root) if name == key), None)
    if found is None:
        return _added(text, root, key, spelled(value))
    if not isinstance(found, yaml.ScalarNode) and not _is_flow(found):
        return None
    start, end = found.start_mark.index, found.end_mark.index
    gap = " " if start == end and not text[:start].endswith(" ") else ""
    return _checked(text[:start] + gap + spelled(value) + text[end:])


def renamed(text: str, old: str, new: str) -> str | None:
    """The config with a key under another name; in another section it is taken out here and put in there."""
    root = tree(text)
    found = next(((key, value) for name, key, value in _walk(root) if name == old), None) if root else None
    if found is None:
        return None
    section, _, name = new.rpartition(".")
    if section == old.rpartition(".")[0]:
        start, end = found[0].start_mark.index, found[0].end_mark.index
        return _checked(text[:start] + name + text[end:])
    if not isinstance(found[1], yaml.ScalarNode) and not _is_flow(found[1]):
        return None
    shorter = without(text, old)
    longer = tree(shorter) if shorter else None
    return _added(shorter, longer, new, _written(text, found[1])) if shorter and longer else None


def without(text: str, key: str) -> str | None:
    """The config without a key and what is below it."""
    root = tree(text)
    parent = _section(root, key.rpartition(".")[0]) if root else None
    if root is None or parent is None:
        return None
    pairs = parent.value
    place = next((n for n, (name, _) in enumerate(pairs) if name.value == key.rpartition(".")[2]), None)
    if place is None:
        return None
    if parent.flow_style:
        return _checked(_without_flow(text, pairs, place))
    if len(pairs) == 1 and parent is not root:
        return without(text, key.rpartition(".")[0])
    start = text.rfind("\n", 0, pairs[place][0].start_mark.index) + 1
    end = text.find("\n", _last(pairs[place][1]).end_mark.index)
    return _checked(text[:start] + ("" if end < 0 else text[end + 1 :]))


def _without_flow(text: str, pairs: list[tuple[yaml.Node, yaml.Node]], place: int) -> str:
    if place + 1 < len(pairs):
        return text[: pairs[place][0].start_mark.index] + text[pairs[place + 1][0].start_mark.index :]
    start = pairs[place - 1][1].end_mark.index if place else pairs[0][0].start_mark.index
    return text[:start] + text[pairs[place][1].end_mark.index :]


def _walk(node: yaml.Node, prefix: str = "") -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = f"{prefix}{key.value}"
            yield name, key, value
            yield from _walk(value, f"{name}.")


def _section(root: yaml.MappingNode, path: str) -> yaml.MappingNode | None:
    if not path:
        return root
    found = next((value for name, _, value in _walk(root) if name == path), None)
    return found if isinstance(found, yaml.MappingNode) else None


def _written(text: str, node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode) or _is_flow(node):
        return text[node.start_mark.index : node.end_mark.index]
    return ""


def _is_flow(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def _last(node: yaml.Node) -> yaml.Node:
    """The last leaf: the end of a block is told only by what follows it."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node


def _added(text: str, root: yaml.MappingNode, key: str, value: str) -> str | None:
    """Put a key behind the last one of the deepest section that is there."""
    parts = key.split(".")
    depth = next(n for n in range(len(parts) - 1, -1, -1) if n == 0 or _section(root, ".".join(parts[:n])) is not None)
    parent, missing = _section(root, ".".join(parts[:depth])), parts[depth:]
    if parent is None or not parent.value:
        return None
    if parent.flow_style:
        end = parent.value[-1][1].end_mark.index
        inner = "".join(f"{part}: {{" for part in missing[:-1]) + f"{missing[-1]}: {value}" + "}" * (len(missing) - 1)
        return _checked(f"{text[:end]}, {inner}{text[end:]}")
    column = parent.value[-1][0].start_mark.column
    lines = [f"{' ' * (column + _STEP * n)}{part}:" for n, part in enumerate(missing)]
    end = text.find("\n", _last(parent.value[-1][1]).end_mark.index)
    end = len(text) if end < 0 else end
    return _checked(text[:end] + "\n" + "\n".join(lines) + f" {value}" + text[end:])


def _checked(text: str) -> str | None:
    return text if tree(text) is not None else None


def read(written: str) -> object:
    """A value as YAML reads it."""
    try:
        return parse_yaml(written)
    except (yaml.YAMLError, ValueError):
        return written
