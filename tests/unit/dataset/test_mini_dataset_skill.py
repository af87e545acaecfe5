"""The skill in a real project: its own script draws, its own notebook shows, and foundry counts again."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from agents.dataset.columns import QUESTION, check
from agents.dataset.mini_dataset import make_mini, run
from framework.artifacts.codec import encode
from framework.artifacts.env_check import EnvCheck
from framework.artifacts.files import ProjectFiles, read_text, write_text
from framework.artifacts.mini_dataset import MiniDataset
from framework.artifacts.records import Answer, Answers, RunRecord, Settings
from framework.artifacts.requirements import Project
from framework.artifacts.tech import DataNeeds
from framework.artifacts.venv_spec import MiniData
from framework.engines.expert import ExpertEngine
from framework.errors import UsageError
from framework.gates.mini_data import findings
from framework.runtime.events import Event
from framework.runtime.history import begin
from framework.runtime.mini_data import explore
from framework.runtime.venvs import Venv
from framework.runtime.workspace import Workspace
from framework.workflow.skills import load_role
from tests.conftest import family_tree
from tests.unit.dataset.mini_project import RULES, write_rules
from tests.unit.gates.test_technology_gate import SET
from tests.unit.gates.test_venv_spec_gate import make as make_venv_spec
from tests.unit.ops.project import write_tech

NOWHERE = Venv(Path("nowhere"), "none")


def desk(files: ProjectFiles, data: Path | None = None, heard: list[Event] | None = None, **answers: str) -> Workspace:
    """The workspace of the dataset role; an answer's id is given without the stage."""
    settings = Settings(data=str(data) if data else None)
    record = RunRecord(name="demo", lang="en", request="a model", settings=settings, created_at="now")
    given = {f"environment.{name}": Answer(text=text, source="set", round=0) for name, text in answers.items()}
    listener = heard.append if heard is not None else lambda _: None
    return Workspace(files, load_role("dataset"), "environment", record, Answers(answers=given), listener)


def project(root: Path, *, own: bool = True, downloads: bool = True) -> ProjectFiles:
    """The family's project with what the stages before have written; a dataset of the hub is chosen unless `own`."""
    files = ProjectFiles(root)
    begin(files)
    family_tree("scratch").write(root)
    rules = RULES.model_copy(update={"tokens": 6000})
    make_venv_spec(root, mini=MiniData(source="my data", license="ours", split="all", classes=False, rules=rules))
    chosen = SET.model_copy(update={"repo": None, "own": True}) if own else SET
    write_tech(files, data=DataNeeds(mini=chosen, full=chosen))
    write_rules(files, downloads=downloads)
    return files


def reviews(path: Path, header: list[str], encoding: str = "gbk") -> Path:
    rows = [
        [f"第{i}次来，早餐{i * 31}分，房间{i * 17}分，下次{i * 7919}再说", "好" if i % 3 else "坏"] for i in range(90)
    ]
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def placed(workspace: Workspace, mini: MiniDataset) -> ProjectFiles:
    write_text(workspace.files.report(MiniDataset.FILE), encode(mini, ""))
    return workspace.files


@pytest.mark.slow
def test_the_users_data_become_parts_plots_and_a_report(tmp_path: Path, verification: Venv) -> None:
    data = reviews(tmp_path / "reviews.csv", ["评论", "标签"])
    before = data.read_bytes()
    heard: list[Event] = []
    workspace = desk(project(tmp_path / "demo"), data, heard)
    mini = make_mini(workspace, verification, ExpertEngine())
    files = placed(workspace, mini)
    assert [finding.message for finding in findings(files)] == []
    assert mini.drawn is not None
    facts = mini.drawn.facts
    assert (facts.kind, facts.source, facts.licence) == ("own", "reviews.csv", "ours")
    assert (facts.files[0].encoding, facts.columns.chosen) == ("GBK", "text=评论,label=标签")
    assert mini.drawn.overlap.rows == sum(part.rows for part in facts.splits.values()) == 90
    assert data.read_bytes() == before
    assert str(tmp_path) not in read_text(files.report(MiniDataset.FILE))
    assert [event.key for event in heard] == ["mini_data.drawing", "mini_data.exploring"]
    assert mini.open_questions() == []
    assert mini.config == "configs/pretrain/mini.yaml"
    assert "data.path=data/mini" in mini.overrides


@pytest.mark.slow
def test_without_data_the_projects_own_grammar_is_used_and_that_is_said(tmp_path: Path, verification: Venv) -> None:
    mini = make_mini(desk(project(tmp_path / "demo")), verification)
    assert mini.drawn is not None
    assert mini.drawn.facts.kind == "synthetic"
    assert "own_missing" in [notice.about for notice in mini.drawn.facts.notices]
    assert "Synthetic" in mini.headline()
    again = make_mini(desk(ProjectFiles(tmp_path / "demo")), verification)
    assert again.content_hash() == mini.content_hash()


