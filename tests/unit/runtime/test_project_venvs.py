"""The environments in a project's own folder: made whole, used again, mended, and never somebody else's."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from framework.errors import MissingOutside, UsageError
from framework.runtime import history
from framework.runtime.codetree import tracked
from framework.runtime.env_facts import installed, modules_of, site_packages
from framework.runtime.project_venvs import environment_mark, existing_project_venv, freeze, made_for
from framework.runtime.resolver import resolve
from framework.runtime.venvs import Venv
from tests.unit.runtime.place import Place
from tests.unit.runtime.venv_project import HERE, Told, made, make_project, said_by, small_lock, works
from tests.unit.runtime.wheelhouse import make_index, make_wheel


@pytest.fixture(params=["uv", pytest.param("pip", marks=pytest.mark.slow)])
def installer(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Made after the lock is resolved: with the installer that is there, or with pip where there is no uv."""
    if request.param == "pip":
        (tmp_path / "programs").mkdir()
        monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    return str(request.param)


@pytest.fixture
def project(registry: Path, tmp_path: Path) -> Path:
    return make_project(tmp_path / "project")


def test_it_holds_the_packages_and_the_project_itself(project: Path, installer: str) -> None:
    told = Told()
    venv = made(project, told=told)

    assert works(venv)
    assert said_by(venv, "import demo; print(demo.NAME)") == "the project itself"
    assert venv.root == project / "debug-cpu"
    assert made_for(venv).installer == installer
    assert told.keys[:2] == ["creating", "installing"]
    assert told[1][1] == {"total": 3}
    assert {"installed" if installer == "uv" else "fetched"} <= set(told.keys)
    assert existing_project_venv(project, "cpu") == venv


def test_what_is_frozen_is_what_the_installer_lists(project: Path) -> None:
    venv = made(project)
    assert freeze(venv).splitlines() == ["idna==3.2", "pyyaml==6.0", "wants-idna==1.0"]
    assert (venv.root / "freeze.txt").read_text() == freeze(venv)


