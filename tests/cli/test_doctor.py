"""`foundry doctor` on machines that have this and lack that. Programs are small scripts on an otherwise empty PATH."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from framework.runtime import doctor
from framework.runtime.doctor import Check, examine
from tests.cli.conftest import Foundry, Result
from tests.llm.behaviours import able_of, refusing, saying
from tests.llm.server import Behaviour, Server, Talk, serving

Install = Callable[[str, str], None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """A machine on which nothing is installed, and a way to install a program on it."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr(doctor, "_pip", lambda: ("pip",))

    def program(name: str, script: str) -> None:
        path = programs / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    return program


def checks(folder: Path) -> dict[str, Check]:
    return {check.name: check for check in examine(folder)}


def test_a_bare_machine_is_told_what_to_type(install: Install, foundry: Foundry) -> None:
    result = foundry("doctor")
    assert result.code == 0
    for advice in ("pip install uv", "docker", "git", "--no-docker"):
        assert advice in result.out
    assert "foundry can work here." in result.out


def test_advice_fits_the_platform(install: Install, home: Path) -> None:
    install("apt-get", "")
    assert checks(home)["docker"].advice == "advice_docker_debian"


def test_a_card_is_seen(install: Install, home: Path) -> None:
    install(
        "nvidia-smi", 'echo "NVIDIA GeForce RTX 4090, 24564, 550.54"\necho "NVIDIA GeForce RTX 4090, 24564, 550.54"'
    )
    gpu = checks(home)["gpu"]
    assert (gpu.state, gpu.fields["count"], gpu.fields["driver"]) == ("ok", 2, "550.54")
    assert "RTX 4090 (24 GB)" in str(gpu.fields["cards"])


def test_a_broken_driver_is_told_from_no_card(install: Install, home: Path) -> None:
    install("nvidia-smi", 'echo "NVIDIA-SMI has failed" >&2; exit 9')
    gpu = checks(home)["gpu"]
    assert (gpu.state, gpu.advice, gpu.fields["error"]) == ("warning", "advice_gpu_driver", "NVIDIA-SMI has failed")


@pytest.mark.parametrize(
    ("complaint", "advice"),
    [
        ("permission denied while trying to connect", "advice_docker_permission"),
        ("Cannot connect to the Docker daemon", "advice_docker_start_linux"),
    ],
)
def test_docker_says_why_it_is_silent(complaint: str, advice: str, install: Install, home: Path) -> None:
    install("docker", f'echo "{complaint}" >&2; exit 1')
    assert checks(home)["docker"].advice == advice


def test_a_program_that_hangs_is_not_waited_for(install: Install, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_QUICK", 0.2)
    install("git", "while :; do :; done")
    assert checks(home)["git"].state == "warning"


def test_an_index_out_of_reach_is_named_without_its_password(install: Install, home: Path) -> None:
    install(
        "pip",
        'case "$1" in config) echo "global.index-url=\'https://me:secret@mirror.example/simple\'";;'
        ' *) echo "WARNING: Retrying" >&2; echo "ERROR: No matching distribution found for pip" >&2; exit 1;; esac',
    )
    index = checks(home)["index"]
    assert index.state == "warning"
    assert index.fields == {"source": "mirror.example", "error": "ERROR: No matching distribution found for pip"}


def test_a_key_is_never_shown(foundry: Foundry, install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://user:hidden@llm.example:8000/v1?token=hidden")
    both: list[Result] = [foundry("doctor"), foundry("doctor", "--json")]
    for result in both:
        assert "llm.base_url" in result.out
        assert "secret" not in result.out
        assert "hidden" not in result.out


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, install: Install) -> Iterator[Server]:
    """An endpoint that is configured and can do everything."""
    with serving(able_of("json_schema", calling_tools(saying('{"sum": 42}')))) as server:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("FOUNDRY_MODEL", "scripted")
        yield server


def calling_tools(otherwise: Behaviour) -> Behaviour:
    """A model that calls the tool that it is given."""
    call = {"index": 0, "id": "1", "type": "function", "function": {"name": "tell", "arguments": '{"sum": 42}'}}

    def behave(talk: Talk) -> None:
        if talk.heard.body.get("tools"):
            talk.reply(None, finish="tool_calls", tool_calls=[call])
        else:
            otherwise(talk)

    return behave


def test_an_endpoint_says_what_it_can_do(endpoint: Server, home: Path) -> None:
    llm = checks(home)["llm"]
    assert (llm.state, llm.found) == ("ok", "llm")
    assert {name: llm.fields[name] for name in ("json_schema", "json_object", "tools", "usage")} == dict.fromkeys(
        ("json_schema", "json_object", "tools", "usage"), "✓"
    )


@pytest.mark.parametrize(("shape", "schema", "json"), [("json_object", "✗", "✓"), ("plain", "✗", "✗")])
def test_an_endpoint_may_know_less(shape: str, schema: str, json: str, endpoint: Server, home: Path) -> None:
    endpoint.behaviour = able_of(shape, saying('{"sum": 42}', usage=None), streams=False, usage=False)
    llm = checks(home)["llm"]
    assert llm.state == "ok"
    assert (llm.fields["json_schema"], llm.fields["json_object"]) == (schema, json)
    assert (llm.fields["tools"], llm.fields["usage"]) == ("✗", "✗")


def test_an_endpoint_that_answers_something_else_is_weak(endpoint: Server, home: Path) -> None:
    endpoint.behaviour = saying("About forty.")
    assert (checks(home)["llm"].state, checks(home)["llm"].found) == ("warning", "llm_weak")


@pytest.mark.parametrize("status", [401, 404, 500])
def test_an_endpoint_that_refuses_is_quoted(
    status: int, endpoint: Server, foundry: Foundry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    endpoint.behaviour = refusing(status, "Incorrect API key provided: sk-very-secret")
    result = foundry("doctor")
    assert result.code == 0
    assert "Incorrect API key provided: ***" in " ".join(result.out.split())
    assert "secret" not in result.out


def test_an_endpoint_without_a_model_is_no_endpoint_yet(
    endpoint: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FOUNDRY_MODEL")
    assert checks(home)["llm"].advice == "advice_llm_model"
    assert endpoint.heard == []


def test_a_full_disk_stops_the_show(foundry: Foundry, install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 2**20})())
    result = foundry("doctor", "--json")
    assert result.code == 5
    assert result.json["ready"] is False
    assert next(c for c in result.json["checks"] if c["name"] == "disk")["state"] == "missing"


def test_a_foreign_package_that_takes_our_place_is_named(
    install: Install, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "agents").mkdir()
    (home / "agents" / "__init__.py").touch()
    monkeypatch.syspath_prepend(home)
    packages = checks(home)["packages"]
    assert packages.state == "missing"
    assert packages.fields["path"] == home / "agents" / "__init__.py"


def test_it_speaks_chinese(foundry: Foundry, install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "foundry 可以在这里工作。" in foundry("doctor").out
