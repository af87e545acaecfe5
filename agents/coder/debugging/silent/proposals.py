"""Silent bugs where nothing was proven before: what a failing probe looks at, searched for its typical causes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest

from agents.coder.debugging.restore.ranking import TOPICS
from agents.coder.debugging.scene import Proposal, Scene
from agents.coder.debugging.silent.draft import Draft
from agents.coder.debugging.silent.edits import small_drafts
from agents.coder.debugging.silent.structure import structural_drafts
from framework.messages import say

_KEPT = re.compile(r"(^|/)(tests?|docs|probes|benchmarks|examples|tutorials)(/|$)|probe\w*\.py$|conftest\.py$")


def silent_proposals(scene: Scene) -> Iterator[Proposal]:
    """Repairs for a failing probe, the likeliest first; all of them are guesses, which the probe itself decides."""
    probe = scene.failure.error.removeprefix("probe:")
    if probe == scene.failure.error:
        return
    by_cause: dict[str, list[Draft]] = {}
    for draft in _drafts(scene, probe):
        if draft.text not in [one.text for one in by_cause.setdefault(draft.cause, [])]:
            by_cause[draft.cause].append(draft)
    # The first place of every cause before the second of any: attempts are few.
    for drafts in zip_longest(*by_cause.values()):
        yield from (_proposal(scene, probe, draft) for draft in drafts if draft)


def _drafts(scene: Scene, probe: str) -> Iterator[Draft]:
    """Where the probe's topic is, is looked at first; what is seen by structure before what is seen by one line."""
    texts = {file: text for file, text in scene.tree.texts.items() if file.endswith(".py") and not _KEPT.search(file)}
    near = next((paths for names, paths, _ in TOPICS if re.search(names, probe)), "")
    ordered = dict(
        sorted(texts.items(), key=lambda item: (not item[0].startswith("src/"), not re.search(near, item[0]), item[0]))
    )
    yield from structural_drafts(probe, ordered)
    yield from small_drafts(probe, ordered)


def _proposal(scene: Scene, probe: str, draft: Draft) -> Proposal:
    cause = say(scene.lang, f"silent.cause_{draft.cause}")
    return Proposal(
        entry=f"silent {draft.cause} {draft.file}:{draft.line}",
        kind="code",
        title=say(scene.lang, "silent.title", file=draft.file, line=draft.line, cause=cause),
        why=say(scene.lang, "silent.why", probe=probe, cause=cause),
        guess=True,
        texts={draft.file: draft.text},
    )
