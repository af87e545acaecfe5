"""Artifacts on disk: what is written comes back, and what is broken is named."""

from __future__ import annotations

from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from framework.artifacts.base import Artifact
from framework.artifacts.codec import decode, encode, judged_hash, notes_in
from framework.errors import InvalidDocument
from framework.messages import Lang

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


class Sample(Artifact):
    """An artifact with a field of every type that artifacts use."""

    FILE: ClassVar[str] = "sample.md"
    VOLATILE: ClassVar[frozenset[str]] = frozenset({"measured_at"})

    title: str
    count: int = 0
    share: float = 0.0
    lines: list[str] = Field(default_factory=list)
    measured_at: str = ""

    @property
    def language(self) -> Lang:
        return "en"

    def body(self) -> str:
        return f"# {self.title}\n\n" + "\n".join(self.lines)


@given(
    title=TEXT,
    count=st.integers(),
    share=st.floats(allow_nan=False, allow_infinity=False),
    lines=st.lists(TEXT | st.sampled_from(["---", "## Notes\n", "no", "3.10", "2026-01-01", "<!-- -->\n## Notes\nx"])),
    notes=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=60),
)
def test_what_is_written_comes_back(title: str, count: int, share: float, lines: list[str], notes: str) -> None:
    model = Sample(title=title, count=count, share=share, lines=lines)

    document = decode(Sample, encode(model, notes), "sample.md")

    assert document.model == model


@given(notes=st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_notes_survive_verbatim(notes: str) -> None:
    text = encode(Sample(title="A title"), notes)

    assert notes_in(text) == notes
    assert notes_in(encode(Sample(title="Another"), notes_in(text))) == notes


def test_notes_do_not_count_as_an_edit() -> None:
    text = encode(Sample(title="A title"), "")

    assert judged_hash(text) == judged_hash(text + "my own thoughts\n")
    assert judged_hash(text) != judged_hash(text.replace("A title", "B title"))


def test_a_volatile_field_does_not_change_the_content() -> None:
    assert Sample(title="a", measured_at="now").content_hash() == Sample(title="a", measured_at="then").content_hash()
    assert Sample(title="a").content_hash() != Sample(title="b").content_hash()


BROKEN = [
    ("no front matter", "# Hello\n", 1, "", "must begin with a line ---"),
    ("never closed", "---\nschema_version: 1\n", 1, "", "must be closed"),
    ("bad YAML", "---\nschema_version: 1\ntitle: [a\n---\n", 4, "", "valid YAML"),
    ("wrong type", "---\nschema_version: 1\ntitle: a\ncount: many\n---\n", 4, "count", "valid integer"),
    ("unknown key", "---\nschema_version: 1\ntitle: a\ncolour: red\n---\n", 4, "colour", "not a known key"),
    ("missing key", "---\nschema_version: 1\n---\n", 2, "title", "is missing"),
    ("wrong member", "---\nschema_version: 1\ntitle: a\nlines:\n- b\n- {c: d}\n---\n", 6, "lines.1", "valid string"),
    ("twice the same key", "---\nschema_version: 1\ntitle: a\ntitle: b\n---\n", 2, "title", "only once"),
    ("alias", "---\nschema_version: 1\ntitle: &a x\nlines: [*a]\n---\n", 3, "", "aliases"),
    ("deep nesting", "---\ntitle: " + "[" * 5000 + "]" * 5000 + "\n---\n", 2, "", "nested deeper"),
    ("not a mapping", "---\n- a\n---\n", 2, "", "mapping"),
    ("future schema", "---\nschema_version: 2\ntitle: a\n---\n", 2, "schema_version", "should be 1"),
    ("python object", "---\ntitle: !!python/object/apply:os.system [ls]\n---\n", 2, "", "valid YAML"),
]


@pytest.mark.parametrize(("name", "text", "line", "key", "rule"), BROKEN)
def test_what_is_broken_is_named(name: str, text: str, line: int, key: str, rule: str) -> None:
    with pytest.raises(InvalidDocument) as caught:
        decode(Sample, text, "reports/sample.md")

    message = caught.value.message
    assert message.startswith(f"reports/sample.md, line {line}" + (f", key {key}:" if key else ":"))
    assert rule in message
    assert "nothing was overwritten" in caught.value.hint


def test_a_byte_order_mark_and_windows_line_ends_are_read() -> None:
    text = "\ufeff" + encode(Sample(title="a"), "note\n").replace("\n", "\r\n")

    assert decode(Sample, text, "sample.md").model.title == "a"
