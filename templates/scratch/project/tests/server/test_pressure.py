"""Too many requests, slow answers, clients that leave, a shutdown, a crash: no request hangs, no slot is lost."""

import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import pytest

from scratch_llm.inference import Loaded

from tests.server.running import (
    MODEL,
    WAIT_S,
    BrokenTokenizer,
    FailingBackend,
    Offline,
    Running,
    SteppedBackend,
    serving,
)

Stepped = tuple[SteppedBackend, Loaded]


def test_a_request_beyond_the_queue_is_told_when_to_come_again(stepped: Stepped, offline: Offline) -> None:
    backend, loaded = stepped
    with serving(loaded, max_queue=1) as server, ThreadPoolExecutor(2) as pool:
        first, second = (pool.submit(server.generate, prompt, 4) for prompt in ("The fox", "A cat"))
        server.wait_for_metric("llm_queue_depth", 2)  # none has a token yet
        third = server.generate("A bird", 4, stream=True)
        backend.open()
        assert third.status_code == 429
        assert int(third.headers["retry-after"]) >= 1
        assert third.json()["error"]["type"] == "rate_limit_error"
        assert first.result().json()["text"] == offline.continued("The fox", 4)
        assert second.result().json()["text"] == offline.continued("A cat", 4)
        assert server.generate("A bird", 4).status_code == 200


def test_an_answer_that_takes_too_long_is_given_up(stepped: Stepped) -> None:
    backend, loaded = stepped
    with serving(loaded, deadline_s=0.2) as server:
        late = server.generate("The fox", 4)
        assert late.status_code == 504
        assert "0.2 s" in late.json()["error"]["message"]
        backend.open()
        assert server.metric("llm_finished_total", outcome="deadline_passed") == 1
        assert server.generate("The fox", 1).status_code == 200  # its slot is free again


def test_a_stream_that_takes_too_long_ends_with_an_error(stepped: Stepped) -> None:
    import openai

    backend, loaded = stepped
    backend.allow(3)
    with serving(loaded, deadline_s=2) as server:
        stream = server.openai().completions.create(
            model=MODEL, prompt="The fox", max_tokens=400, temperature=0, stream=True
        )
        with pytest.raises(openai.APIError, match="no complete answer within 2 s"):
            for _ in stream:
                pass
        backend.open()


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_frees_its_slot(stepped: Stepped, offline: Offline, stream: bool) -> None:
    import openai

    backend, loaded = stepped
    with serving(loaded, max_queue=0) as server:
        client = server.openai()
        if stream:
            backend.allow(2)
            answer = client.completions.create(
                model=MODEL, prompt="The fox", max_tokens=400, temperature=0, stream=True
            )
            answer.close()
        else:
            with pytest.raises(openai.APITimeoutError):
                client.with_options(timeout=0.3).completions.create(model=MODEL, prompt="The fox", max_tokens=400)
        left = server.events.wait("request", outcome="client_left")
        assert left.fields["generated_tokens"] < 10  # type: ignore[attr-defined]
        backend.open()
        assert server.generate("A cat", 4).json()["text"] == offline.continued("A cat", 4)
        assert server.metric("llm_finished_total", outcome="client_left") == 1
        assert server.metric("llm_active_requests") == server.metric("llm_queue_depth") == 0


def test_a_shutdown_finishes_what_has_begun_and_takes_nothing_new(stepped: Stepped, offline: Offline) -> None:
    backend, loaded = stepped
    with serving(loaded) as server, ThreadPoolExecutor(1) as pool:
        begun = pool.submit(server.generate, "The fox", 4)
        assert backend.entered.wait(WAIT_S)
        server.server.should_exit = True
        server.events.wait("draining", open_requests=1)
        refused = server.generate("A cat", 4)
        assert refused.status_code == 503
        assert "shutting down" in refused.json()["error"]["message"]
        assert server.http.get("/ready").status_code == 503
        assert server.http.get("/health").status_code == 200
        backend.open()
        assert begun.result().json()["text"] == offline.continued("The fox", 4)


def test_a_shutdown_does_not_wait_for_ever(stepped: Stepped) -> None:
    backend, loaded = stepped
    with serving(loaded, drain_s=0.1) as server, ThreadPoolExecutor(1) as pool:
        begun = pool.submit(server.generate, "The fox", 4)
        assert backend.entered.wait(WAIT_S)
        server.server.should_exit = True
        assert begun.result().status_code == 503
        backend.open()


def test_a_second_signal_ends_the_waiting(stepped: Stepped) -> None:
    backend, loaded = stepped
    with serving(loaded, drain_s=WAIT_S * 10) as server, ThreadPoolExecutor(1) as pool:
        begun = pool.submit(server.generate, "The fox", 4)
        assert backend.entered.wait(WAIT_S)
        server.server.handle_exit(signal.SIGTERM, None)
        server.events.wait("draining", open_requests=1)
        server.server.handle_exit(signal.SIGTERM, None)
        assert begun.result().status_code == 503
        backend.open()


