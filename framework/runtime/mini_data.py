"""The project's own scripts for its mini dataset, run in its own environment: one makes it, a notebook shows it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from framework.artifacts.base import sha256
from framework.artifacts.files import outside_failures, read_text
from framework.artifacts.ledger import now
from framework.artifacts.mini_dataset import FACTS, FOLDER, Exploration, MiniFacts, Overlap
from framework.artifacts.receipts import CommandReceipt
from framework.errors import FoundryError, MissingOutside, UsageError
from framework.runtime.mini_counts import count, shared
from framework.runtime.paths import refuse_blocked
from framework.runtime.processes import run
from framework.runtime.restricted import Limits, Ran, run_restricted

if TYPE_CHECKING:
    from framework.runtime.venvs import Venv

SCRIPT = "scripts/mini_data.py"
NOTEBOOK = "scripts/explore_mini_data.ipynb"
EXECUTED = "reports/explore_mini_data.ipynb"
PLOTS = "reports/plots"
_LIMITS = Limits(wall_s=900, memory_bytes=4 << 30)
_NETWORK_S = 180  # for a dataset of the hub: whoever has a slow line gets the other source
_TAIL = 2000
_SAYING = "`--set environment.columns=text=COLUMN`"  # how foundry's users say what the script calls --columns
_REFUSED = 2  # the exit code with which the project's scripts say what a person should mend

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """The words of the command, and those of it that a report does not repeat: places on this machine."""

    words: tuple[str, ...]
    places: tuple[str, ...] = ()

    @property
    def shown(self) -> list[str]:
        """The command without the places."""
        names = {place: Path(place).name for place in self.places}
        return ["python", SCRIPT, *(names.get(word, word) for word in self.words)]


def draw(venv: Venv, root: Path, wanted: Wanted, tell: Tell | None = None) -> tuple[MiniFacts, CommandReceipt]:
    """Make the dataset with the network cut off; its facts as they stand on disk then."""
    refuse_blocked(root, FACTS)
    done = run_restricted(venv, root, ["python", SCRIPT, *wanted.words], _LIMITS, tell)
    return _facts(root, done.rc, done.stderr, done.ended), _receipt(wanted.shown, done.rc, root, done.seconds)


def draw_from_hub(venv: Venv, root: Path, wanted: Wanted) -> tuple[MiniFacts, CommandReceipt] | None:
    """The same with the network; None where it took too long."""
    refuse_blocked(root, FACTS)
    began = time.monotonic()
    settings = {"PYTHONPATH": str(root.absolute() / "src"), "OMP_NUM_THREADS": "1", "NO_COLOR": "1"}
    try:
        done = run([str(venv.python), SCRIPT, *wanted.words], _NETWORK_S, cwd=root, env=settings)
    except MissingOutside:
        return None
    if done is None:
        raise MissingOutside(f"{venv.python} cannot be started.", hint="Run `foundry resume PROJECT`.")
    seconds = round(time.monotonic() - began, 3)
    return _facts(root, done.rc, done.stderr, "exit"), _receipt(wanted.shown, done.rc, root, seconds)


def refuse_within(root: Path, data: str) -> None:
    """Stop where the user's data lie in the folder that every draw replaces."""
    if Path(data).resolve().is_relative_to((root / FOLDER).resolve()):
        raise UsageError(
            f"--data {data} lies in {FOLDER}, which is replaced by every draw.", hint="Move your data elsewhere."
        )


def _facts(root: Path, rc: int, stderr: str, ended: str) -> MiniFacts:
    if rc == _REFUSED and "error: " in stderr:
        said = stderr.rpartition("error: ")[2].strip()
        message, _, hint = said.partition("\n  -> ")
        hint = hint.strip().replace("--columns", _SAYING)
        raise UsageError(message, hint=f"{hint[:1].upper()}{hint[1:]}." if hint else "")
    if rc:
        why = stderr.strip().splitlines()[-1:] or [ended]
        raise FoundryError(
            f"{SCRIPT} ended with {rc} ({ended}): {why[0][:_TAIL]}",
            hint=f"Run `python {SCRIPT}` in the project to see all of it.",
        )
    return read_facts(root)


def read_facts(root: Path) -> MiniFacts:
    """What the script has written down."""
    try:
        return MiniFacts.model_validate_json(read_text(root / FACTS))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise FoundryError(
            f"{FACTS}, {where}: {first['msg']}.", hint=f"Take {SCRIPT} as foundry made it, or mend what it writes."
        ) from error


def _receipt(command: list[str], rc: int, root: Path, seconds: float) -> CommandReceipt:
    rows = {name: counted.rows for name in _names(root) if (counted := count(root / FOLDER / name))}
    proved = ", ".join(f"{name} {n}" for name, n in rows.items()) or f"exit {rc}"
    hashes = [counted.sha256 for name in rows if (counted := count(root / FOLDER / name))]
    return CommandReceipt(
        command=command, rc=rc, output_hash=sha256("\n".join(hashes)), proved=proved, seconds=seconds, at=now()
    )


def _names(root: Path) -> list[str]:
    with outside_failures(root / FOLDER):
        return sorted(path.name for path in (root / FOLDER).glob("*.jsonl"))


def compare(root: Path, facts: MiniFacts) -> Overlap:
    """Look for rows that stand in two parts."""
    counted = {name: count(root / FOLDER / part.file) for name, part in facts.splits.items()}
    texts = {name: one.texts for name, one in counted.items() if one is not None}
    exact, near = shared(texts)
    return Overlap(rows=sum(map(len, texts.values())), exact=exact, near=near)


def explore(venv: Venv, root: Path, tell: Tell | None = None) -> Exploration:
    """Execute the notebook; what it shows is kept in a copy, so that the notebook itself stays as it is."""
    for place in (EXECUTED, f"{PLOTS}/mini_*.png"):
        refuse_blocked(root, place)
    with outside_failures(root / EXECUTED):
        (root / PLOTS).mkdir(parents=True, exist_ok=True)
        for old in [root / EXECUTED, *(root / PLOTS).glob("mini_*.png")]:
            old.unlink(missing_ok=True)
    command = ["jupyter-execute", NOTEBOOK, f"--output=../{EXECUTED.removesuffix('.ipynb')}", "--timeout=300"]
    done = run_restricted(venv, root, [*command, "--startup_timeout=120"], _LIMITS, tell)
    with outside_failures(root / PLOTS):
        plots = sorted(f"{PLOTS}/{path.name}" for path in (root / PLOTS).glob("mini_*.png"))
    return Exploration(
        notebook=NOTEBOOK, executed=EXECUTED, plots=plots, receipt=_of_notebook(command, done, root, plots)
    )


def _of_notebook(command: Sequence[str], done: Ran, root: Path, plots: Sequence[str]) -> CommandReceipt:
    hashes = "\n".join(f"{plot} {sha256((root / plot).read_bytes())}" for plot in plots)
    return CommandReceipt(
        command=list(command),
        rc=done.rc,
        output_hash=sha256(hashes),
        proved=f"{len(plots)} plots" if done.rc == 0 else f"exit {done.rc} ({done.ended})",
        tail="" if done.rc == 0 else (done.stderr or done.stdout)[-_TAIL:],
        seconds=done.seconds,
        at=now(),
    )
