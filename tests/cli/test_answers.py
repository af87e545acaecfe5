"""Answers from a file and from `--set`: taken as they are written, refused with file, line and nearest key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.artifacts.slots import SLOTS
from framework.cli.answers import check_all, read_answers
from framework.errors import UsageError


def texts(tmp_path: Path, content: str, *settings: str) -> dict[str, str | None]:
    file = tmp_path / "answers.yaml"
    file.write_text(content, encoding="utf-8")
    return {answer.question: answer.text for answer in read_answers(file, settings)}


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("python: 3.10", "3.10"),
        ("python: '3.10'", "3.10"),
        ("offline: yes", "yes"),
        ("offline: true", "true"),
        ("license: no", "no"),
        ("budget_usd: 1_000", "1_000"),
        ("hardware.gpu: RTX 4090", "RTX 4090"),
        ("goal: 两张卡", "两张卡"),
        ("domain: null", None),
        ("domain: ~", None),
        ("domain:", None),
        ("domain: ''", None),
        ("language_of_data: [en, zh]", "en, zh"),
        ("language_of_data:\n  - en\n  - zh", "en, zh"),
        ("sla.throughput: {value: 50, unit: req/s}", "50 req/s"),
        ('{"hardware.gpu": "A100", "budget_usd": null}', "A100"),
        ('{\n\t"hardware.gpu": "A100"\n}', "A100"),
    ],
)
def test_a_value_is_taken_as_it_is_written(written: str, text: str | None, tmp_path: Path) -> None:
    assert next(iter(texts(tmp_path, written).values())) == text


@given(
    st.dictionaries(
        st.sampled_from(sorted(SLOTS)), st.none() | st.text(st.characters(codec="utf-8"), min_size=1), min_size=1
    )
)
def test_json_comes_through(tmp_path_factory: pytest.TempPathFactory, data: dict[str, str | None]) -> None:
    found = texts(tmp_path_factory.mktemp("answers"), json.dumps(data))
    assert found == {key: (value.strip() or None) if value else None for key, value in data.items()}


def test_set_wins_over_the_file(tmp_path: Path) -> None:
    assert texts(tmp_path, "domain: law", "domain=a=b", "budget_usd=null") == {"domain": "a=b", "budget_usd": None}


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("- a\n- b", "line 1: must be a mapping"),
        ("domain: [a", "line 1"),
        ("domain: law\ndomain: medicine", "line 2: every key"),
        ("domain: law\ntask: {a: 1}", "line 2: an answer must be"),
        ("? [a]\n: b", "line 1: must be valid"),
        ("goal: 2020-13-45", "line 1: must be valid"),
        ("? {value: a}\n: b", "line 1"),
        ("just a text", "line 1: must be a mapping"),
        ("", "line 1: must be a mapping"),
        ("a: &x [*x]", "line 1"),
    ],
)
def test_what_is_no_answers_file_is_refused_with_its_place(written: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        texts(tmp_path, written)
    assert "answers.yaml, " + complaint in refused.value.message


@pytest.mark.parametrize("setting", ["domain", "=law", ""])
def test_a_setting_has_a_key_and_a_value(setting: str) -> None:
    with pytest.raises(UsageError, match="KEY=VALUE"):
        read_answers(None, [setting])


def test_an_unknown_question_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text("domain: law\nhardware.gpus: A100\n", encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        check_all(read_answers(file, []), [], lambda question, text: None)
    assert refused.value.message == f"{file}, line 2: there is no question 'hardware.gpus'."
    assert "hardware.gpu" in refused.value.hint


def test_a_skip_of_an_unknown_question_is_refused_too() -> None:
    with pytest.raises(UsageError, match="no question 'nonsense'"):
        check_all(read_answers(None, ["nonsense=null"]), [], lambda question, text: None)


def test_an_answer_that_is_not_understood_says_where_it_stands(tmp_path: Path) -> None:
    def check(question: str, text: str) -> None:
        raise UsageError("'many' is no number.", "For example: 2")

    file = tmp_path / "answers.yaml"
    file.write_text("\nhardware.count: many\n", encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        check_all(read_answers(file, []), [], check)
    assert refused.value.message == f"{file}, line 2, hardware.count: 'many' is no number."
    assert refused.value.hint == "For example: 2"
