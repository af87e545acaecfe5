"""Runs a project's training in its own environment, and reads what the run has left behind."""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bugbench.inject import Site

MEMORY = 12 * 2**30  # bytes of address space: a run that wants more fails here instead of taking the machine along


@dataclass(frozen=True)
class Trained:
    """What a run of training has left behind."""

    rc: int
    last_line: str  # of its errors
    tokens: int
    losses: tuple[float, ...]
    val_losses: tuple[float, ...]
    has_checkpoint: bool
    seconds: float

    @property
    def is_finite(self) -> bool:
        """Whether all losses are numbers, and there are some."""
        return bool(self.losses and self.val_losses) and all(map(math.isfinite, self.losses + self.val_losses))


def train(site: Site, overrides: Sequence[str], wall_s: float) -> Trained:
    """Train for one epoch on the small data."""
    before = set(_runs(site.root))
    command = [str(site.python), "scripts/train.py", "--epochs", "1", "--config", site.config, *overrides]
    start = time.monotonic()
    rc, errors = _run(command, site.root, wall_s)
    made = sorted(set(_runs(site.root)) - before)
    records = _records(made[-1] / "metrics.jsonl") if made else []
    return Trained(
        rc=rc,
        last_line=error_line(errors) if rc else "",
        tokens=max((int(record["tokens"]) for record in records if "tokens" in record), default=0),
        losses=tuple(record["loss"] for record in records if "loss" in record),
        val_losses=tuple(record["val_loss"] for record in records if "val_loss" in record),
        has_checkpoint=bool(made) and any(made[-1].glob("checkpoints/step_*/model.safetensors")),
        seconds=time.monotonic() - start,
    )


def _run(command: Sequence[str], root: Path, wall_s: float) -> tuple[int, str]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    environment = kept | {"OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, timeout=wall_s, preexec_fn=limit
        )
    except subprocess.TimeoutExpired:
        return 124, f"no end within {wall_s:.0f} s"
    return done.returncode, done.stderr


def _runs(root: Path) -> list[Path]:
    return [path.parent for path in (root / "outputs").rglob("metrics.jsonl")]


def _records(path: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def error_line(errors: str) -> str:
    """What went wrong, in a line: of a refusal how it begins, of a traceback what follows its last frame."""
    lines = [line for line in errors.splitlines() if line.strip()]
    refused = [number for number, line in enumerate(lines) if line.startswith("error: ")]
    frames = [number for number, line in enumerate(lines) if line.startswith('  File "')]
    if refused:
        return " ".join(lines[refused[-1] : refused[-1] + 2])[:300]
    after = lines[frames[-1] + 1 :] if frames else lines[-1:]
    flush = [number for number, line in enumerate(after) if not line.startswith(" ")]
    return " ".join(line.strip() for line in after[flush[0] : flush[0] + 2])[:300] if flush else "no word"
