"""Whether requirements files can be installed, seen without installing them; asked once for the same files."""

from __future__ import annotations

import time
from collections.abc import Mapping

from pydantic import ValidationError

from framework.artifacts.base import sha256
from framework.artifacts.files import read_text, write_text
from framework.artifacts.ledger import now
from framework.artifacts.receipts import CommandReceipt
from framework.runtime.cache import cache_folder
from framework.runtime.compilers import refusal
from framework.runtime.installers import installation
from framework.runtime.passing_folders import passing_folder
from framework.runtime.processes import run
from framework.runtime.resolver import Lock, here
from framework.runtime.venvs import Venv

_LIMIT = 900  # seconds


def rehearse(lock: Lock, venv: Venv, texts: Mapping[str, str]) -> CommandReceipt:
    """The receipt of a dry run over the files, given by name and text. The lock says where their packages are from."""
    key = sha256(repr((sorted(texts.items()), lock.key, lock.origin, lock.given)))
    place = cache_folder("rehearsals") / f"{key}.json"
    if place.is_file():
        try:
            return CommandReceipt.model_validate_json(read_text(place))
        except ValidationError:
            pass  # torn, or of another version
    receipt = _rehearse(lock, venv, texts)
    if receipt.passed:
        write_text(place, receipt.model_dump_json())
    return receipt


def _rehearse(lock: Lock, venv: Venv, texts: Mapping[str, str]) -> CommandReceipt:
    began = time.monotonic()
    with passing_folder("rehearsal") as folder:
        for name, text in texts.items():
            write_text(folder / name, text)
        install = installation(lock, venv.python, list(texts))
        done = run([*install.args, *install.rehearsing(str(folder))], _LIMIT, cwd=folder, env=install.settings)
    rc = done.rc if done else 127
    proved = "resolves" if rc == 0 else f"exit {rc}"
    return CommandReceipt(
        command=install.shown,
        rc=rc,
        output_hash=sha256(repr((proved, sorted(texts.items()), here()))),
        proved=proved,
        tail="" if rc == 0 else refusal(done).message,
        seconds=round(time.monotonic() - began, 3),
        at=now(),
    )
