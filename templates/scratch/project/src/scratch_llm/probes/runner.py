"""Which probes there are, and how they are run."""

import importlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

from scratch_llm.probes.finding import Attempt, Checks, Finding

if TYPE_CHECKING:
    from scratch_llm.probes.bench import Bench

# A probe is a function of this name in the module of this name. The modules are imported one by one, when it is their
# turn: what a project has broken so far that it cannot be imported is then told of the probes that need it.
PROBES: Final[dict[str, tuple[str, ...]]] = {
    "data": ("vocabulary_ids", "round_trip", "target_shift", "loss_mask", "documents", "split_overlap", "data_order"),
    "model": ("initial_loss", "gradients", "formula", "causality", "packing", "cache"),
    "step": ("loss_value", "step_gradient", "accumulation", "masked_labels", "clipping"),
    "update": ("update", "optimizer", "schedule", "preference_start"),
    "learning": ("overfit", "shuffled_targets", "seed"),
    "evaluating": ("eval_mode", "validation", "generation"),
    "whole": ("run_loop", "resume"),
}


def run_probes(config: Path, overrides: Sequence[str], wanted: Sequence[str] = ()) -> Iterator[Finding]:
    """Run all probes, or the wanted ones, on a config; nothing is written but below a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="probes-") as folder:
        with Attempt() as start:
            bench = _module("bench").set_up(config, overrides, Path(folder))
        yield Finding("start", not start.error, "an error" if start.error else "no error", "no error", start.story)
        if start.error is None:
            for module, names in PROBES.items():
                yield from (_run(module, name, bench) for name in names if not wanted or name in wanted)


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"scratch_llm.probes.{name}")


def _run(module: str, name: str, bench: "Bench") -> Finding:
    found = Finding(name, False, "nothing", "something", "the probe has checked nothing")
    with Attempt() as attempt:
        checks: Checks = getattr(_module(module), name)(bench)
        for number, check in enumerate(checks):
            if number == 0 or not check.passed:
                found = Finding(name, *check[:3], "" if check.passed and check.limit != "nothing" else check.why)
            if not check.passed:
                break
    return Finding(name, False, "an error", "no error", attempt.story) if attempt.error else found
