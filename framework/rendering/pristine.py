"""Files of a family as foundry carries them, under the names of a project: what no edit of the project can soften."""

from __future__ import annotations

import ast
from pathlib import Path

from framework.artifacts.files import outside_failures
from framework.rendering.context import Identity
from framework.rendering.family import load_family
from framework.rendering.names import Renaming

_RUNNER = "src/scratch_llm/probes/runner.py"


def probe_names(family: str) -> frozenset[str]:
    """The silent-bug probes of a family, from the list that its runner goes through."""
    tree = ast.parse((load_family(family).root / "project" / _RUNNER).read_text(encoding="utf-8"))
    lists = [
        node.value for node in tree.body if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "PROBES"
    ]
    return frozenset(name for value in lists if value for names in ast.literal_eval(value).values() for name in names)


def write_pristine(family: str, package: str, folders: tuple[str, ...], into: Path) -> None:
    """Put the family's files whose paths begin so (as the template calls them) into a folder."""
    source = load_family(family)
    renaming = Renaming(source.rules.names, _identity(package))
    with outside_failures(into):
        for path in source.files:
            if path.startswith(folders):
                target = into / renaming.apply(path)
                target.parent.mkdir(parents=True, exist_ok=True)
                text = (source.root / "project" / path).read_text(encoding="utf-8")
                target.write_text(renaming.apply_in(path, text), encoding="utf-8")


def _identity(package: str) -> Identity:
    """Code holds the project's names; its terms and versions stand elsewhere."""
    return Identity(
        package=package,
        distribution=package.replace("_", "-"),
        title=package.replace("_", " "),
        language="en",
        license="MIT",
        python="3.11",
    )
