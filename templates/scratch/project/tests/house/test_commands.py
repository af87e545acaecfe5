"""Every command of a document can be typed: its program, its flags, its configs and its overrides are there."""

import contextlib
import io
import re
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from scratch_llm.config.base import Section
from scratch_llm.config.load import load_section
from scratch_llm.config.run import TrainConfig
from scratch_llm.config.serve import ServeConfig
from scratch_llm.evaluation import EvaluationConfig

from tests.architecture.checkout import ROOT
from tests.house.documents import Command, commands, documents

COMMANDS = [command for path in documents() for command in commands(path)]
SYSTEM = {"cd", "cp", "curl", "export", "git", "kill", "mkdir", "nvidia-smi", "source", "tar", "python3", "cat", "ls"}
TOOLS = {"pip", "uv", "pytest", "ruff", "mypy", "mkdocs", "tensorboard", "dvc", "jupyter", "pre-commit", "lm_eval"}


def of(*programs: str) -> list[Command]:
    return [command for command in COMMANDS if Path(command.words[0]).name in programs]


def test_there_are_commands_and_each_has_a_known_program() -> None:
    known = SYSTEM | TOOLS | {"make", "python", "torchrun"}
    assert len(COMMANDS) > 30
    assert [str(command) for command in COMMANDS if Path(command.words[0]).name not in known] == []


def test_every_make_target_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    used = {word for command in of("make") for word in command.words[1:] if "=" not in word}
    assert used
    assert used <= targets


def _script(command: Command) -> tuple[Path | str, list[str]] | None:
    """The script (or the module after -m) that a Python command runs, and what follows it."""
    rest = list(command.words[1:])
    while rest and rest[0].startswith("-") and rest[0] not in ("-m", "-c"):
        del rest[0]  # what torchrun takes for itself
    if not rest or rest[0] == "-c":
        return None
    return (rest[1], rest[2:]) if rest[0] == "-m" else (ROOT / rest[0], rest[1:])


PYTHON = [(command, found) for command in of("python", "torchrun") if (found := _script(command))]


@cache
def _help(script: Path, subcommand: str = "") -> str:
    """What a script prints when it is asked for help, without a process of its own."""
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as change, contextlib.redirect_stdout(printed), pytest.raises(SystemExit) as left:
        change.setattr(sys, "argv", [str(script), *subcommand.split(), "--help"])
        runpy.run_path(str(script), run_name="__main__")
    assert not left.value.code
    return printed.getvalue()


@pytest.mark.parametrize(("command", "found"), PYTHON, ids=[str(command) for command, _ in PYTHON])
def test_a_python_command_names_a_script_that_takes_its_flags(
    command: Command, found: tuple[Path | str, list[str]]
) -> None:
    script, rest = found
    if isinstance(script, str):
        module = ROOT / script.replace(".", "/")
        assert script in TOOLS | {"venv"} or module.is_dir() or module.with_suffix(".py").is_file()
        return
    assert script.is_file(), f"{command}: there is no such script"
    if not rest:
        return  # it takes what it needs from its defaults
    known = _help(script)
    if f"{{{rest[0]}" in known.replace(f",{rest[0]}", f"{{{rest[0]}"):
        known += _help(script, rest[0])
    flags = {word.partition("=")[0] for word in rest if word.startswith("--")}
    assert {flag for flag in flags if flag not in known} == set()


def _configs() -> Iterable[tuple[Command, Path, list[str]]]:
    for command, (script, rest) in PYTHON:
        if "--config" in rest and isinstance(script, Path):
            config = Path(rest[rest.index("--config") + 1])
            overrides = [word for word in rest if re.fullmatch(r"[a-z_]+(?:\.[a-z_]+)*=.*", word)]
            yield command, config, overrides


CONFIGS = list(_configs())
SCHEMAS: dict[str, type[Section]] = {"scripts/serve.py": ServeConfig, "scripts/evaluate.py": EvaluationConfig}


@pytest.mark.parametrize(("command", "path", "overrides"), CONFIGS, ids=[str(command) for command, *_ in CONFIGS])
def test_a_config_that_a_command_names_loads_with_its_overrides(
    command: Command, path: Path, overrides: list[str]
) -> None:
    source = _copied_from(command.source, path) if not (ROOT / path).is_file() else path
    assert source, f"{command}: neither there nor copied by a command before it"
    schema = next((schema for script, schema in SCHEMAS.items() if script in command.words), TrainConfig)
    load_section(schema, ROOT / source, overrides)


def _copied_from(document: str, path: Path) -> Path | None:
    """The file that a `cp` of the same document makes `path` of."""
    for command in of("cp"):
        if command.source == document and Path(command.words[-1]) == path:
            return Path(command.words[-2])
    return None


def test_what_is_copied_is_there() -> None:
    assert [str(command) for command in of("cp") if not (ROOT / command.words[-2]).exists()] == []


def test_what_pip_and_uv_install_exists() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    asked = {
        name
        for command in of("pip", "uv")
        for word in command.words
        if (match := re.search(r"\[([a-z,]+)\]$", word))
        for name in match[1].split(",")
    }
    assert asked <= set(extras)


def test_what_is_asked_of_the_server_is_one_of_its_routes() -> None:
    server = "".join(path.read_text() for path in (ROOT / "src").glob("*/inference/server/*.py"))
    for command in of("curl"):
        addresses = [word for word in command.words if "://" in word]
        assert len(addresses) == 1, str(command)
        route = re.sub(r"^https?://[^/]+", "", addresses[0])
        assert f'"{route}"' in server, str(command)


def test_make_explains_itself() -> None:
    printed = subprocess.run(["make", "-C", str(ROOT), "help"], capture_output=True, text=True, check=True).stdout
    for target in ("setup", "test", "fast", "lint", "format", "docs", "pipeline", "serve", "bench", "clean"):
        assert f"make {target} " in printed


@pytest.mark.slow
def test_the_first_training_command_of_the_readme_trains(tmp_path: Path) -> None:
    # Of those that need neither a network nor data of one's own.
    first = next(
        command
        for command, path, overrides in CONFIGS
        if command.source == "README.md" and "main.py" in command.words
        if load_section(TrainConfig, ROOT / path, overrides).data.dataset_name.startswith("synthetic")
    )
    arguments = [*first.words[1:], "--fast_dev_run", f"output_folder={tmp_path}", f"data.folder={tmp_path}/data"]
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.glob("*/*/config.yaml"))
