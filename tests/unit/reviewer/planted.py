"""Defects to be planted into the clean project, read from planted.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from framework.artifacts.base import Strict

_FILE = Path(__file__).with_name("planted.yaml")

# Made up, and in pieces: no file of this project holds anything that looks like a key.
SECRETS = {
    "AWS": "AKIA" + "Z7QKX2M4N8PLW3RT",
    "GITHUB": "ghp" + "_k2J9sLq8Xw3Zr7Tn5Vb1Yc4Md6Pf0Gh8Ua2E",
    "HUGGING_FACE": "hf" + "_QwErTyUiOpAsDfGhJkLzXcVbNm12345678",
    "JWT": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiI0MiIsIm5hbWUiOiJhIn0." + "dBjftJeZ4CVPmB92K27uhbUJU1p1rwW1gFWFOEjXk",
    "OPENAI": "sk-" + "proj-a8Kd92LsPq0ZxMv73nBtYwEu5RcHjG1f",
    "PASSWORD": "Tr0ub4dor" + "&3xQ9",
    "PRIVATE_KEY": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "SLACK": "xoxb-" + "2148163279-x8Kq02LmZpR7",
}

# Marks that the house allows nowhere.
_MARKS = {"HOME": "/" + "home/somebody", "LOOSE_END": "TO" + "DO", "LOOSE_END_TOO": "FIX" + "ME"}


class Edit(Strict):
    """One change: `new` for `old`, text at the end, a whole text, a file gone, or a feature with all its files."""

    file: str = ""
    old: str = ""
    new: str = ""
    append: str = ""
    text: str | None = None
    gone: bool = False
    feature: str = ""

    def apply(self, texts: Mapping[str, str]) -> dict[str, str | None]:
        """The files that it changes."""
        if self.feature:
            return _without(self.feature, texts)
        if self.gone:
            assert self.file in texts, f"there is no {self.file} any more"
            return {self.file: None}
        if self.old:
            assert self.old in texts[self.file], f"{self.file} has no {self.old!r} any more"
            return {self.file: texts[self.file].replace(self.old, _filled(self.new), 1)}
        return {self.file: _filled(self.text if self.text is not None else texts.get(self.file, "") + self.append)}


@dataclass(frozen=True)
class Defect:
    """One planted defect, the check that must find it, and where; `at` stands in the line that must be named."""

    name: str
    by: str
    file: str
    at: str
    edits: tuple[Edit, ...]

    def plant(self, texts: Mapping[str, str]) -> dict[str, str | None]:
        """The files that are not as they were."""
        changed: dict[str, str | None] = {}
        for edit in self.edits:
            now = {name: text for name, text in {**texts, **changed}.items() if text is not None}
            changed |= edit.apply(now)
        return changed


def _filled(text: str) -> str:
    """The text with made-up secrets and marks in the places kept for them."""
    return re.sub(r"\{([A-Z_]+)\}", lambda found: (SECRETS | _MARKS).get(found[1], found[0]), text)


def _without(feature: str, texts: Mapping[str, str]) -> dict[str, str | None]:
    """The files that are named after a feature are gone, and what spoke of it speaks of something else."""
    changed: dict[str, str | None] = {}
    for path, text in texts.items():
        if path.endswith(".py") and path.startswith(("src/", "tests/", "scripts/")):
            if re.search(feature, path.rpartition("/")[2]):
                changed[path] = None
            elif re.search(feature, text, re.IGNORECASE):
                changed[path] = re.sub(feature, "gone", text, flags=re.IGNORECASE)
    assert None in changed.values(), f"no file is named after {feature} any more"
    return changed


def _defects() -> list[Defect]:
    groups = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return [_defect(entry) for entries in groups.values() for entry in entries]


def _defect(entry: Mapping[str, object]) -> Defect:
    listed = entry["edits"]
    assert isinstance(listed, list)
    edits = tuple(Edit.model_validate(edit) for edit in listed)
    file = str(entry.get("file", edits[0].file))
    return Defect(str(entry["name"]), str(entry["by"]), file, _filled(str(entry.get("at", ""))), edits)


DEFECTS = _defects()
