"""How far the download of wheels and the build of an image are, told from what pip and BuildKit print."""

from __future__ import annotations

import re
from collections.abc import Callable

from framework.artifacts.pins import normal

# pip says "Collecting idna==3.10" of a package in an index, "Processing /wheels/idna-3.10-py3-none-any.whl" of a file.
_COLLECTED = re.compile(r"^(?:Collecting\s+|Processing (?:.*/)?(?=[^/]*\.whl))([A-Za-z0-9]\w*(?:[.-][A-Za-z]\w*)*)")
_NOISE = re.compile(r"^#\d+ (sha256:|\.\.\.$|transferring )|^#\d+ [\d.]+ Processing ")
_STEPS = 10  # sentences, however many wheels there are
_LONGEST = 160
Tell = Callable[..., None]  # the key of a sentence, and its fields


class FetchProgress:
    """Listens to pip while it downloads."""

    def __init__(self, total: int, tell: Tell) -> None:
        self._total, self._tell = total, tell
        self._seen: set[str] = set()

    def __call__(self, line: str) -> None:
        """Tell every now and then how many are under way."""
        if match := _COLLECTED.match(line):
            self._seen.add(normal(match[1]))
            count = len(self._seen)
            if count % max(1, self._total // _STEPS) == 0 or count == self._total:
                self._tell("image.fetched", count=count, total=self._total, name=match[1])


class BuildProgress:
    """Listens to BuildKit. A step that it comes back to, as it does when several go on at once, is named once."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._seen: set[str] = set()

    def __call__(self, line: str) -> None:
        """Pass on what a person can use."""
        if not _NOISE.match(line) and line not in self._seen:
            self._seen.add(line)
            self._tell("image.line", line=line[:_LONGEST])
