"""For wishes that no template covers: a model writes, the gates judge, and the wish stays listed for a person to judge.

That tests of a model's own pass shows that its code does what it thinks; whether that is the wish, no program can tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agents.coder.writing.asking import ask, without_extras
from agents.coder.writing.bounds import TESTS, written_faults
from agents.coder.writing.judging import Gates
from agents.reviewer.wording import one_line
from framework.artifacts.build import Extra
from framework.artifacts.tech import Unmet
from framework.engines.base import Engine
from framework.messages import Lang, say
from framework.runtime.workspace import Workspace

_WRITABLE = ("success_metric", "data_format", "output", "method")  # what one module with its tests can be
_MOST = 2  # wishes of one build: each is judged by all the proofs
_INIT = f"{TESTS}/__init__.py"


def extras_for(workspace: Workspace, engine: Engine, wishes: Sequence[Unmet], gates: Gates) -> list[Extra]:
    """What became of each wish that a model wrote something for."""
    asked = [one for one in wishes if one.slot in _WRITABLE][:_MOST]
    return [extra for wish in asked for extra in _extra(workspace, engine, wish, gates)]


def _extra(workspace: Workspace, engine: Engine, wish: Unmet, gates: Gates) -> Iterator[Extra]:
    tree = workspace.code()
    written = engine.decide(ask(tree, wish, workspace.run.lang))
    if not written.files or written_faults(without_extras(tree), written):
        return
    texts = gates.styled(tree, {one.path: one.content for one in written.files})
    said = Extra(slot=wish.slot, wish=wish.wish, files=sorted(texts), claim=one_line(written.claim))
    if taken := [name for name, text in texts.items() if tree.texts.get(name, text) != text]:
        yield said.model_copy(update={"why": f"{taken[0]} is there already, and differs"})
        return
    new = {name: text for name, text in {_INIT: "", **texts}.items() if name not in tree.files}
    if new:
        workspace.announce("build.judging_model", wish=wish.wish)
        if found := gates.refusals(tree, new):
            yield said.model_copy(update={"why": " | ".join(one_line(one) for one in found)})
            return
    commit = workspace.put(new, f"build: written by a model: {one_line(wish.wish, 60)}", over=tree)
    yield said.model_copy(update={"commit": commit})


def told(wishes: Sequence[Unmet], extras: Sequence[Extra], lang: Lang) -> list[Unmet]:
    """The wishes as they stay, each with what a model has written for it."""
    lines = {(one.slot, one.wish): _line(one, lang) for one in extras}
    return [
        one.model_copy(update={"nearest": [*one.nearest, line]}) if (line := lines.get((one.slot, one.wish))) else one
        for one in wishes
    ]


def _line(extra: Extra, lang: Lang) -> str:
    """For every document: nothing in it names a file that is not there."""
    if extra.why:
        return say(lang, "build.model_refused", gate=extra.why.partition(":")[0])
    return say(lang, "build.model_wrote", files=", ".join(extra.files), claim=extra.claim)
