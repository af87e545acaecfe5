"""Start and stop a stub service in the background, as `docker compose up -d` and `stop` do with a container.

python launch.py start FOLDER COLOUR VERSION | python launch.py stop FOLDER COLOUR
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path


def start(folder: Path, colour: str, version: str) -> None:
    port = str(json.loads((folder / "ports.json").read_text())[colour])
    program = Path(__file__).with_name("stub_service.py")
    with (folder / f"{colour}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, str(program), port, version], stdout=log, stderr=log, start_new_session=True
        )
    (folder / f"{colour}.pid").write_text(str(process.pid))


def stop(folder: Path, colour: str) -> None:
    place = folder / f"{colour}.pid"
    if not place.exists():
        return
    with suppress(ProcessLookupError):
        os.kill(int(place.read_text()), signal.SIGKILL)
    while Path(f"/proc/{place.read_text()}").exists() and "Z" not in _state(place.read_text()):
        time.sleep(0.02)
    place.unlink()


def _state(pid: str) -> str:
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return "Z"


if __name__ == "__main__":
    {"start": start, "stop": stop}[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
