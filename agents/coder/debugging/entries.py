"""Whether an entry of the playbook fits a failure, and what its repair is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from agents.coder.debugging.code_edits.edits import CodeEdit, applied, filled_in
from agents.coder.debugging.dependency_edits import with_requirement
from agents.coder.debugging.playbook import (
    CodeRepair,
    ConfigChange,
    ConfigRepair,
    DataRepair,
    DependencyRepair,
    Entry,
    Repair,
    Sentence,
)
from agents.coder.debugging.scene import Proposal, Scene
from agents.coder.debugging.settings import changed
from framework.messages import say

Groups = dict[str, str]
_LINE, _SIDE = 2000, 10_000  # characters of a line, and from either end of a text, in which a pattern is looked for
_NOT_RUN = ("tests/", "tutorials/", "examples/", "benchmarks/", "docs/", "notebooks/")


def fits(scene: Scene, entry: Entry) -> Groups | None:
    """What the entry's patterns have found in the failure, by the names of their groups; None where it does not fit."""
    failure, when = scene.failure, entry.when
    errors = [failure.error, failure.kind, *(one.error.rpartition(".")[2] for one in failure.chain)]
    if when.error and not any(re.fullmatch(one, name, re.IGNORECASE) for one in when.error for name in errors):
        return None
    groups: Groups = {}
    if when.says:
        texts = [failure.message, *(one.message for one in failure.chain), failure.log, *failure.warnings]
        if not _says(when.says.any_of, when.says.all_of, texts, groups):
            return None
    codes = [frame.code for frame in failure.frames if frame.own] or [failure.where.code if failure.where else ""]
    if when.at and not any(_search(one, codes, groups) for one in when.at):
        return None
    facts = when.facts
    known = set(scene.modules)
    if (
        (facts.device and facts.device != scene.device)
        or not set(facts.installed) <= known
        or set(facts.absent) & known
    ):
        return None
    return groups


def _says(any_of: list[str], all_of: list[str], texts: list[str], groups: Groups) -> bool:
    return all(_search(one, texts, groups) for one in all_of) and (
        not any_of or any(_search(one, texts, groups) for one in any_of)
    )


def _search(pattern: str, texts: Iterable[str], groups: Groups) -> bool:
    for text in texts:
        if found := re.search(pattern, _bounded(text), re.IGNORECASE | re.MULTILINE):
            groups.update({name: value for name, value in found.groupdict().items() if value})
            return True
    return False


def _bounded(text: str) -> str:
    """People write the patterns, and runs the texts: together they may not take for ever."""
    if len(text) <= _LINE:
        return text
    short = "\n".join(line[:_LINE] for line in text.split("\n"))
    return short if len(short) <= 2 * _SIDE else f"{short[:_SIDE]}\n{short[-_SIDE:]}"


def repairs(scene: Scene, entry: Entry, groups: Groups) -> Iterator[Proposal]:
    """The entry's repairs that can be made here, in their order."""
    why = _in_words(scene, entry.why, groups)
    for repair in entry.repair:
        made = _made(scene, repair, groups)
        if made is not None:
            yield made.model_copy(update={"entry": entry.id, "why": why, "guess": entry.guess})


def _in_words(scene: Scene, sentence: Sentence, groups: Groups) -> str:
    text = sentence.zh if scene.lang == "zh" else sentence.en
    return re.sub(r"\{(\w+)\}", lambda place: groups.get(place[1], place[0]), text)


def _made(scene: Scene, repair: Repair, groups: Groups) -> Proposal | None:
    if isinstance(repair, ConfigRepair):
        return _config(scene, repair.change, groups, requirement=repair.requirement)
    if isinstance(repair, DependencyRepair):
        return _dependency(scene, repair, groups)
    if isinstance(repair, DataRepair):
        return _data(scene, repair)
    return _code(scene, repair, groups)


