"""Whatever is sent, the answer to it is a status, a message and never a crash."""

import json

import httpx
import pytest

from scratch_llm.config.serve import ServeConfig
from scratch_llm.inference.server import create_app
from scratch_llm.utils.errors import ConfigError

from tests.server.running import MODEL, Offline, Running, serving


def error(response: httpx.Response) -> dict[str, str]:
    body = response.json()
    assert set(body) == {"error"} and set(body["error"]) == {"message", "type", "param", "code"}
    assert body["error"]["message"]
    return dict(body["error"])


@pytest.mark.parametrize(
    ("content", "status", "told"),
    [
        (b"{", 400, "not JSON"),
        (b"\xff\xfe", 400, "body"),
        (b'{"prompt": "a"', 400, "not JSON"),
        (b"[" * 10_000, 400, "body"),
        (b"", 422, "body"),
        (b"[]", 422, "body"),
        (b"null", 422, "body"),
        (b"{}", 422, "prompt"),
        (b'{"prompt": 5}', 422, "prompt: Input should be a valid string"),
        (b'{"prompt": ["a"]}', 422, "prompt"),
        (b'{"prompt": "a", "\\ud800": 1}', 422, "unicode"),
        (b'{"prompt": "a", "promt": "b"}', 422, "promt: this field is unknown"),
        (b'{"prompt": "a", "temperature": NaN}', 422, "temperature"),
        (b'{"prompt": "a", "temperature": 1e999}', 422, "temperature"),
        (b'{"prompt": "a", "temperature": "1"}', 422, "temperature"),
        (b'{"prompt": "a", "max_new_tokens": 0}', 422, "max_new_tokens"),
        (b'{"prompt": "a", "max_new_tokens": 65}', 422, "at most 64"),
        (b'{"prompt": "a", "max_new_tokens": true}', 422, "max_new_tokens"),
        (b'{"prompt": "a", "seed": ' + b"9" * 400 + b"}", 422, "seed"),
        (b'{"prompt": "a", "seed": ' + b"9" * 5000 + b"}", 400, "body"),
        (b'{"prompt": "a", "stop": [""]}', 422, "stop.0"),
        (b'{"prompt": "a", "stop": ["x","x","x","x","x","x","x","x","x"]}', 422, "stop"),
        (json.dumps({"prompt": "qz" * 4000}).encode(), 422, "shorten it"),
        (json.dumps({"prompt": "x" * 20_000}).encode(), 413, "20000 bytes"),
        (b'{"prompt": "a"' + b',"a":1' * 3, 400, "not JSON"),
        (b'{"prompt": "a"' + b"".join(b',"f%d":1' % i for i in range(500)) + b"}", 422, "unknown"),
    ],
)
def test_a_bad_body_is_refused(running: Running, content: bytes, status: int, told: str) -> None:
    response = running.http.post("/generate", content=content, headers={"content-type": "application/json"})
    assert response.status_code == status, response.text
    assert told in error(response)["message"]


def test_half_a_character_in_a_prompt_is_no_reason_to_fail(running: Running) -> None:
    content = b'{"prompt": "a \\ud800 b", "max_new_tokens": 2}'
    response = running.http.post("/generate", content=content, headers={"content-type": "application/json"})
    assert response.status_code == 200


def test_a_large_body_is_refused_though_its_length_was_not_announced(running: Running) -> None:
    pieces = (b"x" * 5000 for _ in range(10))
    response = running.http.post("/generate", content=pieces, headers={"content-type": "application/json"})
    assert response.status_code == 413
    assert error(response)["type"] == "invalid_request_error"


def test_a_form_is_no_json(running: Running) -> None:
    assert running.http.post("/generate", data={"prompt": "a"}).status_code == 422


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("GET", "/generate", 405)])
def test_other_routes_and_methods_are_told_in_the_same_shape(
    running: Running, method: str, path: str, status: int
) -> None:
    response = running.http.request(method, path)
    assert response.status_code == status
    error(response)


def test_a_key_is_asked_for_before_anything_is_read(
    offline: Offline, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SERVER_TEST_KEY", "s3cret-key")
    caplog.set_level("DEBUG")
    with serving(offline.loaded(1), api_key_env="SERVER_TEST_KEY") as server:
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic s3cret-key"}):
            refused = server.http.post("/generate", content=b"{", headers=headers)
            assert refused.status_code == 401
            assert error(refused)["type"] == "authentication_error"
            assert refused.headers["www-authenticate"] == "Bearer"
        assert server.http.get("/v1/models").status_code == 401
        assert server.http.get("/%76%31/models").status_code == 401
        assert [server.http.get(path).status_code for path in ("/health", "/ready", "/metrics", "/docs")] == [200] * 4
        assert [model.id for model in server.openai("s3cret-key").models.list()] == [MODEL]
    assert "s3cret-key" not in caplog.text


def test_an_empty_key_is_a_mistake(offline: Offline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_TEST_KEY", " ")
    with pytest.raises(ConfigError, match="SERVER_TEST_KEY is set and empty"):
        create_app(ServeConfig(api_key_env="SERVER_TEST_KEY"), offline.loaded(1))
