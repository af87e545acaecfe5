"""A project that has its environment, and the stage docker-env at work on it."""

from __future__ import annotations

import re
from pathlib import Path

from agents.ops.docker_env import run
from agents.ops.docker_lacking import INSTALL
from framework.artifacts.codec import decode, encode
from framework.artifacts.docker_env import DockerEnv
from framework.artifacts.env_check import EnvCheck
from framework.artifacts.files import ProjectFiles, read_text, write_text
from framework.artifacts.records import Answer, Answers, Device, Finding, RunRecord, Settings
from framework.artifacts.requirements import Project
from framework.engines.expert import ExpertEngine
from framework.gates.docker_env import judge
from framework.messages import Lang
from framework.runtime.events import Event, Listener
from framework.runtime.workspace import Workspace
from framework.workflow.skills import load_role
from tests.unit.ops.project import SPECS


class Desk:
    """A project that has its environment, and the stage at work on it."""

    def __init__(self, root: Path, lang: Lang = "en", device: Device = "cpu", heard: Listener | None = None) -> None:
        self.files, self.lang, self.events = ProjectFiles(root), lang, list[Event]()
        self.heard = heard or self.events.append
        project = Project(name="demo", title="Demo", language=lang)
        write_text(self.files.report(EnvCheck.FILE), encode(EnvCheck(project=project, device=device), ""))
        self.specify(read_text(SPECS / "DOCKER_CONFIG.md"))

    def specify(self, text: str) -> None:
        """The project's own document; its packages are looked for where nobody is, so that no network is asked."""
        assert text.count('index: ""') == 1
        text = text.replace('index: ""', 'index: "https://127.0.0.1:1/simple"')
        write_text(self.files.root / "specs/DOCKER_CONFIG.md", text)

    def base_on(self, image: str) -> None:
        """Another base image, as a person would name it in the project's own document."""
        text = read_text(SPECS / "DOCKER_CONFIG.md")
        line = re.compile(r"^(    cpu:) \S+:\S+", flags=re.MULTILINE)
        assert len(line.findall(text)) == 1
        self.specify(line.sub(rf"\g<1> {image}", text))

    def workspace(self, answer: Answer | None = None, *, install: bool = False) -> Workspace:
        settings = Settings(install_docker=install)
        record = RunRecord(name="demo", lang=self.lang, request="a model", settings=settings, created_at="now")
        answers = Answers(answers={INSTALL: answer} if answer else {})
        role = load_role("ops")
        return Workspace(self.files, role, "docker-env", record, answers, self.heard, own_specs=True)

    def report(self, answer: Answer | None = None, *, install: bool = False) -> DockerEnv:
        """The stage's report, put in place."""
        run(self.workspace(answer, install=install), ExpertEngine())
        text = read_text(self.staged)
        write_text(self.files.report(DockerEnv.FILE), text)
        return decode(DockerEnv, text, DockerEnv.FILE).model

    @property
    def staged(self) -> Path:
        return self.files.staging("docker-env") / DockerEnv.FILE

    def findings(self) -> list[Finding]:
        return judge(self.files).findings

    def errors(self) -> dict[str, str]:
        return {one.where: one.message for one in self.findings() if one.severity == "error"}
