"""What operators see: metrics that count right, logs that say no more than they should."""

import json
import logging
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

from scratch_llm.inference.server.logs import JsonLine, TextLine

from tests.server.running import MODEL, Offline, Running, serving


def test_metrics_count_requests_and_tokens(offline: Offline) -> None:
    with serving(offline.loaded(2)) as server:
        before = server.metric("llm_requests_total", route="/generate", status="200")
        assert before == 0  # counted from the start, not from the first event
        n_read = server.generate("The fox", 5, ignore_eos=True).json()["usage"]["prompt_tokens"]
        server.generate("The fox", 6, ignore_eos=True, stream=True)
        server.generate("The fox", 0)
        server.http.get("/secret/path")
        assert server.metric("llm_requests_total", route="/generate", status="200") == 2
        assert server.metric("llm_requests_total", route="/generate", status="422") == 1
        assert server.metric("llm_requests_total", route="other", status="404") == 1
        assert server.metric("llm_prompt_tokens_total") == 2 * n_read
        assert server.metric("llm_generated_tokens_total") == 11
        assert server.metric("llm_finished_total", outcome="length") == 2
        assert server.metric("llm_time_to_first_token_seconds_count") == 2
        assert server.metric("llm_time_per_token_seconds_count") == 9
        assert server.metric("llm_request_seconds_count", route="/generate") == 3
        assert "secret" not in server.http.get("/metrics").text


def test_metrics_parse_and_name_the_build(running: Running) -> None:
    families = {family.name: family for family in text_string_to_metric_families(running.http.get("/metrics").text)}
    assert families["llm_build_info"].samples[0].labels["backend"] == "eager"
    assert all(family.documentation for family in families.values())
    if sys.platform == "linux":
        assert running.metric("process_resident_memory_bytes") > 1e6
    assert running.metric("llm_device_memory_bytes") == 0
    assert running.metric("llm_requests_total", route="/v1/chat/completions", status="429") == 0


def test_the_log_tells_a_request_without_its_text(running: Running) -> None:
    response = running.generate("a private matter", 4, ignore_eos=True)
    told = running.events.wait("request", request_id=response.headers["x-request-id"])
    fields = told.fields  # type: ignore[attr-defined]
    assert (fields["route"], fields["status"], fields["generated_tokens"]) == ("/generate", 200, 4)
    assert fields["outcome"] == "length"
    assert "private" not in JsonLine().format(told)


def test_the_log_tells_prompts_where_that_is_wished(offline: Offline) -> None:
    with serving(offline.loaded(1), log_prompts=True) as server:
        server.generate("a public matter", 1)
        assert server.events.wait("request", route="/generate").fields["prompt"] == "a public matter"  # type: ignore[attr-defined]
        server.openai().chat.completions.create(model=MODEL, messages=[{"role": "developer", "content": "Hi"}])
        told = server.events.wait("request", route="/v1/chat/completions")
        assert told.fields["prompt"] == [["system", "Hi"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("given", "kept"), [("order-66_a.b", True), ("a b", False), ("x" * 65, False), ("a\tb", False)]
)
def test_a_request_id_is_kept_where_it_is_harmless(running: Running, given: str, kept: bool) -> None:
    answered = running.http.get("/health", headers={"x-request-id": given}).headers["x-request-id"]
    assert (answered == given) is kept


def record(fields: dict[str, object]) -> logging.LogRecord:
    found = logging.LogRecord("name", logging.INFO, "file", 1, "said %s", ("so",), None)
    found.fields = fields
    return found


def test_a_json_line_is_one_line_of_json() -> None:
    line = JsonLine().format(record({"prompt": 'a "quoted"\nline \ud800', "n": 1}))
    assert "\n" not in line
    told = json.loads(line)
    assert (told["message"], told["level"], told["n"]) == ("said so", "info", 1)


def test_lines_tell_an_error_with_its_place() -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        found = record({})
        found.exc_info = sys.exc_info()
    assert "ValueError: broken" in json.loads(JsonLine().format(found))["exception"]
    assert "ValueError: broken" in TextLine().format(found)


def test_a_text_line_shows_control_characters_as_such() -> None:
    assert TextLine("%(message)s").format(record({"prompt": "a\nb"})) == "said so prompt='a\\nb'"
