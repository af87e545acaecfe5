"""The general rules: what any Python program that fails like this would be mended by."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from agents.coder.debugging.diagnoses import (
    attributes,
    broken_config,
    calls,
    choices,
    files,
    imports,
    keys,
    names,
    nothing,
    operators,
    shapes,
    syntax,
)
from agents.coder.debugging.scene import Proposal, Scene

_ALL = (syntax, names, imports, attributes, calls, broken_config, operators, shapes, files, keys, choices, nothing)
RULES: tuple[Callable[[Scene], Iterator[Proposal]], ...] = tuple(one.diagnose for one in _ALL)
