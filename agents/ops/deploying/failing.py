"""A deployment that failed, told so that somebody can go on: the report, the issue and the log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agents.ops.deploying.subject import STAGE
from framework.artifacts.deployment import Attempt, Deployment
from framework.artifacts.markdown import bullets, text
from framework.messages import say

_SHOWN = 40  # lines of the log
ISSUES = "reports/issues"
_OPEN = "\nstate: open\n"
_BY_HAND = {"bad_weights": "image", "missing_library": "image", "image_gone": "image"}  # the stage to begin again with


def closed(issues: Mapping[str, str], at: str) -> dict[str, str]:
    """Those of the issues that stood open, now that the service runs."""
    now = f"\nstate: closed\nclosed: {at}\n"
    return {path: text.replace(_OPEN, now, 1) for path, text in issues.items() if _OPEN in text}


@dataclass(frozen=True)
class Incident:
    """One failure."""

    deployment: Deployment
    log: str
    number: int
    issue_number: int

    @property
    def report(self) -> str:
        return f"reports/docker_error_report_{self.number}.md"

    @property
    def log_file(self) -> str:
        return f"reports/docker_error_{self.number}.log"

    @property
    def issue(self) -> str:
        return f"{ISSUES}/{self.issue_number:04}-{STAGE}-{self._last.trouble.replace('_', '-')}.md"

    @property
    def texts(self) -> dict[str, str]:
        """The three files by their paths."""
        return {self.report: self._report(), self.issue: self._issue(), self.log_file: self.log.rstrip() + "\n"}

    @property
    def _last(self) -> Attempt:
        return self.deployment.attempts[-1]

    def _say(self, key: str, **fields: object) -> str:
        service = self.deployment.service
        known = {"image": service.image, "limit": f"{service.bounds.memory_mb} MiB", "weights": text(service.weights)}
        return say(self.deployment.language, f"deploy.{key}", **known, **fields)

    def _diagnosis(self) -> str:
        return self._say(f"trouble_{self._last.trouble}")

    def _next(self) -> list[str]:
        stage = _BY_HAND.get(self._last.trouble, STAGE)
        return [self._say(f"next_{self._last.trouble}"), self._say("next_resume", stage=stage)]

    def _report(self) -> str:
        parts = [
            f"# {self._say('error_title', number=self.number, title=text(self.deployment.project.title))}",
            self._say("error_facts", at=self.deployment.at, node=text(self.deployment.engine.node)),
            f"## {self._say('error_diagnosis')}",
            self._diagnosis(),
            self._say("error_sign", sign=text(self._last.sign)),
            f"## {self._say('error_tries')}",
            bullets(self._tried(one) for one in self.deployment.attempts),
            f"## {self._say('error_next')}",
            bullets(self._next()),
            f"## {self._say('error_log', file=self.log_file)}",
            "\n".join(f"    {line}" for line in self.log.splitlines()[-_SHOWN:]) or "    -",
        ]
        return "\n\n".join(parts) + "\n"

    def _tried(self, one: Attempt) -> str:
        tried = self._say(f"tried_{one.repair}", value=one.value)
        return f"`{one.trouble}`: {text(one.sign)} — {tried}"

    def _issue(self) -> str:
        head = [
            "---",
            f"id: {self.issue_number}",
            f"stage: {STAGE}",
            f"trouble: {self._last.trouble}",
            "state: open",
            f"opened: {self.deployment.at}",
            f"report: {self.report}",
            "---",
        ]
        parts = [
            "\n".join(head),
            f"# {self._say('issue_title', trouble=self._last.trouble)}",
            self._diagnosis(),
            bullets(self._next()),
            self._say("issue_more", report=self.report, log=self.log_file),
        ]
        return "\n\n".join(parts) + "\n"
