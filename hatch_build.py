"""What the wheel carries of each template: the files on its list, and nothing that work in its folder leaves behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGED = "framework/_resources"


class TemplateFiles(BuildHookInterface[Any]):
    """Reads `templates/<family>/files.txt`, which a test holds against git."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add every listed file to the wheel, under the name that the resource locator looks for."""
        if version != "standard":  # an editable install reads the checkout itself
            return
        root = Path(self.root)
        for listing in sorted(root.glob("templates/*/files.txt")):
            family = listing.parent.relative_to(root).as_posix()
            # Nobody works in the rest of the folder: how the family is rendered.
            beside = (path.relative_to(root) for path in listing.parent.rglob("*") if path.is_file())
            names = [path.as_posix() for path in beside if path.parts[2] != "project"]
            names += [f"{family}/project/{name}" for name in listing.read_text(encoding="utf-8").splitlines()]
            build_data["force_include"] |= {str(root / name): f"{PACKAGED}/{name}" for name in names}
