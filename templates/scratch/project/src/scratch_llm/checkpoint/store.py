"""The checkpoints of one run: whole or not there, checked before use, the best and the last ones kept.

checkpoints/
    step_000100/     a model folder, with `state.pt` (what exact resume needs) and `manifest.json` (sha256 of each file)
    index.json       which step is last, which is best, and the score of each
"""

import json
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal

from scratch_llm.utils.errors import CheckpointError
from scratch_llm.utils.files import sha256, whole_folder, write_json

Which = Literal["best", "last"]
WEIGHTS: Final = "model.safetensors"
STATE: Final = "state.pt"
MANIFEST: Final = "manifest.json"


def resolve(path: Path, which: Which = "best") -> Path:
    """Find the model folder that `path` means.

    Args:
        path: A model folder, a run's `checkpoints`, a run, or an experiment: then its newest run.
        which: What to take from a run; `best` falls back to the last where nothing was scored.
    """
    if (path / "model.safetensors").is_file():
        return path
    folder = path / "checkpoints" if (path / "checkpoints").is_dir() else path
    if runs := sorted(path.glob("*/checkpoints/step_*/model.safetensors")):
        folder = runs[-1].parents[1]
    steps = {step.name: step for step in _steps(folder) if (step / "model.safetensors").is_file()}
    if not steps:
        raise CheckpointError(
            f"'{path}' holds no checkpoint",
            "give a run folder (outputs/...) or a step folder in it; train first if there is none",
        )
    index = _read_index(folder)
    name = index[which] if index[which] in steps else index["last"]
    return steps.get(name) or list(steps.values())[-1]


def last_intact(folder: Path) -> Path:
    """The newest step folder whose files are all there and unchanged; newer ones that are not are told of."""
    for step in reversed(_steps(folder)):
        try:
            verify(step)
        except CheckpointError as error:
            warnings.warn(f"{error.message}; the one before it is used", stacklevel=2)
        else:
            return step
    raise CheckpointError(f"{folder} holds no checkpoint that is whole", "start the run again without --resume")


def verify(step: Path, *, to_resume: bool = True) -> None:
    """Check a step folder against its manifest; without `to_resume` only the model, whatever became of the state."""
    try:
        manifest = json.loads((step / MANIFEST).read_text(encoding="utf-8"))
        checked = manifest.keys() | {WEIGHTS, STATE} if to_resume else (manifest.keys() | {WEIGHTS}) - {STATE}
        damaged = [name for name in sorted(checked) if sha256(step / name) != manifest.get(name)]
    except (OSError, ValueError, AttributeError) as error:
        raise CheckpointError(f"checkpoint {step} is incomplete ({error})", "use an earlier one") from error
    if damaged:
        raise CheckpointError(f"checkpoint {step} is damaged ({', '.join(damaged)})", "use an earlier one")


class CheckpointStore:
    """Writes a run's checkpoints, keeps the last, the best and `keep` more, and copies them to a backup folder."""

    def __init__(self, folder: Path, keep: int, backup: Path | None = None) -> None:
        self.folder = folder
        self.keep = keep
        self.backup = backup

    def save(self, step: int, write: Callable[[Path], None], score: float | None = None) -> Path:
        """Write one checkpoint.

        Args:
            step: Its step.
            write: Fills the folder that it is given.
            score: Lower is better; None where nothing was measured.
        """
        target = self.folder / f"step_{step:06d}"
        with whole_folder(target, MANIFEST) as draft:
            write(draft)
            files = sorted(path for path in draft.rglob("*") if path.is_file())
            write_json(draft / MANIFEST, {str(path.relative_to(draft)): sha256(path) for path in files})
        self._record(target.name, score)
        self._rotate()
        if self.backup is not None:
            self._copy_to(self.backup)
        return target

    def clear_drafts(self) -> None:
        """Remove what a process that was killed while writing has left behind."""
        for draft in self.folder.glob(".step_*"):
            shutil.rmtree(draft)

    def _record(self, name: str, score: float | None) -> None:
        scores = _read_index(self.folder)["scores"] | ({} if score is None else {name: score})
        best = min(scores, key=lambda step: scores[step], default=None)
        write_json(self.folder / "index.json", {"last": name, "best": best, "scores": scores})

    def _rotate(self) -> None:
        index = _read_index(self.folder)
        old = [step for step in _steps(self.folder) if step.name not in (index["last"], index["best"])]
        for step in old[: max(0, len(old) - self.keep)]:
            shutil.rmtree(step)
        scores = {name: score for name, score in index["scores"].items() if (self.folder / name).is_dir()}
        write_json(self.folder / "index.json", {**index, "scores": scores})

    def _copy_to(self, backup: Path) -> None:
        """Make the backup equal to the folder; each step is whole there too."""
        steps = {step.name: step for step in _steps(self.folder)}
        for name, step in steps.items():
            if _manifest(backup / name) != _manifest(step):
                with whole_folder(backup / name, MANIFEST) as draft:
                    shutil.copytree(step, draft, dirs_exist_ok=True)
        write_json(backup / "index.json", _read_index(self.folder))
        for stale in _steps(backup):
            if stale.name not in steps:
                shutil.rmtree(stale)


def _manifest(step: Path) -> str:
    """The manifest, which differs where any file does."""
    path = step / MANIFEST
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _steps(folder: Path) -> list[Path]:
    """All step folders, oldest first."""
    found = [path for path in folder.glob("step_*") if path.name.removeprefix("step_").isdigit()]
    return sorted(found, key=lambda path: int(path.name.removeprefix("step_")))


def _read_index(folder: Path) -> dict[str, Any]:
    """The index; without a readable one it is as if nothing had been scored, for the step folders are the truth."""
    empty: dict[str, Any] = {"last": None, "best": None, "scores": {}}
    try:
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return empty
    return index if _is_index(index) else empty


def _is_index(index: Any) -> bool:
    if not isinstance(index, dict) or index.keys() != {"last", "best", "scores"}:
        return False
    names, scores = (index["last"], index["best"]), index["scores"]
    if not all(name is None or isinstance(name, str) for name in names) or not isinstance(scores, dict):
        return False
    return all(isinstance(score, int | float) for score in scores.values())
