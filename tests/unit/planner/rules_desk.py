"""A project that stands before the stage rules, and its planner's desk."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from agents.planner.inherit_rules import run
from framework.artifacts.codec import encode
from framework.artifacts.files import ProjectFiles, read_text, write_text
from framework.artifacts.project_rules import Rules
from framework.artifacts.records import Answer, Answers, AnswerSource, RunRecord, Settings, Verdict
from framework.artifacts.requirements import Project
from framework.artifacts.venv_spec import MiniData, MiniRules, VenvSpec
from framework.engines.expert import ExpertEngine
from framework.gates.project_rules import judge
from framework.messages import Lang
from framework.runtime import history
from framework.runtime.events import Event
from framework.runtime.workspace import Workspace
from framework.workflow.skills import load_role
from tests.architecture.house import ROOT


def venv_spec(lang: Lang = "en") -> VenvSpec:
    """A venv.md that describes nothing but the project."""
    return VenvSpec(
        project=Project(name="demo", title="Demo", language=lang),
        python_wanted=["3.12"],
        python="3.12",
        resolved_by="uv",
        indexes=[],
        requirements=[],
        optional_extras=[],
        recipes=[],
        mini=MiniData(
            source="x",
            license="mit",
            split="train",
            classes=False,
            rules=MiniRules(most_rows=100, tokens=1000, seed=1, shares={"train": 1.0}, least_per_class=1),
        ),
        copies=[],
    )


@dataclass
class Place:
    """The project, with answers that may come in any order."""

    root: Path
    lang: Lang = "en"
    answers: dict[str, Answer] = field(default_factory=dict)
    heard: list[Event] = field(default_factory=list)

    @property
    def files(self) -> ProjectFiles:
        return ProjectFiles(self.root)

    def begin(self, claude: str = "") -> Place:
        history.begin(self.files)
        write_text(self.root / "CLAUDE.md", claude or read_text(ROOT / "CLAUDE.md"))
        write_text(self.root / "src/train.py", "x = 1\n")
        write_text(self.files.report("venv.md"), encode(venv_spec(self.lang)))
        assert history.record(self.files, "begin") == ""
        return self

    def answer(self, source: AnswerSource = "set", **texts: str | None) -> Place:
        """Answers by the last part of their ids; `conflict_1` is rules.conflict.1."""
        for name, text in texts.items():
            self.answers[f"rules.{name.replace('_', '.')}"] = Answer(text=text, source=source, round=1)
        return self

    def desk(self) -> Workspace:
        run_record = RunRecord(name="demo", lang=self.lang, request="a model", settings=Settings(), created_at="now")
        answers = Answers(answers=self.answers)
        return Workspace(self.files, load_role("planner"), "rules", run_record, answers, self.heard.append, True)

    def work(self) -> Rules:
        """Run the stage, and put its report in place as the machine does."""
        run(self.desk(), ExpertEngine())
        text = read_text(self.files.staging("rules") / Rules.FILE)
        write_text(self.files.baseline(Rules.FILE), text)
        write_text(self.files.report(Rules.FILE), text)
        return self.files.read_artifact(Rules)

    def put_report(self, rules: Rules) -> None:
        """Another report in its place."""
        write_text(self.files.report(Rules.FILE), encode(rules))

    def judged(self) -> Verdict:
        return judge(self.files)

    def there(self) -> list[str]:
        """Which of the two files stand at the root."""
        return sorted(path.name for path in self.root.glob("CLAUDE.*.md"))

    def text(self, name: str) -> str:
        return read_text(self.root / name)

    def git(self, *args: str) -> str:
        return history.git(self.files, *args)