def test_it_is_made_once_and_then_needs_no_index(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock, told = small_lock(), Told()
    first = made(project, lock)
    (first.root / "mine.txt").write_text("a file of the user's")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")

    assert made(project, lock, told) == first
    assert told.keys == ["reused"]
    assert (first.root / "mine.txt").exists()


def test_other_requirements_make_another_one_in_its_place(project: Path) -> None:
    made(project)
    venv = made(project, resolve(["idna==3.1"], python=HERE))
    assert installed(venv.root) == {"idna": "3.1"}


def remove_package(venv: Venv) -> None:
    shutil.rmtree(site_packages(venv.root) / "idna-3.2.dist-info")


def remove_module(venv: Venv) -> None:
    (site_packages(venv.root) / "idna.py").unlink()


def cut_module(venv: Venv) -> None:
    path = site_packages(venv.root) / "yaml.py"
    path.unlink()  # it may be a link into the installer's cache
    path.write_text("")


def remove_python(venv: Venv) -> None:
    venv.python.unlink()


def remove_project(venv: Venv) -> None:
    (site_packages(venv.root) / "project.pth").unlink()


def lose_packages(venv: Venv) -> None:
    shutil.rmtree(venv.root / "lib")


@pytest.mark.parametrize(
    "harm", [remove_package, remove_module, cut_module, remove_python, remove_project, lose_packages]
)
def test_a_damaged_one_is_noticed_and_mended(project: Path, harm: Any) -> None:
    lock, told = small_lock(), Told()
    harm(made(project, lock))

    venv = made(project, lock, told)

    assert works(venv)
    assert said_by(venv, "import demo; print(demo.NAME)") == "the project itself"
    assert told.keys[0] in ("damaged", "no_python")


def test_a_package_that_the_user_has_added_does_no_harm(project: Path) -> None:
    lock, told = small_lock(), Told()
    venv = made(project, lock)
    (site_packages(venv.root) / "extra.py").write_text("")

    made(project, lock, told)

    assert told.keys == ["reused"]


@pytest.mark.parametrize("what", ["folder", "environment", "file", "link"])
def test_what_is_not_ours_is_refused_and_left_alone(project: Path, tmp_path: Path, what: str) -> None:
    place = project / "debug-cpu"
    if what == "file":
        place.write_text("mine")
    elif what == "link":
        made(project)
        place.rename(tmp_path / "elsewhere")
        place.symlink_to(tmp_path / "elsewhere")
    else:
        place.mkdir()
        (place / ("pyvenv.cfg" if what == "environment" else "notes.txt")).write_text("mine")
    before = [(path, path.is_symlink()) for path in sorted(project.rglob("*")) if ".foundry" not in path.parts]

    with pytest.raises(UsageError, match="not an environment that foundry has made"):
        made(project)

    after = [(path, path.is_symlink()) for path in sorted(project.rglob("*")) if ".foundry" not in path.parts]
    assert after == before


def test_an_empty_folder_is_taken(project: Path) -> None:
    (project / "debug-cpu").mkdir()
    assert works(made(project))


def test_a_missing_package_is_told_in_the_installers_words_and_can_be_mended(project: Path, registry: Path) -> None:
    lock = small_lock()
    kept = registry / "idna-3.2-py3-none-any.whl"
    kept.rename(registry / "gone")
    make_index(registry)

    with pytest.raises(MissingOutside, match="debug-cpu could not be filled") as error:
        made(project, lock)

    assert "idna" in error.value.message
    assert "foundry resume" in error.value.hint
    with pytest.raises(MissingOutside, match="no finished environment for cpu"):
        existing_project_venv(project, "cpu")
    (registry / "gone").rename(kept)
    make_index(registry)
    assert works(made(project, lock))


def test_a_file_with_another_hash_is_refused(project: Path, registry: Path) -> None:
    lock = small_lock()
    make_wheel(registry, "idna", "3.2", ["PyYAML"])
    make_index(registry)

    with pytest.raises(MissingOutside, match="could not be filled") as error:
        made(project, lock)

    assert "hash" in error.value.message.lower()


def test_a_disk_that_is_too_small_is_told_before_anything_is_made(project: Path) -> None:
    with pytest.raises(MissingOutside, match=r"needs about 1e\+09 GB .* GB are free"):
        made(project, space_gb=1e9)
    assert not (project / "debug-cpu").exists()
    assert works(made(project))


def test_git_sees_nothing_of_it_wherever_it_lies(project: Path) -> None:
    place = Place(project.with_name("repository")).begin()
    shutil.copytree(project / "src", place.root / "src")
    venv = made(place.root, folder="work-cpu")

    assert venv.root.name == "work-cpu"
    assert tracked(place.root) == ["src/demo/__init__.py"]
    assert history.record(place.files, "after") == ""
    assert "work-cpu" not in place.git("ls-files")


def test_its_mark_changes_with_it_and_with_nothing_else(project: Path) -> None:
    none = environment_mark(project)
    venv = made(project)
    first = environment_mark(project)
    assert first != none

    said_by(venv, "import idna, yaml, wants_idna, demo")
    venv.modules()
    made(project)
    assert environment_mark(project) == first

    (site_packages(venv.root) / "extra.py").write_text("")
    assert environment_mark(project) != first
    (site_packages(venv.root) / "extra.py").unlink()
    assert environment_mark(project) == first
    venv.python.unlink()
    assert environment_mark(project) != first
    shutil.rmtree(venv.root)
    assert environment_mark(project) == none


def test_a_project_that_was_moved_gets_a_new_one(project: Path) -> None:
    told = Told()
    made(project)
    moved = project.rename(project.with_name("moved"))

    assert works(made(moved, told=told))
    assert "creating" in told.keys


def test_the_modules_of_a_package_are_those_that_a_person_imports(project: Path) -> None:
    venv = made(project)
    assert modules_of(venv.root, "pyyaml") == ["yaml"]
    assert modules_of(venv.root, "wants-idna") == ["wants_idna"]
    assert modules_of(venv.root, "no-such-package") == []
