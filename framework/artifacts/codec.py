"""Artifact <-> Markdown: YAML front matter that is the model, a body for people, and the user's own notes.

---
schema_version: 1
...
---
(body, rendered from the model)
## Notes
(the user's, kept verbatim)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Generic, TypeVar

import yaml

from framework.artifacts.base import Artifact, sha256
from framework.artifacts.deciding import whole_body
from framework.artifacts.document import parse_mapping, refuse
from framework.messages import say

A = TypeVar("A", bound=Artifact)
NOTES_HEADING = "## Notes"
_RARE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_FENCE = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
_NOTES = re.compile(rf"^{NOTES_HEADING}[ \t]*\r?\n", re.MULTILINE)


class _Dumper(yaml.SafeDumper):
    """Block style with indented lists, as a person would write it."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    """PyYAML folds rare line ends as if they were spaces, unless they are escaped in double quotes."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if _RARE.search(text) else None)


_Dumper.add_representer(str, _represent_text)


@dataclass(frozen=True)
class Document(Generic[A]):
    """A decoded artifact file."""

    model: A
    notes: str


def encode(model: Artifact, notes: str = "") -> str:
    """The artifact's file. The notes follow their heading byte for byte."""
    data = model.model_dump(mode="json")
    front = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
    hint = say(model.language, "report.notes_hint")
    return f"---\n{front}---\n\n{whole_body(model)}\n\n<!-- {hint} -->\n{NOTES_HEADING}\n{notes}"


def decode(kind: type[A], text: str, file: str) -> Document[A]:
    """The model and the notes, or an `InvalidDocument` that names file, line, key and rule."""
    front, first_line, rest = _split(text, file)
    return Document(parse_mapping(kind, front, file, first_line), notes_in(rest))


def notes_in(text: str) -> str:
    """The user's notes, also from a file whose front matter is broken."""
    match = _notes_heading(text)
    return text[match.end() :] if match else ""


def judged_hash(text: str) -> str:
    """The hash of a file without the user's notes, which nobody judges."""
    match = _notes_heading(text)
    return sha256((text[: match.start()] if match else text).replace("\r\n", "\n"))


def _split(text: str, file: str) -> tuple[str, int, str]:
    text = text.removeprefix("\ufeff")
    fences = list(_FENCE.finditer(text))
    if not fences or fences[0].start() != 0:
        raise refuse(file, 1, "", "the file must begin with a line --- that opens its front matter")
    if len(fences) < 2:
        raise refuse(file, 1, "", "the front matter must be closed by a line ---")
    return text[fences[0].end() + 1 : fences[1].start()], 2, text[fences[1].end() :]


def _notes_heading(text: str) -> re.Match[str] | None:
    """The heading written by `encode`: the first one that follows the hint, or else the first one."""
    return re.search(rf"(?<=-->)\r?\n{NOTES_HEADING}[ \t]*\r?\n", text) or _NOTES.search(text)