def _config(scene: Scene, wanted: list[ConfigChange], groups: Groups, *, requirement: bool) -> Proposal | None:
    named = [one.model_copy(update={"keys": [_named(key, groups) for key in one.keys]}) for one in wanted]
    draft = changed(scene, [_valued(one, groups) for one in named])
    if draft is None:
        return None
    title = "; ".join(f"{one.key}: {one.old or '-'} → {one.new or '-'}" for one in draft.changes)
    return Proposal(
        entry="",
        kind="config",
        title=title,
        why="",
        texts=draft.texts,
        settings=draft.changes,
        requirement=title if requirement else "",
    )


def _named(text: str, groups: Groups) -> str:
    return re.sub(r"\{(\w+)\}", lambda place: groups.get(place[1], place[0]), text)


def _valued(change: ConfigChange, groups: Groups) -> ConfigChange:
    """A number that the failure names is a number."""
    if not isinstance(change.to, str) or "{" not in change.to:
        return change
    text = _named(change.to, groups)
    number = int(text) if re.fullmatch(r"-?\d+", text) else float(text) if re.fullmatch(r"-?[\d.]+", text) else text
    return change.model_copy(update={"to": number})


def _dependency(scene: Scene, repair: DependencyRepair, groups: Groups) -> Proposal | None:
    name = _named(repair.distribution, groups)
    texts = with_requirement(scene.tree.texts, name, repair.versions)
    if not texts or not re.fullmatch(r"[A-Za-z0-9._-]+", name):
        return None
    title = f"+ {name}{repair.versions}"
    return Proposal(entry="", kind="dependency", title=title, why="", texts=texts, again="install")


def _data(scene: Scene, repair: DataRepair) -> Proposal:
    draft = changed(scene, repair.change) if repair.change else None
    return Proposal(
        entry="",
        kind="data",
        title=say(scene.lang, "playbook.data_again"),
        why="",
        texts=draft.texts if draft else {},
        settings=draft.changes if draft else [],
        again="mini_data",
    )


def _code(scene: Scene, repair: CodeRepair, groups: Groups) -> Proposal | None:
    texts: dict[str, str] = {}
    shown: list[str] = []
    for edit in repair.edits:
        filled = filled_in(edit, groups)
        new = _edited(scene, filled, texts) if filled is not None else {}
        texts |= new
        shown += [_shown(edit, groups)] if new else []
    if not texts:
        return None
    title = f"{', '.join(texts)}: {'; '.join(shown)}"
    return Proposal(entry="", kind="code", title=title, why="", texts=texts)


def _edited(scene: Scene, edit: CodeEdit, texts: dict[str, str]) -> dict[str, str]:
    """The texts that an edit changes, in the reach that it asks for: the failing line, its file, the project."""
    own = [frame for frame in reversed(scene.failure.frames) if frame.own]
    if edit.scope == "line" and own:
        places = [(frame.file, frame.line) for frame in own]
    elif edit.scope == "file" and own:
        places = [(file, 0) for file in dict.fromkeys(frame.file for frame in own)]
    else:
        return _everywhere(scene, edit, texts)
    for file, line in places:
        text = texts.get(file, scene.tree.texts.get(file))
        new = applied(text, edit.model_copy(update={"line": line})) if text is not None else None
        if new is not None:
            return {file: new}
    return _everywhere(scene, edit, texts) if edit.scope == "file" else {}


def _everywhere(scene: Scene, edit: CodeEdit, texts: dict[str, str]) -> dict[str, str]:
    files = [file for file in scene.tree.python if not file.startswith(_NOT_RUN)]
    pairs = [(file, applied(texts.get(file, scene.tree.texts[file]), edit)) for file in files]
    return {file: new for file, new in pairs if new is not None}


def _shown(edit: CodeEdit, groups: Groups) -> str:
    """An edit in signs: what was, and what it becomes."""
    said = {key: _named(value, groups) for key, value in edit.model_dump().items() if isinstance(value, str)}
    old = said.get("find") or said.get("old") or said.get("at") or said.get("name", "")
    new = said.get("put") or said.get("new") or said.get("statement") or said.get("value", "")
    return f"`{old}` → `{new}`" if new else f"- `{old}`"
