"""What most artifacts have in common: they are about one project, in its language; some ask its owner something."""

from __future__ import annotations

from pydantic import Field

from framework.artifacts.base import Artifact, Question
from framework.artifacts.requirements import Project
from framework.messages import Lang


class Report(Artifact):
    """A report on a project."""

    project: Project

    @property
    def language(self) -> Lang:
        return self.project.language


class AskingReport(Report):
    """A report that may hold questions; an answered one keeps standing in it."""

    questions: list[Question] = Field(default_factory=list)

    def open_questions(self) -> list[Question]:
        return [question for question in self.questions if question.is_open]
