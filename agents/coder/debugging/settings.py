"""Settings of a run, wherever the project keeps them: in its config, or written out in its code."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.coder.debugging import config_edits
from agents.coder.debugging.code_edits.edits import applied
from agents.coder.debugging.code_edits.rewrite import ChangeValue, values_of
from agents.coder.debugging.config_edits import Value
from agents.coder.debugging.definitions import sources
from agents.coder.debugging.playbook import ConfigChange
from agents.coder.debugging.scene import Scene, SettingChange
from agents.coder.debugging.schema import schema


@dataclass
class Draft:
    """Texts in the making, with the settings that differ in them."""

    texts: dict[str, str]
    changes: list[SettingChange]


def changed(scene: Scene, wanted: Sequence[ConfigChange]) -> Draft | None:
    """All settings changed together; a setting that is nowhere is passed over unless all are."""
    draft = Draft({}, [])
    for change in wanted:
        _in_config(scene, draft, change) or _in_code(scene, draft, change)
    return draft if draft.changes else None


def keys_of(scene: Scene, text: str) -> dict[str, object]:
    """What the config may hold, with the defaults."""
    top = [key for key in config_edits.keys(text) if "." not in key]
    return {name: key.default for name, key in schema(scene.tree, top).items()}


def overridden(scene: Scene, key: str) -> bool:
    """Whether the command line sets it, so that the config has no say."""
    return any(word.partition("=")[0] == key for word in scene.overrides)


def _in_config(scene: Scene, draft: Draft, change: ConfigChange) -> bool:
    text = draft.texts.get(scene.config, scene.tree.texts.get(scene.config))
    if text is None:
        return False
    there, known = config_edits.keys(text), keys_of(scene, text)
    for key in _spellings(change.keys, [*there, *known]):
        old = there.get(key)
        if overridden(scene, key) or (old == "" and key in there):
            continue
        current = _plain(old) if old is not None else known.get(key)
        new = _new_text(text, key, change, current)
        if new is not None and new != text:
            draft.texts[scene.config] = new
            shown = config_edits.keys(new).get(key, "")
            draft.changes.append(SettingChange(file=scene.config, key=key, old=old or str(current or ""), new=shown))
            return True
    return False


def _spellings(names: Sequence[str], known: Sequence[str]) -> Iterator[str]:
    """The keys that are meant: as they are given, else any key that ends in that name."""
    for name in names:
        yield from dict.fromkeys(key for key in known if key == name or ("." not in name and key.endswith(f".{name}")))


def _plain(written: str) -> object:
    value = config_edits.read(written)
    try:
        return float(value) if isinstance(value, str) else value  # YAML 1.1 reads 3e-4 as text
    except ValueError:
        return value


def _new_text(text: str, key: str, change: ConfigChange, current: object) -> str | None:
    if change.by == "remove":
        return config_edits.without(text, key)
    value = new_value(change, current)
    return None if value is _NOTHING or value == current else config_edits.with_value(text, key, value)  # type: ignore[arg-type]


_NOTHING = object()


def new_value(change: ConfigChange, current: object) -> Value | object:
    """The value that a change makes of the current one; a marker where it makes none."""
    if change.by == "value":
        return change.to
    if isinstance(current, bool) or not isinstance(current, int | float):
        return _NOTHING
    if change.by == "halve":
        return _halved(current)
    factor = {"double": 2, "tenth": 0.1, "tenfold": 10}.get(change.by)
    product = current * factor if factor else current
    return int(product) if isinstance(current, int) and product == int(product) else float(f"{product:.6g}")


def _halved(current: int | float) -> Value | object:
    if isinstance(current, float):
        return current / 2
    return current // 2 if current > 1 else _NOTHING


def _in_code(scene: Scene, draft: Draft, change: ConfigChange) -> bool:
    """Fine-tuning scripts give their settings as keywords or constants."""
    for name in dict.fromkeys(key.rpartition(".")[2] for key in change.keys if "." not in key):
        for file, tree in sources(scene.tree).items():
            if file.startswith("tests/"):
                continue
            for node in (one for word in (name, name.upper()) for one in values_of(tree, word)):
                if _changed_there(scene, draft, change, file, name, node):
                    return True
    return False


def _changed_there(scene: Scene, draft: Draft, change: ConfigChange, file: str, name: str, node: ast.expr) -> bool:
    if not isinstance(node, ast.Constant) or change.by == "remove":
        return False
    value = new_value(change, node.value)
    text = draft.texts.get(file, scene.tree.texts[file])
    if value is _NOTHING or value == node.value:
        return False
    for word in (name, name.upper()):
        edit = ChangeValue(name=word, new=repr(value), old=repr(node.value), line=node.lineno)
        if (new := applied(text, edit)) is not None:
            draft.texts[file] = new
            draft.changes.append(SettingChange(file=file, key=word, old=repr(node.value), new=repr(value)))
            return True
    return False
