"""The gates for a model's code: lint, types, layers, the reviewer's checks and all proofs, in a copy of the project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from agents.coder.writing.bounds import TESTS
from agents.reviewer.checks import CHECKS
from agents.reviewer.review import Ask, inspect
from agents.reviewer.subject import Subject, package_of, reviewed
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.review import ReviewFinding
from framework.messages import Lang
from framework.runtime.codetree import CodeTree
from framework.runtime.proofs import Ask as Asking
from framework.runtime.restricted import Limits, asking_within
from framework.runtime.tools import tried
from framework.runtime.venvs import Venv
from framework.runtime.workspace import Workspace

PROOF = ["python", "-m", "pytest", "-q", TESTS]
_LIMITS = Limits(wall_s=1800, memory_bytes=16 << 30)
_MOST_SAID = 3
Texts = Mapping[str, str]


@dataclass(frozen=True)
class Gates:
    """What new files must pass. `asking` runs a tool in bounds: what a model wrote is not trusted with the machine."""

    workspace: Workspace
    venv: Venv
    proofs: Sequence[list[str]]
    asking: Asking = field(default_factory=lambda: asking_within(_LIMITS))

    def styled(self, tree: CodeTree, texts: Texts) -> dict[str, str]:
        """The files with ruff's own safe corrections and layout: style is no reason to refuse anything."""
        ruff, names = ["python", "-m", "ruff"], sorted(texts)
        commands = [[*ruff, "check", "--fix-only", "--exit-zero", *names], [*ruff, "format", *names]]
        after = tried(self.venv, tree.with_changes(texts), commands)
        return {name: after.texts.get(name, texts[name]) for name in names}

    def refusals(self, tree: CodeTree, texts: Texts) -> list[str]:
        """Why the files cannot stay; nothing where every gate passes with them."""
        with self.workspace.scratch() as copy:
            root = copy.files.root
            after = CodeTree(root, tree.with_changes(texts).files)
            after.write(root)
            found = findings(tree, after, texts, partial(self.asking, self.venv, root), self.workspace.run.lang)
            return found or failures(copy.prove(self.venv, [*self.proofs, PROOF], _LIMITS))


def findings(before: CodeTree, after: CodeTree, texts: Texts, asking: Ask, lang: Lang) -> list[str]:
    """What linters, types and the reviewer's checks find that they did not find without the files."""
    subject = Subject(reviewed(before), package_of(before), None, lang)
    known = {_key(one) for check in CHECKS.values() for one in check(subject)}
    report = inspect(replace(subject, tree=reviewed(after)), asking)
    new = [one for one in report.findings if one.file in texts or (one.check in CHECKS and _key(one) not in known)]
    broken = [
        one for one in report.findings if one not in new and one.file == "pyproject.toml" and one.check not in CHECKS
    ]
    return [f"{one.check}: {one.file}:{one.line or 1}: {one.evidence}" for one in [*new, *broken]][:_MOST_SAID]


def _key(one: ReviewFinding) -> tuple[str, str, str]:
    return one.check, one.file, one.evidence


def failures(receipts: Sequence[CommandReceipt]) -> list[str]:
    """What the proofs say that did not pass."""
    lost = [one for one in receipts if not one.passed]
    return [f"tests: {' '.join(one.command)}: {one.proved}: {one.tail[-400:]}" for one in lost][:_MOST_SAID]
