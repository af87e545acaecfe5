"""The server as a process: what `scripts/serve.py` starts, how it ends, and how it bears a crowd."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import httpx
import pytest

from scratch_llm.checkpoint import save_model
from scratch_llm.config.load import load_section
from scratch_llm.config.serve import ServeConfig
from scratch_llm.inference import BACKENDS
from scratch_llm.inference.server import serve
from scratch_llm.utils.errors import ConfigError

from benchmarks.server_load import Load, measure
from tests.server.running import WAIT_S, Offline

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
SERVE, CONFIGS = ROOT / "scripts" / "serve.py", ROOT / "configs" / "serve"


@pytest.fixture(scope="module")
def checkpoint(offline: Offline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    save_model(folder, offline.model, offline.tokenizer)
    return folder


@contextmanager
def started(checkpoint: Path, *settings: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, str(SERVE), "--checkpoint", str(checkpoint), "port=0", "device=cpu", *settings]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        events = map(json.loads, process.stderr)
        port = next(event["port"] for event in events if event["message"] == "listening")
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(WAIT_S)


def test_sigterm_lets_a_running_stream_end(checkpoint: Path, offline: Offline) -> None:
    body = {"prompt": "The fox", "max_new_tokens": 400, "temperature": 0, "ignore_eos": True, "stream": True}
    with started(checkpoint) as (process, url), httpx.stream("POST", f"{url}/generate", json=body) as response:
        lines = response.iter_lines()
        text = json.loads(next(lines).removeprefix("data: "))["text"]
        process.send_signal(signal.SIGTERM)
        for line in lines:
            if line.startswith("data: {"):
                text += json.loads(line.removeprefix("data: "))["text"]
        assert text == offline.continued("The fox", 400, ignore_eos=True)
        assert process.wait(WAIT_S) == 0


@pytest.mark.parametrize(
    ("setting", "told"), [("max_que=5", "did you mean max_queue?"), ("port=99999", "port = 99999")]
)
def test_a_wrong_setting_is_told_at_once(checkpoint: Path, setting: str, told: str) -> None:
    command = [sys.executable, str(SERVE), "--checkpoint", str(checkpoint), setting]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S)
    assert ended.returncode == 2
    assert told in ended.stderr and "Traceback" not in ended.stderr


def test_a_port_that_is_taken_is_told_before_the_model_is_loaded() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = ServeConfig(port=taken.getsockname()[1])
        with pytest.raises(ConfigError, match=f"cannot listen at 127.0.0.1:{config.port}"):
            serve(config, Path("no such checkpoint"))


def test_every_backend_can_be_configured() -> None:
    assert get_args(ServeConfig.model_fields["backend"].annotation) == BACKENDS


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_config_is_valid(path: Path) -> None:
    assert load_section(ServeConfig, path, ["port=0"]).port == 0


def test_a_crowd_gets_right_answers_from_flat_memory(checkpoint: Path) -> None:
    report = measure(Load(checkpoint, clients=40, seconds=2.5, prompts=12, new_tokens=12, slots=16))
    assert report["ok"], report
    assert set(report["statuses"]) == {"200"}
    assert report["requests"] > 40
