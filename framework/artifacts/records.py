"""The machine's own records in `.foundry/`: the run, the answers, and the ledger of receipts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from pydantic import Field

from framework.artifacts.base import Decided, Strict, sha256
from framework.messages import Lang

Device = Literal["cpu", "gpu"]
EngineName = Literal["expert", "llm", "replay"]


class Settings(Strict):
    """What the user chose on the command line; kept so that a resume goes on the same way."""

    engine: EngineName = "expert"
    device: Device | None = None
    docker: bool = True
    install_docker: bool = Field(default=False, description="whether foundry may install an engine on this machine")
    data: str | None = Field(default=None, description="absolute path of the user's own data")
    specs: str | None = Field(default=None, description="absolute path of the folder with the user's spec documents")
    llm: dict[str, str] = Field(default_factory=dict, description="settings of the llm engine by name; never a key")


class RunRecord(Strict):
    """run.json: the request that the project was born from."""

    schema_version: Literal[1] = 1
    name: str
    lang: Lang
    request: str
    settings: Settings
    created_at: str


AnswerSource = Literal["terminal", "file", "set", "default", "skip"]


class Answer(Strict):
    """What a human (or, with `--yes`, nobody) said to a question."""

    text: str | None = Field(description="None when the question was skipped")
    source: AnswerSource
    round: int = Field(ge=0, description="0: given before any question was put")


class Answers(Strict):
    """answers.json: the answers by question id (for a slot's question, the slot's name)."""

    schema_version: Literal[1] = 1
    answers: dict[str, Answer] = Field(default_factory=dict)

    @property
    def rounds(self) -> int:
        """How many rounds of questions have been answered."""
        return max((answer.round for answer in self.answers.values()), default=0)

    def only(self, questions: Callable[[str], bool]) -> Answers:
        """The answers to some of the questions."""
        return Answers(answers={key: answer for key, answer in self.answers.items() if questions(key)})

    def content_hash(self) -> str:
        """The hash of what was answered."""
        return sha256(self.model_dump_json())


Severity = Literal["error", "warning"]


class Finding(Strict):
    """One thing that a gate saw in an artifact."""

    severity: Severity
    where: str
    message: str


class Verdict(Strict):
    """What a gate decided, from what is on disk."""

    findings: list[Finding] = Field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether no finding is an error."""
        return not any(finding.severity == "error" for finding in self.findings)


class StepReceipt(Strict):
    """One skill's run within a stage."""

    skill: str
    seconds: float
    decided: list[Decided] = Field(default_factory=list, description="who answered its questions, if not rules alone")


class AttemptRecord(Strict):
    """A stage was begun; written before any work, so that a crash counts."""

    kind: Literal["attempt"] = "attempt"
    stage: str
    attempt: int
    at: str


class CodeRecord(Strict):
    """A stage has changed the project's code; written at each change, so that one who is killed has still made it."""

    kind: Literal["code"] = "code"
    stage: str
    code_before: str
    code_after: str


class WorkRecord(Strict):
    """A stage's steps have run; written before its artifact is put in place, lest a crash look like a hand edit."""

    kind: Literal["work"] = "work"
    stage: str
    attempt: int
    inputs: dict[str, str] = Field(description="the fingerprint, part by part, so that staleness names its cause")
    code_before: str = Field(default="", description="the digest of the project's code, where the stage works on it")
    code_after: str = ""
    file_hash: str = Field(description="of the artifact's file without the user's notes")
    engine: EngineName
    steps: list[StepReceipt]


class Receipt(Strict):
    """The proof that a stage ran and was judged."""

    kind: Literal["receipt"] = "receipt"
    stage: str
    file: str
    passed: bool
    findings: list[Finding]
    inputs: dict[str, str]
    file_hash: str
    content_hash: str
    adopted: bool = Field(description="whether a person's edit was judged, not the stage's own work")
    attempt: int
    at: str


class ResetRecord(Strict):
    """The stage's receipt no longer counts (`resume --from`, `--regenerate`)."""

    kind: Literal["reset"] = "reset"
    stage: str
    file_hash: str | None = Field(description="of the version that was dropped and archived; it is no edit any more")
    at: str
