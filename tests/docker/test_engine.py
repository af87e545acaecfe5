"""An engine as foundry uses it: what runs there is bounded and goes away, and what goes wrong says what it is."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from framework.errors import MissingOutside, UsageError
from framework.runtime.docker import BuildFailed, Engine, EngineMissing, Mount
from framework.runtime.docker import engine as find_engine
from framework.runtime.docker.connection import Refused
from tests.docker.conftest import BASE, Traces, do_without

ROOT = Path(__file__).parents[2]
PLAIN = f"""
FROM {BASE}
ARG WORD
RUN --mount=type=secret,id=ca test -s /run/secrets/ca
RUN echo $WORD > /word
USER 10001
"""
READING = "import os; print(os.getuid(), open('/proc/self/status').read())"
WRITING = "open('/tmp/a', 'w').write('x'); open('/a', 'w')"
GREEDY = "a = [bytearray(1 << 20) for _ in range(200)]; print(len(a))"


def _python(engine: Engine, traces: Traces, program: str, **bounds: object) -> tuple[int, str]:
    ran = engine.run(BASE, ["python3", "-c", program], labels=traces.labels, **bounds)  # type: ignore[arg-type]
    return ran.rc, ran.output


def _nothing(_: str) -> None:
    """Nobody listens."""


def test_the_engine_introduces_itself(engine: Engine) -> None:
    facts = engine.facts()
    assert facts.buildkit and facts.compose
    assert facts.cpus > 0 and facts.memory_bytes > 1 << 28
    assert Path(facts.root).is_absolute() and not facts.remote


def test_a_container_has_no_more_rights_than_it_needs(engine: Engine, traces: Traces) -> None:
    rc, output = _python(engine, traces, READING, user="10001")
    assert rc == 0 and output.startswith("10001 ")
    assert "CapEff:\t0000000000000000" in output and "NoNewPrivs:\t1" in output


def test_a_container_writes_nowhere_but_to_tmp(engine: Engine, traces: Traces) -> None:
    rc, output = _python(engine, traces, WRITING)
    assert rc == 1 and "Read-only file system: '/a'" in output


def test_a_container_has_no_network(engine: Engine, traces: Traces) -> None:
    rc, output = _python(engine, traces, "import socket; print([name for _, name in socket.if_nameindex()])")
    assert rc == 0 and "eth" not in output


def test_a_container_that_takes_too_much_memory_is_told(engine: Engine, traces: Traces) -> None:
    ran = engine.run(BASE, ["python3", "-c", GREEDY], memory_bytes=64 << 20, labels=traces.labels)
    assert ran.rc == 137 and ran.oom_killed and not ran.timed_out


def test_a_container_that_takes_too_long_is_ended(engine: Engine, traces: Traces) -> None:
    ran = engine.run(BASE, ["sleep", "1000"], timeout_s=1, labels=traces.labels)
    assert ran.timed_out and ran.rc == 137


def test_nothing_is_left_of_a_container(engine: Engine, traces: Traces) -> None:
    _python(engine, traces, "pass")
    with pytest.raises(Refused):
        engine.run(BASE, ["no-such-program"], labels=traces.labels, mounts=[Mount(Path("relative"), "also-relative")])
    assert engine.containers(traces.labels) == []


def test_a_folder_is_seen_but_not_written(engine: Engine, traces: Traces, tmp_path: Path) -> None:
    (tmp_path / "word").write_text("hello", encoding="utf-8")
    mounts = [Mount(tmp_path, "/seen")]
    assert _python(engine, traces, "print(open('/seen/word').read())", mounts=mounts) == (0, "hello\n")
    assert _python(engine, traces, "open('/seen/word', 'w')", mounts=mounts)[0] == 1


def test_a_gpu_that_is_not_there_is_refused_by_name(engine: Engine, traces: Traces) -> None:
    if "nvidia" in " ".join(engine.facts().runtimes):
        assert engine.run(BASE, ["nvidia-smi", "-L"], gpus=True, labels=traces.labels).rc == 0
    else:
        with pytest.raises(Refused, match="gpu"):
            engine.run(BASE, ["nvidia-smi", "-L"], gpus=True, labels=traces.labels)


@pytest.fixture
def context(tmp_path: Path) -> Path:
    """A small thing to build, and a secret that it needs."""
    (tmp_path / "ca").write_text("a secret", encoding="utf-8")
    (tmp_path / "Dockerfile").write_text(PLAIN, encoding="utf-8")
    return tmp_path


def _build(engine: Engine, traces: Traces, context: Path) -> str:
    return engine.build(
        context,
        "Dockerfile",
        traces.tag,
        arguments={"WORD": "yes"},
        secrets={"ca": context / "ca"},
        labels=traces.labels,
        tell=_nothing,
    )


def test_an_image_is_built_without_a_trace_of_its_secret(engine: Engine, traces: Traces, context: Path) -> None:
    made = _build(engine, traces, context)
    image = engine.image(traces.tag)
    assert (image.id, image.user, image.labels | traces.labels) == (made, "10001", image.labels)
    assert [layer.created_by.count("echo") for layer in image.layers if "echo" in layer.created_by] == [1]
    assert engine.run(traces.tag, ["cat", "/word"], labels=traces.labels).output == "yes\n"
    assert engine.run(traces.tag, ["cat", "/run/secrets/ca"], labels=traces.labels).rc == 1


def test_a_build_that_fails_says_where(engine: Engine, traces: Traces, context: Path) -> None:
    (context / "Dockerfile").write_text(f"FROM {BASE}\nRUN echo about to fail && exit 3\n", encoding="utf-8")
    with pytest.raises(BuildFailed) as caught:
        _build(engine, traces, context)
    assert any("about to fail" in line for line in caught.value.lines)
    assert engine.find_image(traces.tag) is None


def test_an_image_that_is_not_there(engine: Engine) -> None:
    with pytest.raises(MissingOutside, match="foundry-none:cpu-v1"):
        engine.image("foundry-none:cpu-v1")


COMPOSE = """
services:
  sleeper:
    image: {base}
    command: ["sleep", "1000"]
    stop_grace_period: 0s
    labels: {labels}
