"""The benchmark of models: nothing untrue passes, nothing true is blocked in vain, and the benchmark would notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.coder import recommend
from agents.planner.second_reading.evidence import Evidence
from agents.reviewer import remarks
from benchmarks.llm.__main__ import main
from benchmarks.llm.play import Contender, expert, scripted
from benchmarks.llm.score import Row
from benchmarks.llm.work import works
from tests.llm.behaviours import answering, refusing
from tests.llm.personas import PERSONAS
from tests.llm.recorded_run import answer
from tests.llm.server import serving

WORK = ("understanding", "choosing", "reviewing", "telling")
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def played(contender: Contender, work: str, root: Path, cases: int = 3) -> Row:
    return contender.at(work, works(cases, work)[work][:cases], root)


@pytest.mark.parametrize("work", WORK)
@pytest.mark.parametrize("name", PERSONAS)
def test_no_model_gets_anything_untrue_past_the_checks(name: str, work: str, tmp_path: Path) -> None:
    row = played(scripted(name), work, tmp_path)
    assert row.asked > 0
    assert row.calls >= row.asked, "each question went over the wire"
    assert row.passed == []


@pytest.mark.parametrize("work", WORK)
def test_a_good_model_is_heard(work: str, tmp_path: Path) -> None:
    row = played(scripted("good"), work, tmp_path)
    assert row.answered == row.asked
    assert row.blocked == []
    assert row.usd is not None
    assert row.usd > 0


@pytest.mark.parametrize("work", WORK)
def test_the_expert_asks_nobody(work: str, tmp_path: Path) -> None:
    row = played(expert(), work, tmp_path)
    assert (row.calls, row.tokens, row.passed) == (0, 0, [])
    assert row.cases > 0


def test_a_real_endpoint_is_compared_with_the_expert(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(answering(answer)) as server:
        assert main(["--base-url", server.url, "--model", "some-model", "--sentences", "2", "--only", "choosing"]) == 0
    table = capsys.readouterr().out
    assert "| expert | choosing | 5 |" in table
    assert "| some-model | choosing | 5 |" in table
    assert "| unknown |" in table, "nobody knows its price"


def test_an_endpoint_that_is_none_is_told_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(refusing(401, "Incorrect API key provided")) as server:
        assert main(["--base-url", server.url, "--model", "some-model", "--only", "reviewing"]) == 5
    assert "OPENAI_API_KEY" in capsys.readouterr().err


def test_it_notices_when_quotes_are_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Evidence, "complaint", lambda *_: "")
    assert played(scripted("dishonest"), "understanding", tmp_path).passed


def test_it_notices_when_a_choice_is_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recommend, "_overlooked", lambda *_: [])
    assert played(scripted("dishonest"), "choosing", tmp_path).passed


def test_it_notices_when_a_comment_counts_as_evidence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remarks, "_code_of", lambda _text, _line, words: words)
    assert played(scripted("dishonest"), "reviewing", tmp_path).passed
