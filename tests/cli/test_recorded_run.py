"""The run that comes recorded with the sources: anyone sees what a model adds, without a key and without a network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framework.artifacts.files import ProjectFiles
from framework.artifacts.requirements import Requirements
from framework.artifacts.tech import Tech
from tests.cli.conftest import Foundry
from tests.llm.behaviours import answering
from tests.llm.recorded_run import FOLDER, MODEL, NAME, UNTIL, WISH, answer
from tests.llm.server import serving

AGAIN = "record it again: python -m tests.llm.recorded_run"
MADE = ("new", WISH, "--name", NAME, "--yes", "--no-docker", "--until", UNTIL)


@pytest.fixture
def shown(foundry: Foundry, home: Path, monkeypatch: pytest.MonkeyPatch) -> ProjectFiles:
    """The project that the recording makes."""
    monkeypatch.setenv("FOUNDRY_DECISIONS", str(FOLDER))
    done = foundry(*MADE, "--engine", "replay")
    assert done.code == 0, f"{done.err}\n{AGAIN}"
    return ProjectFiles(home / "generated" / NAME)


@pytest.mark.slow
def test_the_recording_shows_what_a_model_adds(shown: ProjectFiles) -> None:
    wanted, tech = shown.read_artifact(Requirements), shown.read_artifact(Tech)
    item = wanted.item("time_limit_h")
    assert item and (item.value, item.quote) == (20, "wants its box back in 20 hours")
    assert any("aloud" in reason.text for reason in tech.reasons)
    for report in (Requirements, Tech):
        assert f"{MODEL}, recorded earlier" in shown.report(report.FILE).read_text()


def test_the_rules_alone_do_not_see_it(foundry: Foundry, home: Path) -> None:
    assert foundry(*MADE, "--until", "requirements").code == 0
    item = ProjectFiles(home / "generated" / NAME).read_artifact(Requirements).item("time_limit_h")
    assert item and item.provenance == "defaulted"


@pytest.mark.slow
def test_the_recording_is_what_the_server_says_today(
    foundry: Foundry, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with serving(answering(answer)) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("FOUNDRY_MODEL", MODEL)
        assert foundry(*MADE, "--engine", "llm").code == 0
    said = {path.name: path.read_text() for path in ProjectFiles(home / "generated" / NAME).decisions.iterdir()}
    assert said == {path.name: path.read_text() for path in FOLDER.glob("*.json")}, AGAIN


def test_every_record_says_whose_it_is() -> None:
    for path in FOLDER.glob("*.json"):
        assert json.loads(path.read_text())["decided"]["by"] in (MODEL, "rule")
