"""Asking again: what passes by itself, how long it is waited for, and what an endpoint was found able to do."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.engines.llm.capabilities import Book, Known, Memory, assumed, lowered
from framework.engines.llm.retrying import PASSING, persistently
from framework.engines.llm.settings import OPENAI, LlmSettings
from framework.engines.llm.terms import Abilities, Cap, Reply, Shape, Trouble, WireError
from framework.engines.llm.wire import unstopped
from framework.errors import Interrupted

SETTINGS = LlmSettings(base_url="http://localhost:1/v1", model="m", retries=3, longest_wait_s=0.2)
ABILITIES = st.builds(
    Abilities,
    shape=st.sampled_from(get_args(Shape)),
    stream=st.booleans(),
    usage=st.booleans(),
    cap=st.sampled_from(get_args(Cap)),
)


class Failing:
    """Fails so often, then replies."""

    def __init__(self, *errors: WireError) -> None:
        self._errors = list(errors)
        self.calls = 0

    def __call__(self) -> Reply:
        self.calls += 1
        if self._errors:
            raise self._errors.pop(0)
        return Reply("good")


def run(once: Callable[[], Reply], seconds: float = 60, settings: LlmSettings = SETTINGS) -> Reply:
    return persistently(once, settings, time.monotonic() + seconds, unstopped, lambda: 0.0)


@pytest.mark.parametrize("trouble", sorted(PASSING))
def test_what_passes_is_asked_again(trouble: Trouble) -> None:
    once = Failing(WireError(trouble, retry_after=0.01), WireError(trouble, retry_after=0))
    assert run(once).text == "good"
    assert once.calls == 3


@pytest.mark.parametrize("trouble", sorted(set(get_args(Trouble)) - PASSING))
def test_what_does_not_pass_is_asked_once(trouble: Trouble) -> None:
    once = Failing(WireError(trouble, retry_after=0))
    with pytest.raises(WireError):
        run(once)
    assert once.calls == 1


def test_it_ends_after_so_many_tries() -> None:
    once = Failing(*[WireError("server", retry_after=0) for _ in range(10)])
    with pytest.raises(WireError):
        run(once)
    assert once.calls == 4


@pytest.mark.parametrize(("wait", "left"), [(0.3, 60.0), (0.15, 0.1)], ids=["beyond the bound", "beyond the deadline"])
def test_a_wait_that_leads_too_far_is_not_begun(wait: float, left: float) -> None:
    once = Failing(WireError("rate_limit", retry_after=wait))
    with pytest.raises(WireError):
        run(once, left)
    assert once.calls == 1


def test_waiting_can_be_stopped() -> None:
    def stopped() -> None:
        raise Interrupted("stopped as you asked.")

    with pytest.raises(Interrupted):
        persistently(Failing(WireError("server")), SETTINGS.model_copy(update={"longest_wait_s": 60}),
                     time.monotonic() + 60, stopped)  # fmt: skip


@given(abilities=ABILITIES, words=st.lists(st.sampled_from(
    ["stream_options", "max_tokens", "max_completion_tokens", "response_format", "json_schema", "no"])))  # fmt: skip
def test_every_refusal_leads_down_and_to_an_end(abilities: Abilities, words: list[str]) -> None:
    error = WireError("bad_request", " ".join(words))
    seen: list[Abilities] = []
    able: Abilities | None = abilities
    while able is not None:
        assert able not in seen
        seen.append(able)
        able = lowered(able, error)
    assert len(seen) <= 8


@pytest.mark.parametrize("trouble", sorted(set(get_args(Trouble)) - {"bad_request", "no_stream"}))
def test_other_troubles_say_nothing_of_abilities(trouble: Trouble) -> None:
    assert lowered(Abilities(), WireError(trouble, "stream_options")) is None


@pytest.mark.parametrize(
    ("told", "changed"),
    [
        ("Unrecognized request argument supplied: stream_options", {"usage": False}),
        ("streaming is not supported", {"stream": False}),
        ("Unsupported parameter: 'max_tokens'", {"cap": "max_completion_tokens"}),
        ("response_format json_schema is not supported", {"shape": "json_object"}),
        ("Invalid schema", {"shape": "json_object"}),
    ],
)
def test_what_the_endpoint_names_is_given_up_first(told: str, changed: dict[str, object]) -> None:
    assert lowered(Abilities(), WireError("bad_request", told)) == Abilities().model_copy(update=changed)


def test_what_was_found_is_known_to_the_next_process(tmp_path: Path) -> None:
    found = Abilities(shape="plain", usage=False)
    Memory(tmp_path / "book.json").keep(SETTINGS, "m", found)
    Memory(tmp_path / "book.json").keep(SETTINGS, "other", Abilities(shape="json_object"))
    memory = Memory(tmp_path / "book.json")
    assert memory.recall(SETTINGS, "m") == found
    assert memory.recall(SETTINGS, "another") == assumed(SETTINGS)
    elsewhere = SETTINGS.model_copy(update={"base_url": "http://localhost:2/v1"})
    assert memory.recall(elsewhere, "m") == assumed(elsewhere)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"known": {"http://localhost:1/v1 m": 7}}'])
def test_a_spoilt_memory_is_no_memory(text: str, tmp_path: Path) -> None:
    (tmp_path / "book.json").write_text(text)
    memory = Memory(tmp_path / "book.json")
    assert memory.recall(SETTINGS, "m") == assumed(SETTINGS)
    memory.keep(SETTINGS, "m", Abilities(shape="plain"))
    assert memory.recall(SETTINGS, "m").shape == "plain"


def test_a_memory_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    memory = Memory(tmp_path / "file" / "book.json")
    memory.keep(SETTINGS, "m", Abilities(shape="plain"))
    assert memory.recall(SETTINGS, "m") == assumed(SETTINGS)


@pytest.mark.parametrize("age", [8 * 24 * 3600, -3600])
def test_what_was_found_long_ago_is_found_out_again(age: float, tmp_path: Path) -> None:
    known = {"http://localhost:1/v1 m": Known(abilities=Abilities(shape="plain"), at=time.time() - age)}
    (tmp_path / "book.json").write_text(Book(known=known).model_dump_json())
    assert Memory(tmp_path / "book.json").recall(SETTINGS, "m") == assumed(SETTINGS)


def test_openai_wants_the_longest_answer_by_its_new_name() -> None:
    assert assumed(LlmSettings(base_url=OPENAI)).cap == "max_completion_tokens"
    assert assumed(SETTINGS).cap == "max_tokens"
    assert not assumed(SETTINGS.model_copy(update={"stream": False})).stream
