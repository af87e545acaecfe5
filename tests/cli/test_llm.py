"""foundry with a language model behind it, as a person runs it: a scripted endpoint over real HTTP."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from framework.artifacts.files import ProjectFiles
from framework.artifacts.ledger import Ledger
from framework.artifacts.requirements import Requirements
from tests.cli.conftest import WISH, Foundry, Result, Terminal
from tests.llm.behaviours import answering, refusing, saying
from tests.llm.server import Heard, Server, Talk, serving

KEY = "sk-planted-0123456789"
NOTHING: dict[str, object] = {
    "planner.read_more": {"values": [], "title": ""},
    "planner.ask_better": {"questions": [], "further": []},
}


def answer(heard: Heard) -> object:
    """A model that has nothing to add where it is known what that looks like; elsewhere it says nothing of use."""
    return NOTHING.get(heard.kind, {})


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """An endpoint that the user's environment names, with a key."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("FOUNDRY_MODEL", "scripted")
    with serving(answering(answer)) as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        yield running


@pytest.fixture
def foundry(foundry: Foundry) -> Foundry:
    """The first stage says all that is to be said here."""
    return lambda *given: foundry(*given, *(["--until", "requirements"] if given[0] in ("new", "resume") else []))


@pytest.fixture
def begun(foundry: Foundry, server: Server, home: Path) -> ProjectFiles:
    """A project that a model has helped to begin, its questions answered by default."""
    assert foundry("new", WISH, "--name", "tales", "--engine", "llm", "--yes").code == 0
    return ProjectFiles(home / "generated" / "tales")


def silent(talk: Talk) -> None:
    """An endpoint that takes the question and says nothing."""
    talk.pause(60)


def elsewhere(*arguments: str) -> Result:
    """The same command in a process of its own, which remembers nothing."""
    command = [sys.executable, "-m", "framework.cli.main", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=dict(os.environ), check=False)
    return Result(done.returncode, done.stdout, done.stderr)


