"""`foundry doctor` on machines that have this and lack that. Programs are small scripts on an otherwise empty PATH."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from framework.runtime import doctor
from framework.runtime.doctor import Check, examine
from tests.cli.conftest import Foundry, Result

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
        assert "llm.example" in result.out
        assert "secret" not in result.out
        assert "hidden" not in result.out


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