def test_an_unforeseen_error_is_told_without_its_details(offline: Offline) -> None:
    broken = Loaded(offline.loaded(1).backend, BrokenTokenizer())
    with serving(broken) as server:
        failed = server.generate("The fox", 4)
        assert failed.status_code == 500
        assert failed.json()["error"]["type"] == "server_error"
        assert "/home" not in failed.text
        assert server.metric("llm_requests_total", route="/generate", status="500") == 1
        assert server.http.get("/ready").status_code == 200


def test_a_crash_of_the_generating_thread_is_told_to_everybody(offline: Offline) -> None:
    loaded = offline.loaded(1)
    backend = FailingBackend(loaded.backend)
    with serving(Loaded(backend, loaded.tokenizer)) as server, ThreadPoolExecutor(2) as pool:
        assert server.http.get("/ready").status_code == 200
        pending = [pool.submit(server.generate, "The fox", 4) for _ in range(2)]
        assert backend.entered.wait(WAIT_S)
        backend.open()
        assert {answer.result().status_code for answer in pending} <= {500, 503}
        assert 500 in {answer.result().status_code for answer in pending}
        assert server.generate("A cat", 4).status_code == 503
        assert server.http.get("/ready").status_code == 503
        assert server.http.get("/health").status_code == 503
        assert "no memory left" in str(server.events.wait("generation has died").exc_info)


def test_a_body_that_does_not_arrive_is_given_up(offline: Offline) -> None:
    with serving(offline.loaded(1), body_s=0.1) as server:
        url = httpx.URL(server.url)
        with socket.create_connection((url.host, url.port), timeout=WAIT_S) as connection:
            head = b"POST /generate HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n"
            connection.sendall(head + b'{"prompt": ')
            with connection.makefile("rb") as answer:
                told = answer.read()  # to the end: the server closes the connection
        assert told.startswith(b"HTTP/1.1 408 ")
        assert b"the body was not there within 0.1 s" in told
        assert server.generate("The fox", 2).status_code == 200


def asked(server: Running, head: str) -> socket.socket:
    """A connection on which this was said; where that is a whole head, the server waits for the body."""
    url = httpx.URL(server.url)
    connection = socket.create_connection((url.host, url.port), timeout=WAIT_S)
    connection.sendall(head.encode())
    if head.endswith("\r\n\r\n"):
        assert connection.recv(100).startswith(b"HTTP/1.1 ")
    return connection


HALF_HEAD = "POST /generate HTTP/1.1\r\nhost: a\r\n"
# The server says that it waits for the body, so that a test need not guess when it does.
NO_BODY = HALF_HEAD + "content-type: application/json\r\ncontent-length: 50\r\nexpect: 100-continue\r\n\r\n"


@pytest.mark.parametrize("before", ["", "GET /health HTTP/1.1\r\nhost: a\r\n\r\n"])
@pytest.mark.parametrize("half", ["", "P", HALF_HEAD])
def test_a_head_that_does_not_arrive_is_given_up(offline: Offline, before: str, half: str) -> None:
    if before and not half:
        return  # a kept connection may be silent for longer
    with serving(offline.loaded(1), body_s=0.1) as server, asked(server, before) as connection:
        connection.sendall(half.encode())
        with connection.makefile("rb") as answer:
            answer.read()  # to the end: the server hangs up
        assert server.generate("The fox", 2).status_code == 200


def test_half_sent_requests_shut_nobody_out(offline: Offline) -> None:
    with serving(offline.loaded(1), max_connections=4, body_s=WAIT_S * 10) as server, ExitStack() as stack:
        halves = [stack.enter_context(asked(server, HALF_HEAD)) for _ in range(12)]
        assert server.generate("The fox", 2).status_code == 200
        assert httpx.get(f"{server.url}/health", timeout=WAIT_S).status_code == 200
        assert halves[0].recv(1) == b""


def test_operators_are_answered_when_every_place_is_at_work(offline: Offline) -> None:
    with serving(offline.loaded(1), max_connections=4, body_s=WAIT_S * 10) as server, ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(asked(server, NO_BODY))
        for path in ("/health", "/ready", "/metrics"):
            assert httpx.get(f"{server.url}{path}", timeout=WAIT_S).status_code == 200
        refused = server.generate("The fox", 2)
        assert (refused.status_code, refused.headers["connection"]) == (503, "close")
        assert refused.json()["error"]["code"] == "server_full"
        stack.close()
        server.events.wait("request", route="/generate")
        assert server.generate("The fox", 2).status_code == 200


def test_no_more_than_a_few_are_accepted_beyond_the_limit(offline: Offline) -> None:
    with serving(offline.loaded(1), max_connections=1, body_s=WAIT_S * 10) as server, ExitStack() as stack:
        stack.enter_context(asked(server, NO_BODY))
        crowd = [stack.enter_context(asked(server, HALF_HEAD)) for _ in range(200)]
        assert httpx.get(f"{server.url}/health", timeout=WAIT_S).status_code == 200
        assert len(server.server.server_state.connections) <= 1 + 64
        assert crowd
