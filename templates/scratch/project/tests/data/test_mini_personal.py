"""Personal data is found by its form and its checksum; what is found is never shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scratch_llm.data.mini.personal import hidden, survey

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("mail", "ada.lovelace+x@mail.example.co.uk"),
        ("phone", "13812345678"),
        ("phone", "+86 138 1234 5678"),
        ("phone", "+49 30 1234567"),
        ("phone", "(212) 555-0187"),
        ("resident_id", "11010519491231002X"),
        ("card", "4111111111111111"),
        ("card", "5500-0000-0000-0004"),
        ("card", "3782 822463 10005"),
        ("ip", "203.0.113.9"),
        ("ip", "2001:db8::8a2e:370:7334"),
    ],
)
@pytest.mark.parametrize("around", ["Write to {} today.", "{} or 7 others", "联系{}，谢谢", "{}"])
def test_it_is_found_and_hidden(kind: str, value: str, around: str) -> None:
    [found] = survey([around.format(value), "nothing here"])
    assert (found["kind"], found["texts"], found["count"]) == (kind, 1, 1)
    assert value not in hidden(around.format(value))
    assert value not in found["examples"][0]


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002Y and 110105194912310021",  # wrong checksums
        "99999999999999999X",  # no such day
        "4111111111111112",  # Luhn fails
        "0000000000000000",
        "version 1.2.3 of 2024-01-31 at 12:30:45",
        "256.1.1.1 and 127.0.0.1",
        "12345678",
        "I am at home @ noon",
        "3.14159265358979",
        "thing 22 154 682 374 and 159 1113 4929 2703",
        "411 1111 1111 1111 1111 1",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert survey([text]) == []
    assert hidden(text) == text


@given(st.text())
def test_hiding_keeps_the_length_and_leaves_nothing_to_hide(text: str) -> None:
    assert len(hidden(text)) == len(text)
    assert survey([hidden(text)]) == []


@given(st.text(alphabet="0123456789 -+().@:abcdefX", max_size=60))
def test_no_text_makes_it_fail(text: str) -> None:
    assert len(hidden(text)) == len(text)
