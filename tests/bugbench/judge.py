"""What became of a bug, judged by running the project and reading its files; foundry's own claims are only noted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from tests.bugbench.bugs import Bug
from tests.bugbench.ground import OVERTIME, Answered, Ground, front_matter
from tests.bugbench.inject import inject
from tests.bugbench.training import Trained, train
from tests.bugbench.tree import Tree, cheats, means_the_same, read_tree

WALL_S = 300.0
_SAME = 1e-3  # relative: losses of one seed agree to the last digits, those of another program do not
_AS_GOOD = 1.15  # a repaired run may end with a validation loss this many times the clean one's
_AS_MUCH = 0.9  # and must have trained on this share of the clean one's tokens


@dataclass(frozen=True)
class Clean:
    """The project before any bug."""

    tree: Tree
    trained: Trained


@dataclass(frozen=True)
class Outcome:
    """What became of one bug."""

    bug: Bug
    rc: int  # foundry's
    seconds: float
    found: bool  # a silent one: the report tells of a problem, though the training had ended well
    repaired: bool  # training works again and is what it was
    exact: bool  # the programs and configs mean what they meant before the bug
    cheats: tuple[str, ...]
    attempts: int | None
    ways: tuple[str, ...]  # the kinds of the repairs that foundry reports
    why: str  # why it does not count as repaired
    words: str = ""  # foundry's last ones, where it did not end well


def measure_clean(ground: Ground) -> Clean:
    """Train the project as it was prepared."""
    ground.restore()
    trained = train(ground.site, ground.overrides, WALL_S)
    if trained.rc or not trained.is_finite:
        raise RuntimeError(f"the project does not train without any bug: {trained.last_line}")
    return Clean(read_tree(ground.site.root), trained)


def try_bug(bug: Bug, ground: Ground, clean: Clean, wall_s: float) -> Outcome:
    """Bring the bug in, let foundry debug, and judge."""
    ground.restore()
    inject(bug, ground.site)
    broken = read_tree(ground.site.root)
    answered = ground.debug(wall_s)
    mended = read_tree(ground.site.root)
    trained = train(ground.site, ground.overrides, WALL_S)
    return _judge(bug, ground, clean, (broken, mended), trained, answered)


def _judge(
    bug: Bug, ground: Ground, clean: Clean, trees: tuple[Tree, Tree], trained: Trained, answered: Answered
) -> Outcome:
    broken, mended = trees
    report = front_matter(ground.site.root / "reports" / "bugfix_report.md")
    exact = means_the_same(clean.tree, mended)
    why = "foundry did not end in time" if answered.rc == OVERTIME else fault(trained, clean.trained)
    if not why and bug.kind == "silent" and not exact:
        why = _silent_fault(bug, ground, clean, trained)
    return Outcome(
        bug=bug,
        rc=answered.rc,
        seconds=answered.seconds,
        found=bool(report.get("problems")),
        repaired=not why,
        exact=exact,
        cheats=tuple(cheats(clean.tree, broken, mended)),
        attempts=len(_tries(report)) if report else None,
        ways=tuple(
            sorted({f"{tried['kind']}/{tried['entry']}" for tried in _tries(report) if tried["outcome"] == "mended"})
        ),
        why=why,
        words=answered.output[-1500:] if answered.rc else "",
    )


def fault(trained: Trained, clean: Trained) -> str:
    """Why this is no working training, or not the one from before the bug; empty where it is."""
    loss, wanted = (run.val_losses[-1] if run.val_losses else math.inf for run in (trained, clean))
    rules = {
        f"training ends with {trained.rc}: {trained.last_line}": trained.rc == 0,
        "a loss is missing or not finite": trained.is_finite,
        "no checkpoint was saved": trained.has_checkpoint,
        f"it trains on {trained.tokens} tokens, not {clean.tokens}": trained.tokens >= _AS_MUCH * clean.tokens,
        "it validates less often than before": len(trained.val_losses) >= len(clean.val_losses),
        f"its validation loss is {loss:.3f}, before it was {wanted:.3f}": loss <= _AS_GOOD * wanted,
    }
    return next((fault for fault, holds in rules.items() if not holds), "")


def _silent_fault(bug: Bug, ground: Ground, clean: Clean, trained: Trained) -> str:
    """Whether the losses are the clean ones, where the bug had made them others."""
    if not _agree(trained, clean.trained):
        return "the losses are not those from before the bug"
    ground.restore()
    inject(bug, ground.site)
    if _agree(train(ground.site, ground.overrides, WALL_S), clean.trained):
        return "the program is not what it was before the bug, and the losses cannot tell"
    return ""


def _agree(one: Trained, other: Trained) -> bool:
    losses = [run.losses + run.val_losses for run in (one, other)]
    return len(losses[0]) == len(losses[1]) and all(abs(a - b) <= _SAME * abs(b) for a, b in zip(*losses, strict=True))


def _tries(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Every repair that was tried, as the report tells it."""
    return [tried for problem in report.get("problems", []) for tried in problem.get("tries", [])]