@pytest.mark.slow
def test_where_the_rules_forbid_downloads_the_hub_is_not_asked(tmp_path: Path, verification: Venv) -> None:
    assert SET.repo
    heard: list[Event] = []
    mini = make_mini(desk(project(tmp_path / "demo", own=False, downloads=False), heard=heard), verification)
    assert [event.key for event in heard] == ["mini_data.drawing", "mini_data.exploring"]
    assert mini.drawn is not None and mini.drawn.facts.kind == "synthetic"
    assert "no_downloads" in [notice.about for notice in mini.drawn.facts.notices]
    assert "forbid downloads" in mini.body()


@pytest.mark.parametrize("link", ["data", "data/mini"])
def test_a_link_on_the_way_to_the_dataset_is_refused_and_nothing_behind_it_touched(tmp_path: Path, link: str) -> None:
    files, elsewhere = project(tmp_path / "demo"), tmp_path / "elsewhere"
    (elsewhere / "mini").mkdir(parents=True)
    (elsewhere / "mini/facts.json").write_text("mine")
    (files.root / link).parent.mkdir(exist_ok=True)
    (files.root / link).symlink_to(elsewhere if link == "data" else elsewhere / "mini")
    with pytest.raises(UsageError, match="a link or a folder is in the way"):
        make_mini(desk(files), NOWHERE)
    assert (elsewhere / "mini/facts.json").read_text() == "mine"


@pytest.mark.parametrize("link", ["reports/plots", "reports/explore_mini_data.ipynb"])
def test_the_notebook_is_not_shown_through_a_link(tmp_path: Path, link: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mini_a.png").write_bytes(b"mine")
    (tmp_path / "demo/reports").mkdir(parents=True)
    (tmp_path / "demo" / link).symlink_to(elsewhere if link.endswith("plots") else elsewhere / "mini_a.png")
    with pytest.raises(UsageError, match="a link or a folder is in the way"):
        explore(NOWHERE, tmp_path / "demo")
    assert (elsewhere / "mini_a.png").read_bytes() == b"mine"


def test_data_in_the_folder_that_is_replaced_are_refused(tmp_path: Path) -> None:
    files = project(tmp_path / "demo")
    (files.root / "data/mini").mkdir(parents=True)
    data = reviews(files.root / "data/mini/reviews.csv", ["评论", "标签"])
    with pytest.raises(UsageError, match="which is replaced by every draw"):
        make_mini(desk(files, data), NOWHERE)
    assert data.is_file()


@pytest.mark.slow
def test_data_of_a_format_without_a_reader_are_not_replaced_in_silence(tmp_path: Path, verification: Venv) -> None:
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7")
    mini = make_mini(desk(project(tmp_path / "demo"), tmp_path / "report.pdf"), verification)
    assert mini.drawn is not None
    assert (mini.drawn.facts.kind, mini.drawn.data_digest) == ("synthetic", "")
    assert "report.pdf could not be used: it is pdf" in mini.body()


@pytest.mark.slow
def test_columns_that_leave_a_doubt_are_asked_and_the_answer_counts(tmp_path: Path, verification: Venv) -> None:
    data = tmp_path / "a.jsonl"
    rows = ({"aa": f"fox {i} has {i * 31} lamps", "bb": f"bear {i} has {i * 17} pies"} for i in range(60))
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    files = project(tmp_path / "demo")
    asked = make_mini(desk(files, data), verification, ExpertEngine())
    [question] = asked.open_questions()
    assert question.id == question.slot == QUESTION
    assert sorted(question.choices) == ["text=aa", "text=bb"] and question.default == question.choices[0]
    assert "fox" in question.why and "bear" in question.why
    placed(desk(files, data), asked)
    check(desk(files, data), "text=bb")
    with pytest.raises(UsageError, match="there is no column cc"):
        check(desk(files, data), "text=cc")
    told = make_mini(desk(files, data, columns="text=bb"), verification, ExpertEngine())
    assert told.open_questions() == [] and told.questions[0].answer == "text=bb"
    assert "bear" in read_text(files.root / "data/mini/train.jsonl")
    assert "fox" not in read_text(files.root / "data/mini/train.jsonl")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "is empty"), (bytes(range(256)) * 99, "looks like no text"), (b"one\n\ntwo", "too few for train")],
)
def test_data_that_cannot_be_used_are_refused_with_the_reason(
    tmp_path: Path, verification: Venv, content: bytes, says: str
) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(UsageError, match=says) as caught:
        make_mini(desk(project(tmp_path / "demo"), tmp_path / "a.txt"), verification)
    assert caught.value.hint


def test_while_the_device_is_open_nothing_is_drawn(tmp_path: Path) -> None:
    files = make_venv_spec(tmp_path)
    open_ = EnvCheck(project=Project(name="demo", title="Demo", language="en"), device="")
    write_text(files.report(EnvCheck.FILE), encode(open_, ""))
    workspace = desk(files)
    run(workspace, ExpertEngine())
    assert workspace.read(MiniDataset).drawn is None
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("words", ["", "body", "text=", "text=a,prompt=b", "speech=a"])
def test_an_answer_that_maps_nothing_is_refused_with_an_example(tmp_path: Path, words: Any) -> None:
    with pytest.raises(UsageError, match="does not say which columns") as caught:
        check(desk(ProjectFiles(tmp_path)), words)
    assert "text=story" in caught.value.hint
