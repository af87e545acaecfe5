"""Logs that a machine can read: one JSON object per event."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal


class JsonLine(logging.Formatter):
    """Time, level, logger, message, and the fields that were given as `extra={"fields": {...}}`."""

    def format(self, record: logging.LogRecord) -> str:
        """Make one line."""
        event = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return json.dumps(event, ensure_ascii=True, default=str)


class TextLine(logging.Formatter):
    """The same for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Make one line, and the traceback below it."""
        line = super().format(record)
        fields = " ".join(f"{name}={value!r}" for name, value in getattr(record, "fields", {}).items())
        return f"{line} {fields}" if fields else line


def configure_logging(form: Literal["json", "text"]) -> None:
    """Send everything to standard error in one form; the process belongs to the server."""
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(JsonLine() if form == "json" else TextLine("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[stream], force=True)