networks:
  default:
    labels: {labels}
"""


def test_compose_starts_and_only_what_is_ours_is_reaped(engine: Engine, traces: Traces, tmp_path: Path) -> None:
    name, other = traces.labels["foundry.test"], {"foundry.test": f"{traces.labels['foundry.test']}-other"}
    text = COMPOSE.format(base=BASE, labels=f"{{foundry.test: '{name}'}}")
    (tmp_path / "docker-compose.yml").write_text(text, encoding="utf-8")
    (tmp_path / "other.yml").write_text(text.replace(name, other["foundry.test"]), encoding="utf-8")
    for project, file in ((f"a{name}", "docker-compose.yml"), (f"b{name}", "other.yml")):
        up = engine.compose(tmp_path, project, [file], ["up", "-d"], tell=_nothing)
        assert up.rc == 0, up.output
    [mine] = engine.containers(traces.labels)
    assert (mine.state, mine.health, mine.image) == ("running", "", BASE)
    assert engine.stats(mine.id).memory_bytes > 0
    gone = engine.reap(traces.labels)
    assert mine.name in gone and len(gone) == 2, "the container and its network"
    assert [one.state for one in engine.containers(other)] == ["running"]
    assert len(engine.reap(other)) == 2
    assert engine.reap(other) == []


@pytest.mark.parametrize("labels", [{}, {"app": "x"}, {"foundry.test": ""}])
def test_nothing_is_reaped_without_a_label_of_ours(engine: Engine, labels: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        engine.reap(labels)


@pytest.fixture(scope="module")
def place(engine: Engine) -> Iterator[Path]:
    """Where an engine of these tests' own lies, with a path that is short enough for a socket."""
    if os.geteuid() != 0:
        do_without("only root starts an engine of its own")
    with tempfile.TemporaryDirectory(prefix="fe-") as folder:
        yield Path(folder)


@pytest.fixture
def fragile(place: Path) -> Iterator[Engine]:
    """An engine that may be stopped."""
    started = subprocess.run([ROOT / ".ci/engine", "start", place], capture_output=True, text=True, timeout=600)
    assert started.returncode == 0, started.stderr
    yield find_engine(started.stdout.strip())
    subprocess.run([ROOT / ".ci/engine", "stop", place], check=True, capture_output=True, timeout=120)


def _kill(folder: Path) -> None:
    os.kill(int((folder / "engine.pid").read_text(encoding="ascii")), signal.SIGKILL)


@pytest.mark.slow
def test_an_engine_that_stops_amid_a_run(fragile: Engine, place: Path, traces: Traces) -> None:
    errors: list[BaseException] = []

    def work() -> None:
        try:
            fragile.run(BASE, ["sleep", "1000"], labels=traces.labels)
        except MissingOutside as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    while not any(one.state == "running" for one in find_engine(fragile.endpoint.url).containers(traces.labels)):
        assert thread.is_alive()
    _kill(place)
    thread.join(60)
    [error] = errors
    assert isinstance(error, EngineMissing) and error.reason == "stopped"


@pytest.mark.slow
def test_an_engine_that_stops_amid_a_build(fragile: Engine, place: Path, traces: Traces, context: Path) -> None:
    (context / "Dockerfile").write_text(f"FROM {BASE}\nRUN echo begun && sleep 1000\n", encoding="utf-8")
    stopped: list[str] = []

    def hear(line: str) -> None:
        if line.endswith(" begun") and not stopped:
            stopped.append(line)
            _kill(place)

    with pytest.raises(EngineMissing) as caught:
        fragile.build(context, "Dockerfile", traces.tag, labels=traces.labels, tell=hear)
    assert caught.value.reason == "stopped"
