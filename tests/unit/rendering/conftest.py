"""The context of the real family, and small families of a test's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from framework.artifacts.document import parse_mapping
from framework.artifacts.files import read_text
from framework.rendering.context import ScratchContext
from framework.rendering.family import Family, load_family, read_family

NAMES = "names: {package: old_name, distribution: old-name, title: Old Name}\n"
Make = Callable[..., Family]


@pytest.fixture(scope="session")
def scratch() -> Family:
    return load_family("scratch")


@pytest.fixture(scope="session")
def defaults(scratch: Family) -> ScratchContext:
    path = scratch.root / "defaults.yaml"
    return parse_mapping(ScratchContext, read_text(path), str(path))


def called(context: ScratchContext, package: str, title: str = "New Title") -> ScratchContext:
    """The context under another name."""
    names = {"package": package, "distribution": package.replace("_", "-"), "title": title}
    return context.model_copy(update={"identity": context.identity.model_copy(update=names)})


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a family down and read it: the files of its folder by path, and what family.yaml says besides the names."""

    def made(files: dict[str, str | bytes], rules: str = "", listed: list[str] | None = None) -> Family:
        root = tmp_path / "family"
        own = [name.removeprefix("project/") for name in files if name.startswith("project/")]
        listing = "".join(f"{name}\n" for name in (sorted(own) if listed is None else listed))
        for name, content in (files | {"family.yaml": NAMES + rules, "files.txt": listing}).items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return read_family(root)

    return made
