"""The command line itself: help, version, complaints, exit codes, and what is loaded to get there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import framework
from framework.cli import main as command_line
from framework.workflow.table import STAGES
from tests.cli.conftest import Foundry

COMMANDS = ["new", "resume", "status", "inspect", "verify", "estimate", "doctor", "stages", "graph"]
HEAVY = ["pydantic", "rich", "yaml", "langgraph", "jinja2", "docker", "omegaconf", "langchain_openai", "openai"]


def loaded_by(*arguments: str) -> set[str]:
    """The heavy packages that a command line has imported by its end."""
    program = (
        "import sys\nfrom framework.cli.main import run\nrun(sys.argv[1:])\n"
        f"print('LOADED', *[name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_help_names_every_command(foundry: Foundry) -> None:
    result = foundry("--help")
    assert result.code == 0
    assert [line.split()[0] for line in result.out.split("Commands:")[1].strip().splitlines()] == COMMANDS
    assert foundry().out == result.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, foundry: Foundry) -> None:
    result = foundry(command, "--help")
    assert result.code == 0
    assert result.out.startswith(f"Usage: foundry {command}")


def test_version(foundry: Foundry) -> None:
    assert foundry("--version").out == f"foundry {framework.__version__}\n"


def test_help_loads_nothing_heavy() -> None:
    assert loaded_by("--help") == set()


def test_status_loads_only_what_it_shows(project: Path) -> None:
    assert loaded_by("status", "tales") <= {"pydantic", "yaml"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["statsu"], "status"),
        (["new", "--engin", "expert"], "--engine"),
        (["estimate", "--count", "0"], "--count"),
        (["resume"], "PROJECT"),
        (["new", "a chatbot", "--lang", "de"], "en, zh"),
        (["new", "a chatbot", "--engine", "experts"], "Did you mean expert"),
        (["new", "a chatbot", "--device", "tpu"], "cpu, gpu"),
        (["new", "a chatbot", "--until", "tecnology"], "Did you mean technology"),
        (["new", "a chatbot", "--data", "no_such.csv"], "no_such.csv"),
        (["new", "a chatbot", "--specs", "no_such"], "no_such"),
        (["status", "no_such"], "no_such"),
    ],
)
def test_a_mistyped_command_is_refused_with_what_was_meant(
    arguments: list[str], said: str, foundry: Foundry, home: Path
) -> None:
    result = foundry(*arguments)
    assert result.code == 2
    assert result.out == ""
    assert said in result.err
    assert "Traceback" not in result.err
    assert list(home.iterdir()) == []


def test_with_json_an_error_is_a_document_too(foundry: Foundry) -> None:
    for arguments in (["status", "no_such", "--json"], ["status", "--jsn", "--json"]):
        result = foundry(*arguments)
        assert (result.code, result.err) == (2, "")
        assert result.json["exit_code"] == 2
        assert result.json["error"]["message"]


def test_stages_and_graph_tell_what_the_table_says(foundry: Foundry) -> None:
    names = [stage.name for stage in STAGES]
    assert [stage["name"] for stage in foundry("stages", "--json").json["stages"]] == names
    table, drawing = foundry("stages").out, foundry("graph").out
    for stage in STAGES:
        assert stage.name in table
        assert stage.artifact.FILE in table
        assert stage.name in drawing


def test_an_error_of_ours_is_a_sentence_and_a_file(
    foundry: Foundry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError("oh")

    monkeypatch.setattr(command_line, "app", broken)
    result = foundry("status")
    assert result.code == 1
    assert "KeyError" in result.err
    assert "Traceback" not in result.err
    log = next((tmp_path / "state" / "foundry").glob("crash-*.log"))
    assert str(log) in result.err.replace("\n", "")
    assert "Traceback" in log.read_text(encoding="utf-8")


def test_ctrl_c_is_a_sentence_too(foundry: Foundry, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("framework.workflow.report.projects", interrupted)
    result = foundry("status")
    assert result.code == 130
    assert "stopped" in result.err
    assert foundry("status", "--json").json["exit_code"] == 130


def test_a_reader_that_leaves_is_no_error(home: Path) -> None:
    script = f"{sys.executable} -m framework.cli.main stages --json | true"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
