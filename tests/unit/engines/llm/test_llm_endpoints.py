"""Endpoints over real HTTP: what each can do, how long it is waited for, and where none can be used."""

from __future__ import annotations

import time

import pytest

from framework.errors import LlmUnusable
from tests.llm.behaviours import UNUSABLE, able_of, answering, in_turn, refusing
from tests.llm.server import Talk, serving
from tests.unit.engines.llm.conftest import BY_RULE, GOOD, SLACK, Bench, coat


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_endpoint_that_cannot_be_used_stops_the_run(name: str, bench: Bench) -> None:
    behaviour, advice = UNUSABLE[name]
    with serving(behaviour) as server:
        with pytest.raises(LlmUnusable, match="m: ") as caught:
            bench.engine(server, retries=3).decide(coat())
        assert len(server.heard) == 1, "asking again mends nothing"
    assert caught.value.code == 5
    assert advice in caught.value.hint


def test_an_endpoint_that_the_key_is_not_for_is_asked_without_it(bench: Bench) -> None:
    with serving(answering({"planner.coat": GOOD})) as server:
        assert bench.engine(server, key_withheld=True).decide(coat()).why == "it is cold"
        server.behaviour = UNUSABLE["401"][0]
        with pytest.raises(LlmUnusable) as caught:
            bench.engine(server, key_withheld=True).decide(coat(degrees=6))
    assert f"export OPENAI_BASE_URL={server.url}" in caught.value.hint


def test_openai_is_not_even_called_without_a_key(bench: Bench) -> None:
    with serving(answering({})) as server, pytest.raises(LlmUnusable, match="wants a key") as caught:
        bench.engine(server, base_url="https://api.openai.com/v1").decide(coat())
    assert "OPENAI_API_KEY" in caught.value.hint
    assert bench.journal.lines() == []


def test_nobody_listening_stops_the_run(bench: Bench) -> None:
    with serving(answering({})) as server:
        pass
    with pytest.raises(LlmUnusable, match="unreachable") as caught:
        bench.engine(server).decide(coat())
    assert "OPENAI_BASE_URL" in caught.value.hint


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "no proxy at all", "http://127.0.0.1:1"])
def test_a_proxy_that_leads_nowhere_stops_the_run(proxy: str, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALL_PROXY", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, proxy)
    with serving(answering({})) as server, pytest.raises(LlmUnusable, match="unreachable") as caught:
        bench.engine(server, base_url="http://endpoint.invalid/v1").decide(coat())
    assert "proxy" in caught.value.hint


@pytest.mark.parametrize("model", ["o1", "o3-mini", "gpt-5.2-pro", "gpt-4o", "qwen3:8b", "codex-mini", "a/b.gguf"])
def test_the_name_of_a_model_changes_nothing_of_what_is_sent(model: str, bench: Bench) -> None:
    with serving(answering({"planner.coat": GOOD})) as server:
        assert bench.engine(server, model=model).decide(coat()).why == "it is cold"
    [heard] = server.heard
    assert heard.path == "/v1/chat/completions"
    assert heard.body.keys() == {
        "model", "messages", "stream", "stream_options", "max_tokens", "response_format"
    }  # fmt: skip
    assert [turn["role"] for turn in heard.body["messages"]] == ["system", "user"]


@pytest.mark.parametrize("shape", ["json_schema", "json_object", "plain"])
@pytest.mark.parametrize("streams", [True, False])
def test_what_an_endpoint_can_do_is_found_out_once(shape: str, streams: bool, bench: Bench) -> None:
    able = able_of(shape, answering({"planner.coat": GOOD}), streams=streams, usage=False, cap="max_completion_tokens")
    with serving(able) as server:
        assert bench.engine(server).decide(coat()).why == "it is cold"
        tries = len(server.heard)
        assert bench.engine(server).decide(coat(degrees=6)).why == "it is cold"
        assert len(server.heard) == tries + 1, "the next process knows"
        last = server.heard[-1].body
    assert (last.get("response_format") or {}).get("type", "plain") == shape


def test_an_endpoint_that_ignores_the_wish_to_stream_is_understood(bench: Bench) -> None:
    def whole(talk: Talk) -> None:
        message = {"role": "assistant", "content": '{"coat": true, "why": "it is cold"}'}
        talk.body({"id": "a", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    with serving(whole) as server:
        assert bench.engine(server).decide(coat()).why == "it is cold"
        assert [heard.streams for heard in server.heard] == [True, False]
    assert bench.journal.lines()[0].prompt_tokens > 0, "the first answer was made, and is paid for"


@pytest.mark.parametrize(
    ("status", "told", "left_out"),
    [
        (500, "failed to parse grammar", "response_format"),
        (400, "max_tokens=8192 is too large: this model's maximum context length is 4096 tokens", "max_tokens"),
    ],
)
def test_what_small_endpoints_stumble_over_is_left_out(status: int, told: str, left_out: str, bench: Bench) -> None:
    def small(talk: Talk) -> None:
        kept = talk.heard.body.get(left_out)
        wanted = kept if left_out == "max_tokens" else kept and kept["type"] == "json_schema"
        (refusing(status, told) if wanted else answering({"planner.coat": GOOD}))(talk)

    with serving(small) as server:
        assert bench.engine(server).decide(coat()).why == "it is cold"
        assert len(server.heard) == 2


def test_retry_after_is_honoured_and_the_answer_taken(bench: Bench) -> None:
    good = answering({"planner.coat": GOOD})
    with serving(in_turn(refusing(429, Retry_After="0.2"), refusing(503), good)) as server:
        assert bench.engine(server, retries=3).decide(coat()).why == "it is cold"
        assert len(server.heard) == 3
    assert [line.outcome for line in bench.journal.lines()] == ["rate_limit", "server", "stop"]


def test_a_wait_that_is_too_long_is_not_waited_for(bench: Bench) -> None:
    with serving(refusing(429, Retry_After="3600")) as server:
        engine = bench.engine(server, retries=3)
        began = time.monotonic()
        assert engine.decide(coat()) == BY_RULE
        assert time.monotonic() - began < SLACK
        assert len(server.heard) == 1
