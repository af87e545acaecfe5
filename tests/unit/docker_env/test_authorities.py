"""Whose certificates this network shows: seen at a real server whose authority only these tests know."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from framework.artifacts.docker_env import Authorities
from framework.runtime.docker.authorities import authorities

TLS = Path(__file__).with_name("tls")
BUNDLE = str(TLS / "ca.pem")
NAMING = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTPS_PROXY", "https_proxy")


class _Silent(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An index over https, and a machine on which nothing vouches for it."""
    for name in NAMING:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    with HTTPServer(("127.0.0.1", 0), _Silent) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}/simple"
        server.shutdown()
        thread.join()


def test_an_authority_that_only_this_network_has_needs_its_file(index: str) -> None:
    assert authorities(index, BUNDLE) == Authorities(state="own", bundle=BUNDLE)


@pytest.mark.parametrize("name", ["PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_the_file_is_found_where_programs_are_told_of_it(
    index: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, BUNDLE)
    assert authorities(index, "") == Authorities(state="own", bundle=BUNDLE)


def test_a_file_that_does_not_vouch_is_not_taken(index: str) -> None:
    found = authorities(index, str(TLS / "server.pem"))
    assert (found.state, found.bundle) == ("own", "")
    assert "CERTIFICATE_VERIFY_FAILED" in found.why


def test_where_nobody_answers_nothing_is_claimed(index: str) -> None:
    found = authorities("https://127.0.0.1:1/simple", BUNDLE)
    assert (found.state, found.bundle) == ("unknown", BUNDLE)
    assert "refused" in found.why


@pytest.mark.parametrize(
    "address",
    [
        "https://user:secret@host:99999/simple",
        "https://user:sec/ret@127.0.0.1:1/simple",
        "https://user:secret@[::1/simple",
        f"https://user:secret@{'a' * 70}.example/simple",
        "https://user:secret@127.0.0.1:1/token-secret/simple?token=secret",
    ],
)
def test_a_password_of_the_index_is_told_nobody(address: str) -> None:
    found = authorities(address, "")
    assert (found.state, "sec" in found.why) == ("unknown", False)
    assert found.why


@pytest.mark.slow
def test_the_index_is_the_one_that_pip_takes(index: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index)
    monkeypatch.setenv("PIP_CERT", BUNDLE)
    assert authorities("", "") == Authorities(state="own", bundle=BUNDLE)


@pytest.mark.slow
def test_an_index_that_is_a_folder_shows_no_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", tmp_path.as_uri())
    assert authorities("", "").state == "unknown"
