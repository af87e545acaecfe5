"""How a run speaks: lines to the person, and JSON lines to a file."""

import json
import logging
import sys
from pathlib import Path
from typing import Any

from tqdm import tqdm

_LOGGER = logging.getLogger("scratch_llm")


class BesideTheBar(logging.Handler):
    """Writes each line to stderr, above the progress bar instead of through it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        tqdm.write(self.format(record), file=sys.stderr)


def speak(level: int) -> None:
    """Let the lines of `tell` appear on the terminal."""
    if not _LOGGER.handlers:
        _LOGGER.addHandler(BesideTheBar())
    _LOGGER.setLevel(level)


def tell(line: str) -> None:
    """Tell the person something."""
    _LOGGER.info(line)


def append_json(path: Path, record: dict[str, Any]) -> None:
    """Add one line to a file of JSON lines."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record, ensure_ascii=False) + "\n")
