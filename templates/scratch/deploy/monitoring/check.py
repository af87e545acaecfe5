"""Try the monitoring on a running service: rules, a real Prometheus, every query of the dashboard, one alert.

python deploy/monitoring/check.py --url http://127.0.0.1:8000

Prometheus and Alertmanager are started on free ports of 127.0.0.1 with the rules that lie here, and ended again. What
is not installed is called unverified, never passed. The result is JSON; exit code 0: nothing failed, 1: something did.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request

from live_metrics import fetch

HERE = Path(__file__).resolve().parent
DRIFT = HERE.parent.parent / "scripts" / "spec_drift.py"
PROMETHEUS = ("prometheus",)
ALERTMANAGER = ("prometheus-alertmanager", "alertmanager")  # Debian's name, and that of its makers
_PROMPT = "Once upon a time"
_CLIENTS = 2
_TRIED_S = 120
_LONGEST_S = 600  # that anything started here lives


@dataclass(frozen=True)
class Service:
    """What is watched, and the key that it asks for."""

    url: str
    key: str

    def ask(self) -> None:
        """One short answer."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self.key}"} if self.key else {})
        body = json.dumps({"prompt": _PROMPT, "max_new_tokens": 8}).encode()
        with fetch(Request(f"{self.url}/generate", body, headers), timeout=30) as answer:  # noqa: S310
            answer.read()


@dataclass
class Load:
    """What became of the requests."""

    answered: list[bool] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@dataclass
class Seen:
    """Everything that was looked at."""

    checks: list[dict[str, str]] = field(default_factory=list)
    queries: list[dict[str, Any]] = field(default_factory=list)
    drill: dict[str, object] | None = None

    def note(self, name: str, state: str, detail: str = "") -> None:
        self.checks.append({"name": name, "state": state, "detail": detail})

    @property
    def failed(self) -> bool:
        return any(one["state"] == "failed" for one in [*self.checks, *self.queries])


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description="Try the monitoring on a running service.")
    parser.add_argument("--url", required=True, help="of the service")
    parser.add_argument("--seconds", type=float, default=60, help="the longest that each thing is waited for")
    parser.add_argument("--key-file", type=Path, help="with the key that the API asks for")
    parser.add_argument("--output", type=Path, help="where the result is written; else it is printed")
    arguments = parser.parse_args()
    key = arguments.key_file.read_text(encoding="utf-8").strip() if arguments.key_file else ""
    service = Service(arguments.url.rstrip("/"), key)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left running
    seen = Seen()
    _check_files(seen)
    prometheus, alertmanager = _program(PROMETHEUS), _program(ALERTMANAGER)
    if prometheus is None:
        seen.note("live", "unverified", "prometheus is not installed on this machine")
    elif not _answers(f"{service.url}/metrics"):
        seen.note("scrape", "failed", f"{service.url}/metrics cannot be read")
    else:
        _check_live(seen, prometheus, alertmanager, service, arguments.seconds)
    _tell(json.dumps(asdict(seen), indent=2) + "\n", arguments.output)
    return 1 if seen.failed else 0


def _tell(text: str, place: Path | None) -> None:
    if place is None:
        sys.stdout.write(text)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f".{place.name}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(place)


def _program(names: Sequence[str]) -> str | None:
    return next((found for name in names if (found := shutil.which(name))), None)


def _check_files(seen: Seen) -> None:
    tests = sorted(str(path) for path in (HERE / "tests").glob("*.yml"))
    for name, command in {
        "promtool check config": ["promtool", "check", "config", str(HERE / "prometheus.yml")],
        "promtool test rules": ["promtool", "test", "rules", *tests],
        "amtool check-config": ["amtool", "check-config", str(HERE / "alertmanager.yml")],
    }.items():
        if shutil.which(command[0]) is None:
            seen.note(name, "unverified", f"{command[0]} is not installed on this machine")
            continue
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TRIED_S)  # noqa: S603
        said = (done.stdout + done.stderr).strip()
        seen.note(name, "failed" if done.returncode else "passed", said[-2000:] if done.returncode else "")


