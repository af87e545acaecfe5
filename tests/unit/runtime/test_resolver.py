"""The resolver, with real installers over a small index: which build of torch, from where, and what is remembered."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from framework.errors import MissingOutside
from framework.runtime.compilers import NoSolution
from framework.runtime.indexes import Given, Indexes
from framework.runtime.interpreters import running_version, uv
from framework.runtime.resolver import Lock, here, resolve
from tests.unit.runtime.wheelhouse import make_index, make_wheel

HERE = running_version()
INSTALLERS = [
    *(["uv"] if uv() else []),
    pytest.param("pip", marks=pytest.mark.slow),  # it first makes an environment to live in
]


@pytest.fixture(params=INSTALLERS)
def installer(request: pytest.FixtureRequest, registry: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every test runs with each installer; pip's turn comes where there is no uv."""
    if request.param == "pip":
        (tmp_path / "programs").mkdir()
        monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    return str(request.param)


def cached_locks(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "cache/foundry/locks").glob("*.json"))


def cpu_wheels(folder: Path) -> Path:
    make_wheel(folder, "torch", "9.0+cpu")
    return folder


def test_everything_is_pinned_and_hashed(installer: str) -> None:
    lock = resolve(["wants-idna"], python=HERE)

    assert lock.versions == {"wants-idna": "1.0", "idna": "3.2"}
    assert lock.installer == installer
    assert lock.platform == ("any" if installer == "uv" else here())
    assert all(pin.version and pin.hashes for pin in lock.pins)


def test_a_cpu_gets_the_build_that_pip_is_configured_with(
    installer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(cpu_wheels(tmp_path / "wheels")))

    lock = resolve(["torch>=9", "idna"], python=HERE)

    assert lock.versions == {"torch": "9.0+cpu", "idna": "3.2"}
    assert lock.origin == "configured"
    assert str(tmp_path) not in lock.model_dump_json(), "a lock holds no path of this machine"


def test_a_gpu_gets_the_build_of_the_index_although_there_is_one_for_the_cpu(
    installer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(cpu_wheels(tmp_path / "wheels")))

    lock = resolve(["torch>=9"], python=HERE, torch_device="gpu")

    assert lock.versions == {"torch": "9.0", "nvidia-cublas": "1.0"}


def test_a_named_index_gives_the_build_for_the_cpu(installer: str, tmp_path: Path) -> None:
    address = make_index(cpu_wheels(tmp_path / "named"))

    lock = resolve(["torch>=9"], python=HERE, torch_index=address)

    assert (lock.torch, lock.origin) == ("9.0+cpu", "index")
    assert lock.given.extra == (address,), "an address that a person gave is kept: installing needs it too"


def test_one_file_serves_linux_with_the_cpu_build_and_the_rest_with_the_plain_one(
    installer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pip knows of its own platform only, and says so."""
    monkeypatch.setenv("PIP_FIND_LINKS", str(cpu_wheels(tmp_path / "wheels")))

    lock = resolve(["torch>=9"], python=HERE)

    everywhere = {"torch==9.0 ; sys_platform != 'linux'", "torch==9.0+cpu ; sys_platform == 'linux'"}
    assert {pin.line for pin in lock.pins} == (everywhere if lock.platform == "any" else {"torch==9.0+cpu"})
    assert lock.platform == ("any" if installer == "uv" else here())


def test_without_a_build_for_the_cpu_nothing_is_taken_in_its_place(installer: str, tmp_path: Path) -> None:
    with pytest.raises(MissingOutside, match=r"9\.0, is not for cpu") as error:
        resolve(["torch>=9"], python=HERE)

    assert "torch.cpu_index in VENV_CONFIG.md" in error.value.hint
    assert cached_locks(tmp_path) == []


def test_a_closed_index_is_told_in_the_resolvers_words(
    installer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.delenv("UV_OFFLINE")

    with pytest.raises(MissingOutside, match="Connection refused") as error:
        resolve(["idna"], python=HERE)

    assert error.value.code == 5
    assert "Mend the network" in error.value.hint
    assert cached_locks(tmp_path) == []


def test_versions_that_do_not_exist_are_a_fault_of_the_requirement(installer: str) -> None:
    with pytest.raises(NoSolution, match="idna==999") as error:
        resolve(["idna==999"], python=HERE)

    assert "Mend the requirement" in error.value.hint


def test_what_was_resolved_once_needs_no_index(installer: str, registry: Path) -> None:
    first = resolve(["wants-idna"], python=HERE)
    shutil.rmtree(registry)

    assert resolve(["wants-idna"], python=HERE) == first


def test_a_torn_memory_is_made_anew(registry: Path, tmp_path: Path) -> None:
    first = resolve(["idna"], python=HERE)
    (memory,) = cached_locks(tmp_path)
    memory.write_text(memory.read_text(encoding="utf-8")[:40], encoding="utf-8")

    assert resolve(["idna"], python=HERE) == first
    assert Lock.model_validate_json(memory.read_text(encoding="utf-8")) == first


def test_another_index_is_another_question(registry: Path, tmp_path: Path) -> None:
    make_wheel(tmp_path / "more", "idna", "4.0")
    address = make_index(tmp_path / "more")
    assert resolve(["idna"], python=HERE).versions == {"idna": "3.2"}

    lock = resolve(["idna"], python=HERE, given=Given(index=address))

    assert lock.versions == {"idna": "4.0"}
    assert lock.given.index == address


def test_a_part_has_the_versions_of_the_whole(registry: Path) -> None:
    whole = resolve(["wants-idna", "idna<3.2", "PyYAML"], python=HERE)
    part = resolve(["wants-idna"], python=HERE, constraints=whole.as_constraints())
    assert part.versions == {"wants-idna": "1.0", "idna": "3.1"}


def test_the_first_python_that_is_here_counts(registry: Path) -> None:
    assert resolve(["idna"], python=["3.98", HERE]).python == HERE
    with pytest.raises(MissingOutside, match=r"Python 3\.98 or 3\.99 is wanted"):
        resolve(["idna"], python=["3.98", "3.99"])


def test_pips_settings_count_in_pips_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    file = tmp_path / "pip.conf"
    file.write_text(
        "[global]\nindex_url = file:///of/file\nfind-links =\n  /a\n  /b\n[install]\ntrusted-host = %h\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "file:///c file:///d")

    found = Indexes.configured()

    assert (found.index, found.links, found.trusted) == ("file:///of/file", ("/a", "/b"), ("%h",))
    assert found.extra == ("file:///c", "file:///d")
    monkeypatch.setenv("PIP_INDEX_URL", "file:///of/variable")
    assert Indexes.configured().index == "file:///of/variable"
    assert Indexes.configured().for_uv()["UV_INDEX_STRATEGY"] == "unsafe-best-match"


def test_settings_of_uvs_own_stand(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "file:///of/uv")
    monkeypatch.setenv("UV_FIND_LINKS", "/own")

    handed_on = Indexes.configured().for_uv()

    assert "UV_DEFAULT_INDEX" not in handed_on
    assert handed_on["UV_FIND_LINKS"] == "/own"


def test_a_broken_pip_conf_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pip.conf").write_text("index-url = x\n", encoding="utf-8")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))

    with pytest.raises(MissingOutside, match=r"pip\.conf: pip's settings cannot be read"):
        Indexes.configured()
