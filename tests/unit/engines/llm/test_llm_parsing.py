"""A model's words as a decision: what means one thing is taken, what could mean two is not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, JsonValue

from framework.artifacts.base import Strict
from framework.engines.llm.parsing import Complaints, read_reply, read_text
from framework.engines.llm.terms import Reply


class Pick(Strict):
    name: str = Field(max_length=200)
    share: float = Field(ge=0, le=1)
    others: list[str] = Field(default_factory=list, max_length=3)


PICKS = st.builds(
    Pick,
    name=st.text(st.characters(exclude_categories=["C"]), max_size=60),
    share=st.floats(0, 1),
    others=st.lists(st.text(st.characters(exclude_categories=["C"]), max_size=20), max_size=3),
)
PROSE = st.text(st.characters(exclude_categories=["C"], exclude_characters='{}[]"`<'), max_size=40)
JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@given(pick=PICKS, before=PROSE, after=PROSE, indent=st.sampled_from([None, 2]))
def test_an_object_in_prose_or_a_fence_is_found(pick: Pick, before: str, after: str, indent: int | None) -> None:
    text = json.dumps(pick.model_dump(), ensure_ascii=False, indent=indent)
    assert read_text(f"{before} {text} {after}", Pick) == pick
    assert read_text(f"<think>{{{before}</think>\n{text}", Pick) == pick
    if "```" not in text:
        assert read_text(f"{before}\n```json\n{text}\n```\n{after}", Pick) == pick


@given(first=PICKS, second=PICKS)
def test_of_two_objects_none_is_taken(first: Pick, second: Pick) -> None:
    found = read_text(f"{first.model_dump_json()}\nor\n{second.model_dump_json()}", Pick)
    assert isinstance(found, Complaints) and found.flaw == "not_json"


@given(st.text(max_size=200) | JSON.map(json.dumps))
def test_no_text_breaks_the_reader(text: str) -> None:
    found = read_text(text, Pick)
    assert isinstance(found, Pick) or found.lines


@given(pick=PICKS, name=st.text("abc", min_size=1, max_size=6), value=JSON)
def test_a_key_that_nobody_asked_for_is_told(pick: Pick, name: str, value: JsonValue) -> None:
    found = read_text(json.dumps({**pick.model_dump(), f"x{name}": value}), Pick)
    assert isinstance(found, Complaints)


@pytest.mark.parametrize(
    ("text", "flaw", "told"),
    [
        ('{"name": "a", "share": "0.5"}', "shape", "share: Input should be a valid number (found '0.5')."),
        ('{"name": "a", "share": 2}', "shape", "share: Input should be less than or equal to 1 (found 2)."),
        ('{"name": "a", "share": true}', "shape", "share: Input should be a valid number (found True)."),
        ('{"name": "a"}', "shape", "share is missing."),
        ('{"name": "a", "share": 1, "score": 1}', "shape", "score is no key of the schema."),
        ('{"name": "CANARY-x", "share": 1}', "faults", "copied from the example"),
        ('{"name": "a\\u0000", "share": 1}', "shape", "U+0000"),
        ('{"name": "a", "share": Infinity}', "not_json", "Infinity is no JSON"),
        ('{"name": "a", "name": "b", "share": 1}', "not_json", "twice"),
        ('{"name": "a", "share": 1' + "0" * 5000 + "}", "not_json", "digits"),
        ("[]", "not_json", "no object"),
        ("no", "not_json", "there is none in it"),
        ('```\n{"name": "a", "share": 1}\n```\n```\n{"name": "b", "share": 1}\n```', "not_json", "more than one"),
        ("{" * 5000, "not_json", ""),
        ('{"name": "a\u202eb", "share": 1}', "shape", "U+202E"),
        ('{"name":' * 5000, "not_json", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_to_the_model(text: str, flaw: str, told: str) -> None:
    found = read_text(text, Pick)
    assert isinstance(found, Complaints)
    assert (found.flaw, told in found.lines[0]) == (flaw, True), found.lines


@pytest.mark.parametrize("depth", [100, 300, 450, 500, 700, 990, 5_000, 100_000])
def test_no_nest_is_too_deep_to_be_refused(depth: int) -> None:
    assert isinstance(read_text('{"name": ' + "[" * depth + "]" * depth + "}", Pick), Complaints)


@pytest.mark.parametrize("piece", ["```x\n", "```\n", "{", '{"a":', "<think>", "</think>", '"', "\\", "[{}, ", "{} "])
def test_no_text_however_long_takes_long(piece: str) -> None:
    found = read_text(piece * (2_000_000 // len(piece)), Pick)
    assert isinstance(found, Complaints) and found.flaw == "not_json"


def test_what_was_cut_off_is_not_believed_even_if_it_reads() -> None:
    found = read_reply(Reply('{"name": "a", "share": 1}', finish="length"), Pick)
    assert isinstance(found, Complaints) and found.flaw == "truncated"


def test_complaints_are_few_and_short() -> None:
    found = read_text(json.dumps({f"key{n}": "x" * 1000 for n in range(100)}), Pick)
    assert isinstance(found, Complaints)
    assert len(found.lines) == 10 and all(len(line) < 250 for line in found.lines)
