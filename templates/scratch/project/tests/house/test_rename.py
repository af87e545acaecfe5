"""The project can be called anything: a copy under another name compiles, is well-formed and imports."""

import compileall
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.checkout import PACKAGE, ROOT, files

DISTRIBUTION: str = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["name"]

# The shortest name and the longest one.
NAMES = ["zq", "stories_that_our_children_wake_up_to_ask"]


def _rename(text: str, name: str) -> str:
    """Rename the package where code and settings name it; elsewhere its letters may be a word like any other."""
    for old, new in ((PACKAGE, name), (DISTRIBUTION, name.replace("_", "-"))):
        place = rf"^[\s\"]*(?:from|import) |\bsrc/|= \[\"|\"(?={old}(?:\[|\.\w))"
        text = re.sub(rf"({place}){old}(?![\w-])", rf"\g<1>{new}", text, flags=re.MULTILINE)
    return text


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    made = {name: tmp_path_factory.mktemp(name) for name in NAMES}
    for name, folder in made.items():
        for path in files():
            target = folder / _rename(path.relative_to(ROOT).as_posix(), name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_rename(path.read_text("utf-8", "surrogateescape"), name), "utf-8", "surrogateescape")
    return made


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_renamed_project_compiles_and_is_well_formed(copies: dict[str, Path], name: str) -> None:
    assert compileall.compile_dir(copies[name], quiet=1)
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "concise", "."]
    checked = subprocess.run(command, cwd=copies[name], capture_output=True, text=True)
    assert not checked.returncode, checked.stdout


@pytest.mark.slow
def test_a_renamed_project_can_be_imported_and_needs_nothing_of_the_old_name(copies: dict[str, Path]) -> None:
    # One process for all names: what costs time is PyTorch.
    sources = [str(folder / "src") for folder in copies.values()]
    code = (
        "import importlib, pkgutil, sys\n"
        "old, *names = sys.argv[1:]\n"
        "for name in names:\n"
        "    package = importlib.import_module(name)\n"
        "    for module in pkgutil.walk_packages(package.__path__, name + '.'):\n"
        "        importlib.import_module(module.name)\n"
        "assert old in names or old not in sys.modules, 'it was imported'\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sources)}
    done = subprocess.run([sys.executable, "-c", code, PACKAGE, *copies], env=environment, capture_output=True)
    assert not done.returncode, done.stderr.decode()
