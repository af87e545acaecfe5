"""A model's diagnosis as a proposal like any other: a guess that guards, a person and the failing command judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from agents.coder.debugging.by_model.allowed import Diagnosis, diagnosis_faults
from agents.coder.debugging.by_model.trouble import Trouble, trouble_of
from agents.coder.debugging.scene import Proposal, Scene
from agents.reviewer.wording import one_line
from framework.artifacts.bugfix import Try
from framework.engines.base import Ask, Engine
from framework.messages import say

Diagnose = Callable[[Scene, Sequence[Try]], Iterator[Proposal]]
_MOST = 2  # of one failure: the second one knows what became of the first


def nobody(_scene: Scene, _tries: Sequence[Try]) -> Iterator[Proposal]:
    """Where there is nobody to ask."""
    return iter(())


def diagnosed(engine: Engine, scene: Scene, tries: Sequence[Try]) -> Iterator[Proposal]:
    """What a model proposes. `tries` grows while it is tried, and each question tells all that was."""
    seen: list[Diagnosis] = []
    while len(seen) < _MOST:
        found = engine.decide(ask(scene, tries))
        edit = found.model_copy(update={"why": ""})
        if not found.file or edit in seen or diagnosis_faults(scene.tree, found):
            return
        seen.append(edit)
        yield _proposal(scene, found, len(seen))


def ask(scene: Scene, tries: Sequence[Try]) -> Ask[Trouble, Diagnosis]:
    """The question. A rule knows nothing here: whatever rules know was proposed before."""
    return Ask(
        kind="coder.diagnose",
        context=trouble_of(scene, tries),
        output=Diagnosis,
        rule=lambda _: Diagnosis(file="", old="", new="", why=""),
        faults=lambda _, found: diagnosis_faults(scene.tree, found),
    )


def _proposal(scene: Scene, found: Diagnosis, number: int) -> Proposal:
    text = scene.tree.texts[found.file]
    line = text[: text.index(found.old)].count("\n") + 1
    return Proposal(
        entry=f"model-{number}",
        kind="code" if found.file.endswith(".py") else "config",
        title=say(scene.lang, "debug.model_title", file=found.file, line=line),
        why=say(scene.lang, "debug.model_why", why=one_line(found.why)),
        guess=True,
        texts={found.file: text.replace(found.old, found.new)},
    )
