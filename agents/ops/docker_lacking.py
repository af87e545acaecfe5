"""What of docker is missing, what brings it here, and whether foundry may do so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from framework.artifacts.base import Question
from framework.errors import MissingOutside
from framework.messages import LANGUAGES, Lang, say
from framework.runtime.docker import Engine, EngineFacts, EngineMissing, engine
from framework.runtime.docker.endpoint import Source, endpoint
from framework.runtime.docker.installation import Part, Steps, engine_is_installed, in_wsl, steps
from framework.runtime.workspace import Workspace

INSTALL = "docker-env.install"
Word = Literal["yes", "no"]
_PARTS: dict[str, Part] = {"refused": "start", "denied": "permission"}


@dataclass(frozen=True)
class Standing:
    """An engine that has all that foundry needs."""

    engine: Engine
    facts: EngineFacts


@dataclass(frozen=True)
class Lack:
    """What is missing, in a sentence's key and fields, and the parts of docker that would mend it."""

    key: str
    fields: dict[str, str]
    steps: Steps

    def refusal(self, lang: Lang, *, wanted: bool = False) -> MissingOutside:
        """The end of the stage: what is missing and what to type; `wanted` where foundry was told to type it."""
        return MissingOutside(say(lang, self.key, **self.fields), hint="\n".join(self._hint(lang, wanted=wanted)))

    def _hint(self, lang: Lang, *, wanted: bool) -> list[str]:
        lines = [f"  {command}" for command in self.steps.shown]
        told = [say(lang, "docker_env.type_this"), *lines] if lines else [say(lang, f"{self.key}_do")]
        window = [say(lang, "docker_env.in_wsl")] if lines and in_wsl() else []
        ours = [say(lang, "docker_env.or_by_us")] if self.steps.by_us else []
        if lines and wanted and not self.steps.by_us:
            ours = [say(lang, "docker_env.not_by_us")]
        return [*told, *window, say(lang, "docker_env.then"), *ours]


def look() -> Standing | Lack:
    """The engine that is meant, with all that is needed beside it; or the first thing that is missing."""
    try:
        found = engine()
        facts = found.facts()
    except EngineMissing as missing:
        return without_engine(missing, endpoint().source if missing.reason != "context" else "context")
    if facts.compose and facts.buildkit:
        return Standing(found, facts)
    parts: list[Part] = [*_building(facts), *(() if facts.compose else ("compose",))]
    return Lack(f"docker_env.no_{parts[0]}", {"version": facts.client_version}, steps(parts))


def _building(facts: EngineFacts) -> tuple[Part, ...]:
    if facts.buildkit:
        return ()
    return ("buildx",) if facts.client_version else ("program", "buildx")


def without_engine(missing: EngineMissing, source: Source) -> Lack:
    """Only where nothing names another engine would it help to have one here."""
    parts = _parts(missing) if source == "default" else []
    fields = {"endpoint": missing.endpoint, "detail": missing.detail}
    return Lack(f"docker_env.engine_{missing.reason}", fields, steps(parts))


def _parts(missing: EngineMissing) -> list[Part]:
    if missing.reason == "absent":
        return ["start"] if engine_is_installed() else ["engine", "compose", "buildx"]
    return [_PARTS[missing.reason]] if missing.reason in _PARTS else []


def question(lang: Lang, lack: Lack, answer: str | None) -> Question:
    """Whether foundry may type the commands, all of which are shown."""
    commands = "\n".join(lack.steps.shown)
    return Question(
        id=INSTALL,
        slot=INSTALL,
        text=say(lang, "docker_env.ask", lack=say(lang, lack.key, **lack.fields), commands=commands),
        why=say(lang, "docker_env.why"),
        choices=["yes", "no"],
        default="no",
        answer=answer,
        score=1.0 if answer else 0.5,
    )


def read_word(text: str) -> Word | None:
    """Yes or no, in either language."""
    said = text.strip().casefold()
    words: tuple[Word, ...] = ("yes", "no")
    return next((word for word in words if any(said in _spellings(lang, word) for lang in LANGUAGES)), None)


def _spellings(lang: Lang, word: Word) -> list[str]:
    return say(lang, f"docker_env.word_{word}").split()


def may_install(workspace: Workspace) -> Word | None:
    """What was said; None while nobody has. A run that takes every default installs nothing."""
    if workspace.run.settings.install_docker:
        return "yes"
    answer = workspace.answers.answers.get(INSTALL)
    if answer is None:
        return None
    return read_word(answer.text) if answer.text else "no"