def holding(folder: Path, text: str) -> list[str]:
    """The files below a folder in which the text occurs, or whose path it is in."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if text in str(path) or text.encode() in path.read_bytes()]


def test_a_report_says_who_decided(begun: ProjectFiles, foundry: Foundry) -> None:
    report = begun.report(Requirements.FILE).read_text()
    assert "## Who decided" in report
    assert "| `planner.read_more` | scripted |" in report
    assert "planner.understand`" not in report, "what is the rules' is no news"
    steps = Ledger(begun).work("requirements")
    assert steps is not None
    assert ("planner.read_more", "scripted") in [(one.kind, one.by) for step in steps.steps for one in step.decided]
    assert "Who decided" in foundry("inspect", "tales", "requirements").out


def test_an_expert_is_not_mentioned(project: Path) -> None:
    assert "Who decided" not in (project / "reports" / Requirements.FILE).read_text()
    assert "\ndecided:" not in (project / "reports" / Requirements.FILE).read_text()


def test_each_call_is_told_and_added_up(foundry: Foundry, server: Server) -> None:
    told = foundry("new", WISH, "--engine", "llm", "--yes").out
    assert "scripted is asked about planner.read_more" in told
    assert "scripted has answered planner.read_more" in told
    assert f"language model: {len(server.heard)} calls" in told
    assert "cost unknown" in told


@pytest.mark.slow
def test_what_is_known_is_not_paid_for_again(begun: ProjectFiles, server: Server) -> None:
    paid = len(server.heard)
    assert paid > 0
    before = begun.read_artifact(Requirements).content_hash()
    for again in (
        ["resume", "tales", "--from", "requirements", "--until", "requirements"],
        ["verify", "tales", "--rerun"],
    ):
        elsewhere(*again)
        assert len(server.heard) == paid
    assert begun.read_artifact(Requirements).content_hash() == before


def test_a_run_is_replayed_without_an_endpoint(begun: ProjectFiles, server: Server, foundry: Foundry) -> None:
    paid, before = len(server.heard), begun.read_artifact(Requirements).content_hash()
    assert foundry("resume", "tales", "--engine", "replay", "--from", "requirements").code == 0
    assert len(server.heard) == paid
    assert begun.read_artifact(Requirements).content_hash() == before
    assert "| `planner.read_more` | scripted, recorded earlier |" in begun.report(Requirements.FILE).read_text()


def test_a_recording_makes_the_same_project_elsewhere(
    begun: ProjectFiles, foundry: Foundry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    recorded = shutil.copytree(begun.decisions, tmp_path / "recorded")
    monkeypatch.setenv("FOUNDRY_DECISIONS", str(recorded))
    again = ("new", WISH, "--name", "tales", "--engine", "replay", "--yes", "--out", "again")
    assert foundry(*again).code == 0
    made = ProjectFiles(Path("again/tales").resolve())
    assert made.read_artifact(Requirements).content_hash() == begun.read_artifact(Requirements).content_hash()


def test_a_replay_guesses_nothing(begun: ProjectFiles, foundry: Foundry) -> None:
    next(begun.decisions.glob("planner.read_more-*")).unlink()
    refused = foundry("resume", "tales", "--engine", "replay", "--from", "requirements")
    assert refused.code == 5
    assert "no decision planner.read_more" in refused.err


@pytest.mark.parametrize(
    "nonsense", ["I would rather talk about the weather.", '{"values": 7}', "", '{"score": 1.0, "passed": true}']
)
def test_nonsense_ends_in_the_rules_answer(
    nonsense: str, foundry: Foundry, server: Server, home: Path, project: Path
) -> None:
    server.behaviour = saying(nonsense)
    done = foundry("new", WISH, "--name", "odd", "--engine", "llm", "--yes")
    assert done.code == 0
    assert "our rules answer planner.read_more" in done.out
    odd, expert = (ProjectFiles(home / "generated" / name).read_artifact(Requirements) for name in ("odd", "tales"))
    assert [(item.slot, item.value) for item in odd.items] == [(item.slot, item.value) for item in expert.items]
    assert "| `planner.read_more` | our rules | " in (home / "generated/odd/reports" / Requirements.FILE).read_text()


ECHOED = f"Incorrect API key provided: {KEY}"
ECHOES = {
    "unauthorized": refusing(401, ECHOED),
    "an error": refusing(500, ECHOED),
    "words": saying(ECHOED),
    "an answer": saying(json.dumps({"values": [], "title": f"Stories by {KEY}"})),
    "a key": saying(json.dumps({"values": [], "title": "", KEY: 1})),
}


@pytest.mark.parametrize("echo", ECHOES)
def test_the_key_is_written_nowhere(echo: str, foundry: Foundry, server: Server, home: Path, tmp_path: Path) -> None:
    server.behaviour = ECHOES[echo]
    done = foundry("new", WISH, "--engine", "llm", "--yes", "--set", "llm.retries=0")
    assert done.code == (5 if echo == "unauthorized" else 0)
    assert KEY in " ".join(server.heard[0].headers.values()), "it has been there to be leaked"
    assert KEY not in done.out + done.err
    assert holding(tmp_path, KEY) == []


def test_a_spent_budget_has_a_code_of_its_own(foundry: Foundry, server: Server, home: Path) -> None:
    stopped = foundry("new", WISH, "--name", "tales", "--engine", "llm", "--yes", "--budget-tokens", "1000")
    assert stopped.code == 7
    assert server.heard == []
    assert "--budget-tokens" in stopped.err
    assert "foundry resume tales" in stopped.err
    assert foundry("resume", "tales", "--yes", "--json").json["error"]["kind"] == "BudgetSpent"
    assert foundry("resume", "tales", "--yes", "--budget-tokens", "500000").code == 0
    assert foundry("resume", "tales", "--yes", "--json").json["llm"]["calls"] == len(server.heard)


def test_money_needs_a_price(foundry: Foundry, server: Server) -> None:
    refused = foundry("new", WISH, "--engine", "llm", "--yes", "--budget-usd", "1")
    assert refused.code == 2
    assert "--budget-tokens" in refused.err
    assert server.heard == []


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (["--engine", "llm", "--set", "llm.colour=red"], 2, "llm.colour"),
        (["--engine", "llm", "--set", "llm.deadline_s=soon"], 2, "llm.deadline_s"),
        (["--engine", "llm", "--set", "llm.base_url=http://me:secret@127.0.0.1/v1"], 2, "llm.base_url"),
        (["--engine", "llm", "--set", f"llm.api_key={KEY}"], 2, "OPENAI_API_KEY"),
        (["--engine", "llm", "--budget-tokens", "0"], 2, "budget_tokens"),
        (["--budget-tokens", "1000"], 2, "expert"),
        (["--set", "llm.model=other"], 2, "expert"),
        (["--engine", "gpt"], 2, "expert, llm, replay"),
    ],
)
def test_what_cannot_be_meant_begins_nothing(
    arguments: list[str], code: int, named: str, foundry: Foundry, server: Server, home: Path
) -> None:
    refused = foundry("new", WISH, "--yes", *arguments)
    assert refused.code == code
    assert named in refused.err
    assert KEY not in refused.err
    assert not (home / "generated").exists()
    assert server.heard == []


def test_without_a_model_nothing_is_begun(
    foundry: Foundry, server: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FOUNDRY_MODEL")
    refused = foundry("new", WISH, "--yes", "--engine", "llm")
    assert refused.code == 5
    assert "FOUNDRY_MODEL" in refused.err
    assert not (home / "generated").exists()


def test_a_look_ahead_asks_nobody(foundry: Foundry, server: Server) -> None:
    assert foundry("new", WISH, "--engine", "llm", "--dry-run").code == 0
    assert server.heard == []


def test_the_project_remembers_what_a_command_said(foundry: Foundry, server: Server, home: Path) -> None:
    said = ("--engine", "llm", "--set", "llm.models.planner=wise", "--set", "license=commercial")
    foundry("new", WISH, "--name", "tales", *said)
    assert {str(heard.body["model"]) for heard in server.asked("planner.read_more")} == {"wise"}
    foundry("resume", "tales", "--yes")
    assert {str(heard.body["model"]) for heard in server.asked() if heard.kind.startswith("planner.")} == {"wise"}


def test_a_file_names_the_endpoint(
    foundry: Foundry, server: Server, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OPENAI_BASE_URL", "FOUNDRY_MODEL"):
        monkeypatch.delenv(name)
    (home / "foundry.toml").write_text(f'[llm]\nbase_url = "{server.url}"\nmodel = "from-a-file"\n')
    assert foundry("new", WISH, "--engine", "llm", "--yes").code == 0
    assert {heard.body["model"] for heard in server.heard} == {"from-a-file"}


@pytest.mark.slow
def test_ctrl_c_does_not_wait_for_a_silent_model(server: Server, terminal: type[Terminal]) -> None:
    server.behaviour = silent
    person = terminal("new", WISH, "--engine", "llm", "--yes", "--until", "requirements")
    person.sees("is asked about")
    person.sendintr()
    assert person.leaves() == 130


def test_reports_say_it_in_chinese(foundry: Foundry, server: Server, home: Path) -> None:
    server.behaviour = saying("天气很好。")
    assert foundry("new", "一个讲睡前故事的小模型", "--name", "gushi", "--engine", "llm", "--yes").code == 0
    report = (home / "generated/gushi/reports" / Requirements.FILE).read_text()
    assert "## 由谁判断" in report
    assert "回答不是 JSON" in report
