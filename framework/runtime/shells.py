"""Shell scripts read without being run: by bash itself, and by shellcheck where it is installed."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from framework.artifacts.base import sha256
from framework.artifacts.ledger import now
from framework.artifacts.receipts import CommandReceipt
from framework.errors import MissingOutside
from framework.runtime.processes import run

_TIMEOUT = 60
_TAIL = 30  # lines


def shellcheck() -> str | None:
    """The program, if there is one: beside the Python that runs this, or on the path."""
    beside = Path(sys.executable).with_name("shellcheck")
    return str(beside) if beside.is_file() else shutil.which("shellcheck")


def read_scripts(folder: Path, scripts: Sequence[str]) -> list[CommandReceipt]:
    """`bash -n` of each script of the folder, and shellcheck of all where it is there."""
    receipts = [_receipt(["bash", "-n", script], "bash", folder) for script in scripts]
    if program := shellcheck():
        receipts.append(_receipt(["shellcheck", *scripts], program, folder))
    return receipts


def _receipt(command: list[str], program: str, folder: Path) -> CommandReceipt:
    began = time.monotonic()
    done = run([program, *command[1:]], _TIMEOUT, cwd=folder)
    if done is None:
        raise MissingOutside(f"{command[0]} cannot be started.", hint="Install it, and run `foundry resume`.")
    said = (done.stdout + done.stderr).strip()
    return CommandReceipt(
        command=command,
        rc=done.rc,
        output_hash=sha256(f"exit {done.rc}"),
        proved=f"exit {done.rc}",
        tail="" if done.rc == 0 else "\n".join(said.splitlines()[-_TAIL:]),
        seconds=round(time.monotonic() - began, 3),
        at=now(),
    )