def _check_live(seen: Seen, prometheus: str, alertmanager: str | None, service: Service, most: float) -> None:
    """One Prometheus, and an Alertmanager that tells us what it is told."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="monitoring-")))
        received: list[str] = []
        receiver = stack.enter_context(_receiver(received))
        ports = {"prometheus": _free_port(), "alertmanager": _free_port()}
        _write_configs(folder, service.url, receiver, ports["alertmanager"])
        if alertmanager:
            stack.enter_context(_running(_alertmanager(alertmanager, folder, ports["alertmanager"]), folder))
        else:
            seen.note("alertmanager", "unverified", "alertmanager is not installed on this machine")
        stack.enter_context(_running(_prometheus(prometheus, folder, ports["prometheus"]), folder))
        address = f"http://127.0.0.1:{ports['prometheus']}"
        if not _until(lambda: _answers(f"{address}/-/ready"), most):
            seen.note("prometheus", "failed", _log(folder))
        elif not _until(lambda: _value(address, 'up{job="llm"}') == 1, most):
            seen.note("scrape", "failed", f"{service.url}/metrics cannot be read")
        else:
            seen.note("scrape", "passed", f"{service.url}/metrics")
            _drill(seen, address, service, received if alertmanager else None, most)


def _drill(seen: Seen, address: str, service: Service, received: list[str] | None, most: float) -> None:
    """Load, until the alert has come and everything was asked; then none, until it is gone."""
    with _load(service) as load:
        began = time.monotonic()
        fired = _until(lambda: _state(address) == "firing", most)
        fired_s = round(time.monotonic() - began, 1)
        told = received is None or _until(lambda: "firing" in received, most)
        _ask_dashboard(seen, address, most)
        _ask_drift(seen, address)
    ended = time.monotonic()
    answered = f"{len(load.answered)} answered, {len(load.failed)} failed"
    seen.note("requests", "failed" if load.failed else "passed", f"{answered} {''.join(load.failed[:1])}".strip())
    gone = fired and _until(lambda: _state(address) == "", most)
    resolved_s = round(time.monotonic() - ended, 1)
    told = told and (received is None or _until(lambda: "resolved" in received, most))
    seen.drill = {
        "alert": "Drill",
        "fired_s": fired_s if fired else None,
        "resolved_s": resolved_s if gone else None,
        "notified": list(dict.fromkeys(received or [])),
    }
    wanted = {"it fired": fired, "it ended": gone, "the receiver was told": told}
    missing = [name for name, good in wanted.items() if not good]
    seen.note("drill", "failed" if missing else "passed", f"not so: {', '.join(missing)}" if missing else "")


def _write_configs(folder: Path, url: str, receiver: str, alertmanager: int) -> None:
    values = {
        "RULES": str(HERE / "rules"),
        "DRILL": str(HERE / "drill"),
        "SERVICE": urlsplit(url).netloc,
        "ALERTMANAGER": f"127.0.0.1:{alertmanager}",
        "RECEIVER": receiver,
    }
    for name in ("prometheus.yml", "alertmanager.yml"):
        text = Template((HERE / "drill" / name).read_text(encoding="utf-8")).safe_substitute(values)
        (folder / name).write_text(text, encoding="utf-8")


def _prometheus(program: str, folder: Path, port: int) -> list[str]:
    data = folder / "data"
    return [
        *(program, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={data}"),
        *(f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"),
    ]


def _alertmanager(program: str, folder: Path, port: int) -> list[str]:
    return [
        *(program, f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/alerts"),
        *(f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=", "--log.level=warn"),
    ]


@contextmanager
def _running(command: list[str], folder: Path) -> Iterator[None]:
    """A program for as long as the block; it ends some time even if this process is killed."""
    if timeout := shutil.which("timeout"):
        command = [timeout, "--foreground", str(_LONGEST_S), *command]
    with (
        (folder / "log").open("ab") as log,
        subprocess.Popen(command, stdout=log, stderr=log, cwd=folder) as process,  # noqa: S603
    ):
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _log(folder: Path) -> str:
    return (folder / "log").read_text(encoding="utf-8", errors="replace")[-2000:]


@contextmanager
def _receiver(received: list[str]) -> Iterator[str]:
    """What Alertmanager tells: `firing` and `resolved`, in the order in which they came."""

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.extend(one["status"] for one in body["alerts"] if one["labels"]["alertname"] == "Drill")
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Standard error is for what goes wrong."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Webhook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@contextmanager
def _load(service: Service) -> Iterator[Load]:
    """A few clients that ask one question after the other, until the block ends."""
    over, load = threading.Event(), Load()
    clients = [threading.Thread(target=_ask_until, args=(over, service, load), daemon=True) for _ in range(_CLIENTS)]
    for client in clients:
        client.start()
    try:
        yield load
    finally:
        over.set()
        for client in clients:
            client.join(30)


def _ask_until(over: threading.Event, service: Service, load: Load) -> None:
    while not over.is_set():
        try:
            service.ask()
        except (URLError, HTTPException, OSError) as error:
            load.failed.append(str(error))
            over.wait(0.5)
        else:
            load.answered.append(True)


def _ask_dashboard(seen: Seen, address: str, most: float) -> None:
    """Every query of the dashboard must have data."""
    board = json.loads((HERE / "grafana" / "dashboards" / "serving.json").read_text(encoding="utf-8"))
    asked = [(panel["title"], target["expr"]) for panel in board["panels"] for target in panel["targets"]]
    until = time.monotonic() + most
    for title, expr in asked:
        value = _value_by(address, expr, until)
        state = "failed" if value is None else "passed"
        seen.queries.append({"panel": title, "expr": expr, "state": state, "value": value})


def _value_by(address: str, expr: str, until: float) -> float | None:
    """Its value, waited for: the first rate needs two readings."""
    while (value := _value(address, expr)) is None and time.monotonic() < until:
        time.sleep(0.2)
    return value


def _ask_drift(seen: Seen, address: str) -> None:
    """The drift check reads this Prometheus; whether it finds a drift is not the question here."""
    with TemporaryDirectory(prefix="drift-") as folder:
        command = [sys.executable, str(DRIFT), "--prometheus", address, "--report", f"{folder}/spec_drift.md"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TRIED_S)  # noqa: S603
    good = done.returncode in (0, 1)
    seen.note("spec drift", "passed" if good else "failed", (done.stdout if good else done.stderr).strip())


def _state(address: str) -> str:
    """Of the alert: firing, pending, or nothing."""
    states = [one["state"] for one in _api(address, "alerts")["alerts"] if one["labels"]["alertname"] == "Drill"]
    return states[0] if states else ""


def _value(address: str, expr: str) -> float | None:
    """The first value that is a number."""
    found = _api(address, f"query?{urlencode({'query': expr})}")["result"]
    values = [float(one["value"][1]) for one in found]
    return next((value for value in values if math.isfinite(value)), None)


def _api(address: str, path: str) -> Any:
    with fetch(f"{address}/api/v1/{path}", timeout=10) as answer:
        return json.load(answer)["data"]


def _answers(address: str) -> bool:
    try:
        with fetch(address, timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, HTTPException, OSError):
        return False


def _until(holds: Callable[[], bool], most: float) -> bool:
    """Wait for something, but not longer than that."""
    until = time.monotonic() + most
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True


def _free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
