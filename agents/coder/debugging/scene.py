"""What a diagnosis looks at, and what it proposes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from agents.coder.debugging.failure import Failure
from framework.artifacts.base import Strict
from framework.messages import Lang
from framework.runtime.codetree import CodeTree
from framework.runtime.introspection import Python


@dataclass(frozen=True)
class Scene:
    """Everything that a diagnosis may look at."""

    failure: Failure
    tree: CodeTree
    proven: Mapping[str, str]  # the texts as they were last proven, by path
    config: str
    overrides: list[str]
    python: Python
    modules: Mapping[str, list[str]]  # the distributions that bring a top-level module
    lang: Lang
    device: Literal["cpu", "gpu"] = "cpu"


class SettingChange(Strict):
    """One setting with its old and new value, as they are written."""

    file: str
    key: str
    old: str
    new: str


class Proposal(Strict):
    """One repair, ready to be shown and applied."""

    entry: str
    kind: Literal["config", "dependency", "code", "data", "restore"]
    title: str
    why: str
    guess: bool = False
    texts: dict[str, str] = Field(default_factory=dict)
    settings: list[SettingChange] = Field(default_factory=list)
    again: Literal["", "install", "mini_data"] = ""
    requirement: str = ""
