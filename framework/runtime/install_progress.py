"""How far an installation is, told from the installer's own output."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from framework.artifacts.pins import normal

# uv says "Downloading torch (180.3MiB)", "Prepared 12 packages in 3s", " + idna==3.10"; pip says "Collecting
# idna==3.10" for each package, "Processing ./idna-3.10-py3-none-any.whl" for one in a folder, and at the end
# "Installing collected packages: idna, torch".
_FETCHED = re.compile(
    r"^(?:(?:Collecting|\s*Downloaded)\s+|Processing (?:.*/)?(?=[^/]*\.whl))([A-Za-z0-9]\w*(?:[.-][A-Za-z]\w*)*)"
)
_FETCHING = re.compile(r"^\s*Downloading\s+(?!http)([A-Za-z0-9][\w.-]*?)(?:-\d\S*)?\s+\((.+)\)")
_PREPARED = re.compile(r"^(?:Prepared (\d+) packages?|Installing collected packages:)")
_INSTALLED = re.compile(r"^ \+ [A-Za-z0-9][\w.-]*==")
_STEPS = 10  # sentences, however many packages there are


class InstallProgress:
    """Listens to an installer, line by line."""

    def __init__(self, total: int, tell: Callable[..., None]) -> None:
        self._total, self._tell = total, tell
        self._fetched: set[str] = set()
        self._installed = 0
        self._began = time.monotonic()
        tell("environment.installing", total=total)

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return round(time.monotonic() - self._began, 3)

    def __call__(self, line: str) -> None:
        """Take note of a line, and tell what it means."""
        if found := _FETCHING.match(line):
            self._tell("environment.fetching", name=found[1], size=found[2])
        elif found := _FETCHED.match(line):
            self._fetched.add(normal(found[1]))
            self._now(found[1])
        elif _PREPARED.match(line):
            self._tell("environment.unpacking", total=self._total)
        elif _INSTALLED.match(line):
            self._installed += 1
            if self._installed == self._total:
                self._tell("environment.installed", count=self._installed)

    def _now(self, name: str) -> None:
        count = len(self._fetched)
        if count % max(1, self._total // _STEPS) == 0 or count == self._total:
            self._tell("environment.fetched", count=count, total=self._total, name=name)
