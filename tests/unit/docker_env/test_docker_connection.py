"""Every way in which there may be no engine, each told apart; the sockets are real ones."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from framework.artifacts.base import sha256
from framework.runtime.docker import EngineMissing, engine
from framework.runtime.docker.connection import connect
from framework.runtime.docker.endpoint import Endpoint, endpoint
from framework.runtime.docker.marks import engine_mark
from tests.unit.docker_env.api import Api, serving

NOBODY = 65534


def _why(host: str | None = None) -> EngineMissing:
    with pytest.raises(EngineMissing) as caught:
        engine(host)
    assert caught.value.code == 5
    assert caught.value.hint
    return caught.value


@contextmanager
def listening(path: Path, reply: bytes | None) -> Iterator[None]:
    """A socket on which somebody takes every call, and says the same to all, or nothing."""
    calls: list[socket.socket] = []
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def take() -> None:
            while True:
                try:
                    call, _ = server.accept()
                except OSError:
                    return
                calls.append(call)
                if reply is not None:
                    call.recv(4096)
                    call.sendall(reply)
                    call.close()

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    for call in calls:
        call.close()


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without the rights of root, as far as there are any."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_an_engine_that_answers_is_found_by_docker_host(api: Api) -> None:
    assert engine().endpoint.source == "DOCKER_HOST"
    assert engine_mark(None).endswith(f" TEST {api.version}")  # type: ignore[arg-type]


def test_no_socket(short: Path) -> None:
    assert _why(f"unix://{short}/none.sock").reason == "absent"


def test_a_socket_that_an_engine_has_left(short: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(short / "left.sock"))
    assert _why(f"unix://{short}/left.sock").reason == "refused"


def test_a_socket_without_permission(short: Path) -> None:
    path = short / "closed.sock"
    with serving(Api(), path) as address:
        short.chmod(0o755)
        path.chmod(0o600 if os.geteuid() == 0 else 0)
        with as_nobody():
            why = _why(address)
    assert why.reason == "denied"
    assert "usermod -aG docker" in why.hint


@pytest.mark.parametrize("host", ["nonsense", "ftp://somewhere/x", "tcp://nowhere.invalid:2375"])
def test_an_address_that_leads_nowhere(host: str) -> None:
    assert _why(host).reason == "address"


def test_an_engine_that_does_not_answer_in_time(short: Path) -> None:
    with listening(short / "mute.sock", None), pytest.raises(EngineMissing) as caught:
        connect(Endpoint(f"unix://{short}/mute.sock", "given"), seconds=0.2)
    assert caught.value.reason == "silent"


@pytest.mark.parametrize("reply", [b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"])
def test_something_else_that_answers(short: Path, reply: bytes) -> None:
    with listening(short / "other.sock", reply):
        assert _why(f"unix://{short}/other.sock").reason == "strange"


def test_an_engine_that_stops_while_it_is_asked(short: Path) -> None:
    with serving(Api(), short / "docker.sock") as address:
        found = engine(address)
    (short / "docker.sock").unlink()
    with pytest.raises(EngineMissing) as caught:
        found.facts()
    assert caught.value.reason == "stopped"
    assert "resume" in caught.value.hint


def test_nothing_is_the_mark_of_no_engine(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{short}/none.sock")
    assert engine_mark(None) == "none"  # type: ignore[arg-type]


def _context(name: str, host: str) -> None:
    folder = Path(os.environ["DOCKER_CONFIG"])
    meta = folder / "contexts/meta" / sha256(name) / "meta.json"
    meta.parent.mkdir(parents=True)
    meta.write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host}}}))
    (folder / "config.json").write_text(json.dumps({"currentContext": name, "auths": {}}))


def test_the_context_in_use_counts_where_nothing_else_is_named(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Api(), short / "docker.sock") as address:
        _context("far", address)
        assert engine().endpoint == Endpoint(address, "context", "far")
        assert endpoint().environment == {"DOCKER_CONTEXT": "far"}
    monkeypatch.setenv("DOCKER_HOST", "tcp://10.0.0.7:2375")
    assert endpoint().source == "DOCKER_HOST"


def test_a_context_that_is_gone_or_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONTEXT", "gone")
    assert _why().reason == "context"
    _context("broken", "tcp://x:1")
    monkeypatch.setenv("DOCKER_CONTEXT", "broken")
    next(Path(os.environ["DOCKER_CONFIG"]).rglob("meta.json")).write_text("{")
    assert _why().reason == "context"


@pytest.mark.parametrize(
    ("url", "remote"),
    [
        ("unix:///run/docker.sock", False),
        ("npipe:////./pipe/docker_engine", False),
        ("tcp://127.0.0.1:2375", False),
        ("tcp://node.example:2376", True),
        ("ssh://me@node.example", True),
    ],
)
def test_an_address_tells_whether_it_leads_away(url: str, remote: bool) -> None:
    assert Endpoint(url, "given").remote is remote


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("unix:///run/user@1/docker.sock", "unix:///run/user@1/docker.sock"),
        ("tcp://node.example:2376", "tcp://node.example:2376"),
        ("ssh://me@node.example", "ssh://me@node.example"),
        ("https://node.example/engine?token=secret", "https://node.example/engine"),
        ("tcp://node.example:1#secret", "tcp://node.example:1"),
        ("tcp://secret@node.example:1", "tcp://node.example:1"),
        ("tcp://me:se/cret@node.example:1", "tcp://..."),
        ("tcp://me:se?cret@node.example:99999", "tcp://..."),
        ("tcp://me:secret@[::1", "tcp://[::1"),
        ("node.example:2375", "node.example:2375"),
        ("me:secret@node.example:1/x?y", "node.example:1/x"),
    ],
)
def test_of_an_address_only_what_is_no_secret_is_shown(url: str, shown: str) -> None:
    assert Endpoint(url, "given").shown == shown


def test_a_password_is_not_shown() -> None:
    assert Endpoint("ssh://me:secret@node.example", "given").shown == "ssh://node.example"
    assert _why("tcp://me:secret@nowhere.invalid:1").message.find("secret") == -1


def test_without_its_library_for_ssh_the_way_out_is_told() -> None:
    why = _why("ssh://me@127.0.0.1")
    assert why.reason in ("ssh", "refused", "strange", "silent")
    assert "DOCKER_HOST" in why.hint or why.reason != "ssh"
