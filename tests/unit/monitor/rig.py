"""A folder with the rollout in it, two places for versions, and nginx before them, all on loopback."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from framework import resources
from tests.signals import hear_all
from tests.unit.monitor.stub_service import WORDS

HERE = Path(__file__).parent
_PARTS = {
    "rollout.py": "scripts/rollout.py",
    **{
        f"rollout/{name}.py": f"deploy/rollout/{name}.py"
        for name in ("commanding", "switching", "proxying", "judging", "asking", "traffic")
    },
    "monitoring/live_metrics.py": "deploy/monitoring/live_metrics.py",
}


def free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


@dataclass
class Seen:
    """What the clients saw."""

    answers: int = 0
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Rig:
    """The folder, and where things answer."""

    root: Path
    port: int
    ports: dict[str, int]

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.root / "deploy/rollout/state/state.json").read_text())
        return found

    def stop(self) -> None:
        """The proxy."""
        command = ["nginx", "-c", str(self.root / "deploy/rollout/nginx.conf"), "-s", "stop"]
        subprocess.run(command, capture_output=True)

    def begun(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(self.root / "scripts/rollout.py"), *words]
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=hear_all)

    def rollout(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(self.root / "scripts/rollout.py"), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    @contextmanager
    def clients(self, count: int = 4, route: str = "/generate") -> Iterator[Seen]:
        """Clients that ask without a pause, and note every answer that is none."""
        seen, over, lock = Seen(), threading.Event(), threading.Lock()

        def ask() -> None:
            body = json.dumps({"prompt": "once", "seed": 1, "model": "m"}).encode()
            while not over.is_set():
                try:
                    with urlopen(Request(f"http://127.0.0.1:{self.port}{route}", body), timeout=20) as answer:
                        assert _text(json.load(answer)), "an empty answer"
                    with lock:
                        seen.answers += 1
                except (URLError, HTTPException, OSError, ValueError, AssertionError) as error:
                    with lock:
                        seen.failures.append(repr(error))
                time.sleep(0.005)  # the machine has other things to do

        threads = [threading.Thread(target=ask, daemon=True) for _ in range(count)]
        for thread in threads:
            thread.start()
        try:
            yield seen
        finally:
            over.set()
            for thread in threads:
                thread.join(30)


def _text(answer: dict[str, Any]) -> str:
    return str(answer["choices"][0]["text"] if "choices" in answer else answer["text"])


def settings(root: Path, port: int, ports: dict[str, int], **changes: object) -> dict[str, object]:
    """As foundry renders them, with programs of this machine in the place of containers."""
    launch, conf = [sys.executable, str(HERE / "launch.py")], str(root / "deploy/rollout/nginx.conf")
    nginx = ["nginx", "-c", conf]
    return {
        "colours": {
            name: {"url": f"http://127.0.0.1:{port}", "proxied": f"127.0.0.1:{port}"} for name, port in ports.items()
        },
        "proxy": f"http://127.0.0.1:{port}",
        "commands": {
            "start": [*launch, "start", str(root), "{colour}", "{version}"],
            "stop": [*launch, "stop", str(root), "{colour}"],
            "proxy": nginx,
            "check": [*nginx, "-t"],
            "reload": [*nginx, "-s", "reload"],
        },
        "canary_percent": [10, 50],
        "step_seconds": 2,
        "watch_seconds": 2,
        "ready_seconds": 4,
        "drain_seconds": 5,
        "prompts": ["once", "a fox", "the sea"],
        "reference": "data/mini/train.jsonl",
        "key_file": "",
        "bar": {
            "latency_s": 0.5,
            "quantile": 0.95,
            "most_errors": 0.01,
            "slower": 3.0,
            "quality": 0.8,
            "least_requests": 5,
            "stuck_s": 3,
        },
        **changes,
    }


@contextmanager
def rig(root: Path) -> Iterator[Rig]:
    """With processes for versions; whatever was started is ended."""
    ports = {"blue": free_port(), "green": free_port()}
    found = filled(root, ports)
    (root / "ports.json").write_text(json.dumps(ports))
    try:
        yield found
    finally:
        found.stop()
        for colour in ports:
            subprocess.run([sys.executable, str(HERE / "launch.py"), "stop", str(root), colour], check=True)


def filled(root: Path, ports: dict[str, int]) -> Rig:
    """The folder with everything in it, and nothing started."""
    port = free_port()
    for name in ("scripts", "deploy/rollout/state", "deploy/monitoring", "data/mini"):
        (root / name).mkdir(parents=True)
    for name, place in _PARTS.items():
        shutil.copy(resources.path(f"templates/scratch/deploy/{name}"), root / place)
    conf = resources.read_text("templates/scratch/deploy/rollout/nginx.conf")
    conf = conf.replace("listen 8080", f"listen 127.0.0.1:{port}").replace("/tmp/nginx", f"{root}/nginx")
    conf = conf.replace("/var/log/rollout", f"{root}/deploy/rollout/state/log")
    (root / "deploy/rollout/nginx.conf").write_text(conf)
    text = " ".join(WORDS * 2) + " " + " ".join(f"{a} {b}" for a in WORDS for b in WORDS)
    (root / "data/mini/train.jsonl").write_text(json.dumps({"text": text}) + "\n")
    (root / "deploy/rollout/rollout.json").write_text(json.dumps(settings(root, port, ports)))
    return Rig(root, port, ports)
