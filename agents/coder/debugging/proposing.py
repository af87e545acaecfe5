"""How a diagnosis becomes a proposal: the new text of a file, in words that a person can judge."""

from __future__ import annotations

from collections.abc import Iterator

from agents.coder.debugging.code_edits.edits import CodeEdit, applied
from agents.coder.debugging.scene import Proposal, Scene, SettingChange
from framework.messages import say


def in_code(
    scene: Scene, rule: str, file: str, text: str | None, change: str, *, guess: bool = False, **fields: object
) -> Iterator[Proposal]:
    """The file with another text, if it is another one. `change` says in signs what changes, `a` → `b`."""
    if text is None or text == scene.tree.texts.get(file):
        return
    yield Proposal(
        entry=rule,
        kind="code",
        title=f"{file}: {change}",
        why=say(scene.lang, f"playbook.why_{rule.replace('-', '_')}", **fields),
        guess=guess,
        texts={file: text},
    )


def by_edit(
    scene: Scene, rule: str, file: str, edit: CodeEdit, change: str, *, guess: bool = False, **fields: object
) -> Iterator[Proposal]:
    """The file with one edit made in it, where that applies."""
    text = scene.tree.texts.get(file)
    yield from in_code(scene, rule, file, applied(text, edit) if text else None, change, guess=guess, **fields)


def in_config(
    scene: Scene,
    rule: str,
    changes: list[SettingChange],
    text: str | None,
    *,
    guess: bool = False,
    requirement: str = "",
    **fields: object,
) -> Iterator[Proposal]:
    """The config with settings changed."""
    file = changes[0].file if changes else ""
    if text is None or not changes or text == scene.tree.texts.get(file):
        return
    yield Proposal(
        entry=rule,
        kind="config",
        title="; ".join(f"{one.key}: {one.old or '-'} → {one.new or '-'}" for one in changes),
        why=say(scene.lang, f"playbook.why_{rule.replace('-', '_')}", **fields),
        guess=guess,
        texts={file: text},
        settings=changes,
        requirement=requirement,
    )
