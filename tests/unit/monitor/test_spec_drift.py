"""scripts/spec_drift.py as cron and Alertmanager run it, against a Prometheus that says what the test wants."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest

from framework.artifacts.codec import encode
from framework.artifacts.files import ProjectFiles, write_text
from framework.artifacts.spec_drift import mark_of_requirements, read_drift, reopened
from tests.unit.monitor.material import equipment, held, laid, wishes
from tests.unit.monitor.stub_service import Service

SOUND = {"sla.availability": 0.999, "sla.latency_ms": 0.1}
SLOW = {"sla.availability": 0.999, "sla.latency_ms": 0.4}


@contextmanager
def answering(said: dict[str, str], pages: Sequence[str] = (), always: str = "") -> Iterator[str]:
    """A Prometheus with one value for each query; or a service, with one page of metrics after the other."""
    left = list(pages)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query).get("query", [self.path])[0]
            value = said.get(query)
            result = [{"metric": {}, "value": [0, value]}] if value is not None else []
            text = left.pop(0) if self.path == "/metrics" else always or json.dumps({"data": {"result": result}})
            self.send_response(200)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Watched:
    """A project with requirements, and the script in it."""

    def __init__(self, root: Path) -> None:
        self.files = ProjectFiles(root)
        wanted = wishes(sla_latency_ms=300)
        write_text(self.files.report("requirements.md"), encode(wanted))
        self.equipment = equipment(held(), wanted=wanted)
        texts = self.equipment.texts
        spec = json.loads(texts["deploy/monitoring/spec.json"])
        spec["requirements_sha256"] = mark_of_requirements(self.files)
        laid(texts | {"deploy/monitoring/spec.json": json.dumps(spec)}, root)

    def said(self, figures: dict[str, float]) -> dict[str, str]:
        return {one.query: str(figures[one.slot]) for one in self.equipment.objectives if one.slot in figures}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(self.files.root / "scripts/spec_drift.py"), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    def look(self, figures: dict[str, float]) -> subprocess.CompletedProcess[str]:
        with answering(self.said(figures)) as url:
            return self.run("--prometheus", url)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_what_is_kept_leaves_no_trace(watched: Watched) -> None:
    done = watched.look(SOUND)
    assert done.returncode == 0
    assert "| sla.latency_ms | <= 300 ms (p95) | 100 ms | kept | - |" in done.stdout
    assert read_drift(watched.files) is None


def test_a_drift_reopens_the_requirement(watched: Watched) -> None:
    assert watched.look(SLOW).returncode == 1
    row = reopened(watched.files)[0]
    assert (row.slot, row.measured, row.stated, row.state) == ("sla.latency_ms", 0.4, True, "drifted")
    assert row.since


def test_it_stays_open_until_it_is_kept_again_and_says_since_when(watched: Watched) -> None:
    watched.look(SLOW)
    since = reopened(watched.files)[0].since
    assert watched.look({}).returncode == 1, "silence is no proof that it is over"
    assert reopened(watched.files)[0].since == since
    assert watched.look(SOUND).returncode == 0
    assert reopened(watched.files) == []
    assert read_drift(watched.files) is not None, "that there was one stays known"


def test_what_a_person_noted_stays(watched: Watched) -> None:
    watched.look(SLOW)
    report = watched.files.report("spec_drift.md")
    report.write_text(report.read_text() + "Told Ann.\n")
    watched.look(SLOW)
    watched.look(SOUND)
    assert report.read_text().endswith("## Notes\nTold Ann.\n")


@pytest.mark.parametrize("figures", [{}, {"sla.latency_ms": float("nan")}])
def test_without_figures_nothing_is_said_to_be_kept(watched: Watched, figures: dict[str, float]) -> None:
    assert watched.look(figures).returncode == 3


def test_nobody_at_home_is_told(watched: Watched) -> None:
    done = watched.run("--prometheus", "http://127.0.0.1:9")
    assert (done.returncode, "cannot be read" in done.stderr) == (4, True)


@pytest.mark.parametrize(
    "said",
    [
        *(
            '{"data": null}',
            "[]",
            "null",
            "1",
            '"x"',
            "<html>",
            '{"data": {}}',
            '{"data": {"result": 5}}',
            "[" * 99_999,
        ),
        *(f'{{"data": {{"result": [{one}]}}}}' for one in ("null", "{}", '{"value": [1]}', '{"value": [1, null]}')),
        '{"data": {"result": [{"value": [0, "much"]}]}}',
    ],
)
def test_what_is_no_answer_of_prometheus_is_no_drift(watched: Watched, said: str) -> None:
    with answering({}, always=said) as url:
        done = watched.run("--prometheus", url)
    assert (done.returncode, "cannot be read" in done.stderr, "Traceback" in done.stderr) == (4, True, False)


@pytest.mark.parametrize("slot", ["sla.availability", "sla.latency_ms"])
@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), -1.0])
def test_a_figure_that_cannot_be_is_not_known(watched: Watched, slot: str, value: float) -> None:
    done = watched.look({slot: value})
    assert (done.returncode, "no_data" in done.stdout, "kept" in done.stdout) == (3, True, False)
    watched.look(SLOW)
    assert watched.look({**SOUND, slot: value}).returncode == (1 if slot == "sla.latency_ms" else 0)
    assert "Infinity" not in watched.files.report("spec_drift.md").read_text()


@pytest.mark.parametrize(
    "words", [[], ["--prometheus", "file:///etc/passwd"], ["--prometheus", "http://a", "--metrics", "http://b"]]
)
def test_wrong_use_is_refused(watched: Watched, words: list[str]) -> None:
    assert watched.run(*words).returncode == 2


def test_changed_requirements_are_told(watched: Watched) -> None:
    assert "foundry resume" not in watched.look(SOUND).stdout
    report = watched.files.report("requirements.md")
    report.write_text(report.read_text().replace("300", "200"))
    assert "foundry resume" in watched.look(SOUND).stdout


def test_notes_on_the_requirements_change_nothing(watched: Watched) -> None:
    report = watched.files.report("requirements.md")
    report.write_text(report.read_text() + "a note\n")
    assert "foundry resume" not in watched.look(SOUND).stdout


@pytest.mark.parametrize(("times", "rc"), [([], 3), ([0.02] * 20, 0), ([2.0] * 20, 1)])
def test_without_prometheus_the_service_itself_is_read_twice(watched: Watched, times: list[float], rc: int) -> None:
    service = Service("good")
    before = service.metrics()
    service.times, service.statuses[200] = times, len(times)
    with answering({}, [before, service.metrics()]) as url:
        assert watched.run("--metrics", f"{url}/metrics", "--window", "0.1").returncode == rc
    assert [row.slot for row in reopened(watched.files)] == (["sla.latency_ms"] if rc == 1 else [])


@contextmanager
def listening(watched: Watched, prometheus: str, place: str = "127.0.0.1:0") -> Iterator[str]:
    command = [sys.executable, str(watched.files.root / "scripts/spec_drift.py"), "--prometheus", prometheus]
    with subprocess.Popen([*command, "--listen", place], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        yield "http://" + process.stderr.readline().split()[-1]
        process.terminate()


def test_as_a_webhook_it_looks_for_itself(watched: Watched) -> None:
    """What the caller says is no evidence."""
    with answering(watched.said(SLOW)) as prometheus, listening(watched, prometheus) as url:
        call = Request(url, json.dumps({"status": "resolved", "alerts": []}).encode())
        with urlopen(call, timeout=10) as answer:
            rows = json.load(answer)["rows"]
    assert [row["state"] for row in rows] == ["kept", "drifted"]
    assert [row.slot for row in reopened(watched.files)] == ["sla.latency_ms"]


def test_a_webhook_that_cannot_look_says_so_and_goes_on(watched: Watched) -> None:
    with listening(watched, "http://127.0.0.1:9") as url:
        for _ in range(2):
            with pytest.raises(HTTPError, match="503"):
                urlopen(Request(url, b"{}"), timeout=10)


@pytest.mark.parametrize("place", ["0", ":0", "127.0.0.1:0"])
def test_only_this_machine_is_let_in_where_no_address_is_given(watched: Watched, place: str) -> None:
    with listening(watched, "http://127.0.0.1:9", place) as url:
        assert url.startswith("http://127.0.0.1:")
        listener = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        port = f"{int(url.rpartition(':')[2]):04X}"
        assert {words[1] for words in listener if words[1].endswith(f":{port}") and words[3] == "0A"} == {
            f"0100007F:{port}"
        }


@pytest.mark.parametrize("place", ["", "x", "127.0.0.1", "127.0.0.1:", "127.0.0.1:70000", "h:-1"])
def test_what_is_no_place_to_listen_is_refused(watched: Watched, place: str) -> None:
    done = watched.run("--prometheus", "http://127.0.0.1:9", "--listen", place)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


def said(url: str, head: str) -> socket.socket:
    host, _, port = url.removeprefix("http://").partition(":")
    caller = socket.create_connection((host, int(port)), timeout=30)
    caller.sendall(head.encode())
    return caller


@pytest.mark.parametrize(
    ("length", "status"),
    [("-1", 400), ("x", 400), ("1e3", 400), ("²", 400), ("9" * 40, 413), ("0" * 30 + "9" * 9, 413)],
)
def test_a_length_that_is_none_is_answered(watched: Watched, length: str, status: int) -> None:
    head = f"POST / HTTP/1.1\r\nContent-Length: {length}\r\n\r\n"
    with listening(watched, "http://127.0.0.1:9") as url, said(url, head) as caller:
        assert caller.recv(100).split()[1] == str(status).encode()


def test_one_who_drips_keeps_nobody_waiting_and_is_hung_up_on(watched: Watched) -> None:
    with (
        answering(watched.said(SOUND)) as prometheus,
        listening(watched, prometheus) as url,
        said(url, "POST / HTTP/1.1\r\nContent-Length: 50\r\n\r\nx") as slow,
        said(url, "POST") as silent,
    ):
        with urlopen(Request(url, b"{}"), timeout=8) as answer:
            assert answer.status == 200
        assert (slow.recv(1), silent.recv(1)) == (b"", b"")


def test_the_script_needs_nothing_but_python(watched: Watched) -> None:
    """No package of the project, none of ours: cron knows only the system's Python."""
    script = watched.files.root / "scripts/spec_drift.py"
    done = subprocess.run([sys.executable, "-I", "-S", str(script), "--help"], capture_output=True, text=True)
    assert (done.returncode, "--prometheus" in done.stdout) == (0, True)
