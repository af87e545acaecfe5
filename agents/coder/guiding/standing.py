"""The scripts of deploy/train as they stand, and the package that they are for."""

from __future__ import annotations

from collections.abc import Mapping

from framework.artifacts.guidance import Guidance, Script
from framework.errors import InvalidDocument
from framework.messages import Lang, say
from framework.rendering import standing
from framework.rendering.standing import Standing, as_last_made
from framework.runtime.codetree import CodeTree


def compared(made: Mapping[str, str], tree: CodeTree, previous: Guidance | None) -> Standing:
    """A file is the user's where it is neither what is made now nor what was made the last time."""
    return standing.compared(made, tree, as_last_made(previous.scripts if previous else []))


def scripts_in(found: Standing, lang: Lang) -> list[Script]:
    """Each file with its hashes and its purpose."""
    return [Script(**one.model_dump(), purpose=say(lang, f"guidance.file_{_key(one.path)}")) for one in found.told]


def _key(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0].lower()


def package_of(tree: CodeTree) -> str:
    """The project's own package: the one folder of src/ that is one."""
    parts = [path.split("/") for path in tree.files]
    found = sorted({part[1] for part in parts if len(part) == 3 and part[0] == "src" and part[2] == "__init__.py"})
    if len(found) != 1:
        raise InvalidDocument(
            f"src/ must hold one package, found {', '.join(found) or 'none'}.",
            hint="Move what does not belong to the project out of src/, then run `foundry resume`.",
        )
    return found[0]
