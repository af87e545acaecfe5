"""Environments: made once, whole or not at all, whoever is killed meanwhile."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from framework.errors import MissingOutside
from framework.runtime.interpreters import running_version
from framework.runtime.resolver import Lock, resolve
from framework.runtime.venvs import Venv, verification_venv
from tests.unit.runtime.wheelhouse import make_index, make_wheel

HERE = running_version()
MAKING = """
import sys
from framework.runtime.resolver import resolve
from framework.runtime.venvs import verification_venv
def tell(key):
    print(key, flush=True)
    if key == sys.argv[1]:
        sys.stdin.readline()
verification_venv(resolve(["wants-idna"], python=sys.argv[2]), tell)
"""


def small_lock() -> Lock:
    return resolve(["wants-idna", "PyYAML"], python=HERE)


def start(until: str = "") -> subprocess.Popen[str]:
    """Another foundry that makes the environment; it stops when it tells that."""
    args = [sys.executable, "-c", MAKING, until, HERE]
    return subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def said_by(venv: Venv, code: str) -> str:
    return subprocess.run([venv.python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_the_packages_of_the_lock_are_in_it(registry: Path) -> None:
    lock = small_lock()

    venv = verification_venv(lock, lambda _: None)

    assert said_by(venv, "import idna, yaml; print(idna.VERSION, yaml.VERSION)") == "3.2 6.0"
    assert {"yaml", "idna", "wants_idna"} <= venv.modules().keys()
    assert venv.modules()["yaml"] == ["PyYAML"]
    assert venv.key == lock.key


def test_it_is_made_once_and_then_needs_no_index(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, told = small_lock(), list[str]()
    first = verification_venv(lock, told.append)
    assert told == ["venv.creating", "venv.installing"]
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")

    assert verification_venv(lock, told.append) == first
    assert len(told) == 2


def test_another_lock_has_an_environment_of_its_own(registry: Path) -> None:
    assert verification_venv(resolve(["idna"], python=HERE), lambda _: None) != verification_venv(
        small_lock(), lambda _: None
    )


def test_one_without_its_python_is_made_anew(registry: Path) -> None:
    lock = small_lock()
    broken = verification_venv(lock, lambda _: None)
    broken.python.unlink()

    mended = verification_venv(lock, lambda _: None)

    assert said_by(mended, "import idna; print(idna.VERSION)") == "3.2"


@pytest.mark.parametrize("moment", ["venv.creating", "venv.installing"])
def test_a_half_made_one_does_not_count(registry: Path, tmp_path: Path, moment: str) -> None:
    other = start(until=moment)
    assert other.stdout is not None
    while other.stdout.readline().strip() != moment:
        assert other.poll() is None
    other.send_signal(signal.SIGKILL)
    other.communicate()
    lock = resolve(["wants-idna"], python=HERE)
    assert not list((tmp_path / "cache/foundry/venvs").glob("*/ready"))

    venv = verification_venv(lock, lambda _: None)

    assert said_by(venv, "import wants_idna; print(wants_idna.VERSION)") == "1.0"
    assert [folder.name for folder in venv.root.parent.iterdir() if folder.is_dir()] == [venv.root.name]


def test_two_at_once_make_one(registry: Path) -> None:
    both = [start(), start()]
    told = [process.communicate()[0].split() for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert sorted(told) == [[], ["venv.creating", "venv.installing"]]


def test_a_file_that_is_not_the_one_of_the_lock_is_refused(registry: Path, tmp_path: Path) -> None:
    lock = small_lock()
    make_wheel(registry, "idna", "3.2", ["PyYAML"])
    make_index(registry)

    with pytest.raises(MissingOutside, match="could not be filled") as error:
        verification_venv(lock, lambda _: None)

    assert "hash" in error.value.message.lower()
    assert not list((tmp_path / "cache/foundry/venvs").glob("*/ready"))
