"""From a failure to repair proposals: what the playbook knows, what the general rules see, what was once proven."""

from __future__ import annotations

from collections.abc import Iterator

from agents.coder.debugging.diagnoses import RULES, calls, config
from agents.coder.debugging.entries import fits, repairs
from agents.coder.debugging.playbook import Entry, Playbook
from agents.coder.debugging.restore.proposals import restore_proposals
from agents.coder.debugging.scene import Proposal, Scene, SettingChange
from agents.coder.debugging.silent.proposals import silent_proposals

__all__ = ["Proposal", "Scene", "SettingChange", "fitting", "proposals"]


def fitting(scene: Scene, playbook: Playbook) -> Iterator[Entry]:
    """The entries that know this failure, for their reason and their advice where nothing can be repaired."""
    return (entry for entry in playbook.entries if fits(scene, entry) is not None)


def proposals(scene: Scene, playbook: Playbook) -> Iterator[Proposal]:
    """Best first, each made when it is asked for: what is sure, then what was proven before, then guesses.

    What is only tried because a probe fails comes last.
    """
    seen: set[str] = set()
    for one in _ordered(scene, playbook):
        key = repr((sorted(one.texts.items()), one.again))
        if key not in seen and (one.texts or one.again):
            seen.add(key)
            yield one


def _ordered(scene: Scene, playbook: Playbook) -> Iterator[Proposal]:
    later: list[Proposal] = []
    for one in _thought_of(scene, playbook):
        if one.guess or _blames_the_proven(scene, one) or _was_set_otherwise(scene, one):
            later.append(one)
        else:
            yield one
    for one in restore_proposals(scene):
        if one.guess:
            later.append(one)
        else:
            yield one
    yield from sorted(later, key=lambda one: one.guess)
    yield from silent_proposals(scene)


def _blames_the_proven(scene: Scene, proposal: Proposal) -> bool:
    """It changes only what once worked as it is, while something else has changed since."""
    texts, proven = scene.tree.texts, scene.proven
    if not proven or not proposal.texts:
        return False
    untouched = all(texts.get(file) == proven.get(file) for file in proposal.texts)
    return untouched and any(texts.get(file) != text for file, text in proven.items())


def _was_set_otherwise(scene: Scene, proposal: Proposal) -> bool:
    """It tries a value in a config that has changed since it worked: what worked is no trial."""
    texts, proven = scene.tree.texts, scene.proven
    is_setting = proposal.kind == "config" and bool(proposal.texts)
    return is_setting and any(file in proven and texts.get(file) != proven[file] for file in proposal.texts)


def _thought_of(scene: Scene, playbook: Playbook) -> Iterator[Proposal]:
    for entry in playbook.entries:
        groups = fits(scene, entry)
        if groups is not None:
            yield from repairs(scene, entry, groups)
    yield from config.diagnose(scene, playbook.synonyms)
    yield from calls.by_other_words(scene, playbook.synonyms)
    for rule in RULES:
        yield from rule(scene)
