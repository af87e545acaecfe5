"""The loop: a failure, a repair, the same command again, until nothing fails or nothing helps.

Each repair is one commit. One that does not change the failure, makes it worse, or breaks a test that passed is taken
back with another commit. Everything that was tried, and refused, is told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from agents.coder.debugging.account import attempt, diff_of, execution, problem, reason, shortened
from agents.coder.debugging.by_model.proposals import Diagnose, nobody
from agents.coder.debugging.consent import asked, consent, question_id
from agents.coder.debugging.failure import Failure, read_failure
from agents.coder.debugging.guards.violations import violations
from agents.coder.debugging.matching import proposals
from agents.coder.debugging.playbook import Playbook
from agents.coder.debugging.scene import Proposal, Scene
from agents.coder.debugging.training import Job, Seen, look, look_again, run_fast
from framework.artifacts.base import Question
from framework.artifacts.bugfix import Outcome, Problem, Try
from framework.artifacts.project_rules import Enforced
from framework.artifacts.records import Device
from framework.messages import say
from framework.runtime import repair_journal
from framework.runtime.codetree import CodeTree
from framework.runtime.suites import passing_before
from framework.runtime.venvs import Venv

Remake = Callable[[str], Venv]


def is_suspicious(seen: Seen, after: Seen, one: Try) -> bool:
    """Whether what fails now fails in the same way and place as before, or in a line that the repair has written."""
    if seen.failure is None or after.failure is None or after.failure.where is None:
        return False
    was, now = seen.failure, after.failure
    same = was.where is not None and (was.kind, was.where.file, was.where.function) == (
        now.kind,
        after.failure.where.file,
        after.failure.where.function,
    )
    written = {line[1:].strip() for line in one.diff.splitlines() if line.startswith("+")}
    return same or after.failure.where.code.strip() in written


def _made(proposal: Proposal) -> str:
    return f"debug: {proposal.title}"


def _undone(proposal: Proposal) -> str:
    return f"debug: taken back: {proposal.title}"


@dataclass
class Mending:
    """One run of the stage. `remake` makes the environment or the mini dataset again and gives the environment.

    `owed`: an earlier run of the stage changed something that not all tests have judged. `diagnose`: who is asked for
    a repair where the rules have none.
    """

    job: Job
    playbook: Playbook
    proven: Mapping[str, str]
    enforced: Enforced
    remake: Remake
    device: Device = "cpu"
    diagnose: Diagnose = nobody
    problems: list[Problem] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    owed: bool = False
    made: int = 0
    waits: bool = False

    @property
    def most(self) -> int:
        """How many repairs may be tried in all: the rules may demand fewer than the playbook."""
        limits = (self.playbook.limits.attempts, self.enforced.max_attempts)
        return min(limit for limit in limits if limit is not None)

    @property
    def repaired(self) -> bool:
        """Whether anything was changed for good."""
        return self.owed or any(one.repair for one in self.problems)

    def warnings(self, seen: Seen) -> list[str]:
        """What the last epoch warned of."""
        return read_failure(seen.trained, self.job.workspace.files.root).warnings

    def run(self) -> Seen:
        """Look, and mend what fails, as long as that goes on."""
        seen = look(self.job)
        while seen.failure is not None:
            after = self._mend(seen, seen.failure)
            if after is None or self.waits:
                return after or seen
            seen = after
        return seen

    def _mend(self, seen: Seen, failure: Failure) -> Seen | None:
        """Try one repair after the other until one helps: what is seen then. None if none does."""
        place, tries = len(self.problems), list[Try]()
        tree = self.job.workspace.code()
        scene = self._scene(failure, tree)
        helped: Seen | None = None
        for proposal in self._within_limits(self._offered(scene, tries)):
            if any(one.entry == proposal.entry and one.outcome == "unchanged" for one in tries):
                continue
            one, after = self._try(proposal, seen, failure, tree)
            if after and is_suspicious(seen, after, one):
                one, after = self._follow(proposal, one, after)
            tries.append(one)
            helped = after
            if after or self.waits:
                break
        self.problems.insert(place, self._told(scene, seen, tries, helped))
        return helped

    def _follow(self, proposal: Proposal, one: Try, after: Seen) -> tuple[Try, Seen | None]:
        """A failure where the repair was made may be of its making: if that cannot be mended, the repair goes too."""
        place = len(self.problems)
        deeper = self._mend(after, after.failure) if after.failure else after
        if deeper or self.waits:
            return one, deeper or after
        del self.problems[place:]
        reverted = self._take_back(proposal, one.commit)
        return one.model_copy(update={"outcome": "led_nowhere", "reverted": reverted}), None

    def _told(self, scene: Scene, seen: Seen, tries: list[Try], helped: Seen | None) -> Problem:
        known, is_guess = reason(scene, self.playbook)
        best = next((one for one in reversed(tries) if one.outcome in ("mended", "asked")), None)
        return problem(scene.failure, seen.ran).model_copy(
            update={
                "why": best.why if best else known,
                "guess": best.guess if best else is_guess,
                "tries": tries,
                "state": "fixed" if helped else "open",
                "proof": execution(helped.trained) if helped else None,
            }
        )

    def _offered(self, scene: Scene, tries: list[Try]) -> Iterator[Proposal]:
        """What the rules propose. Once they have nothing more, or one last attempt is left, a model is asked."""
        last = max(self.made + 1, self._until - 1)
        ruled = proposals(scene, self.playbook)
        while self.made < last and (one := next(ruled, None)):
            yield one
        yield from self.diagnose(scene, tries)
        yield from ruled

    @property
    def _until(self) -> int:
        """How many repairs may have been tried when those of the next failure are."""
        return min(self.most, self.made + self.playbook.limits.per_failure)

    def _within_limits(self, offered: Iterator[Proposal]) -> Iterator[Proposal]:
        until = self._until
        while self.made < until:
            proposal = next(offered, None)
            if proposal is None:
                return
            yield proposal

    def _scene(self, failure: Failure, tree: CodeTree) -> Scene:
        return Scene(
            failure=failure,
            tree=tree,
            proven=self.proven,
            config=self.job.config,
            overrides=list(self.job.overrides),
            python=self.job.venv.python,
            modules=self.job.venv.modules(),
            lang=self.job.workspace.run.lang,
            device=self.device,
        )

    def _try(self, proposal: Proposal, seen: Seen, failure: Failure, tree: CodeTree) -> tuple[Try, Seen | None]:
        diff = diff_of(tree, proposal.texts)
        if refused := self._refused(proposal, tree):
            return attempt(proposal, diff, "refused", said=refused), None
        workspace, question = self.job.workspace, question_id(proposal, diff)
        each = self.enforced.confirm_every_repair
        word = consent(workspace.answers, question, each=each, yes=workspace.yes)
        if word is None or question in workspace.answers.answers:
            cause = say(workspace.run.lang, "debug.why_asked", error=failure.error, message=failure.message)
            self.questions.append(
                asked(workspace.run.lang, question, proposal, diff, cause, workspace.answers, each=each)
            )
        if word is None:
            self.waits = True
            return attempt(proposal, diff, "asked", asked=question), None
        if word == "no":
            return attempt(proposal, diff, "declined", asked=question), None
        one, after = self._apply(proposal, diff, seen, tree)
        return one.model_copy(update={"asked": question}), after

    def _refused(self, proposal: Proposal, tree: CodeTree) -> list[str]:
        """Why it is no honest repair, or one that the rules of the project forbid."""
        lang = self.job.workspace.run.lang
        after = tree.with_changes(proposal.texts)
        broken = violations(tree, after, lang, proven=self.proven, requirement=proposal.requirement)
        broken += [say(lang, "debug.forbidden", file=name) for name in proposal.texts if self.enforced.forbids(name)]
        if proposal.kind == "dependency" and self.enforced.no_new_dependencies:
            broken.append(say(lang, "debug.no_new_dependencies"))
        return broken

    def _apply(self, proposal: Proposal, diff: str, seen: Seen, tree: CodeTree) -> tuple[Try, Seen | None]:
        workspace = self.job.workspace
        workspace.announce("debug.repairing", title=proposal.title)
        if diff:
            workspace.announce("debug.changing", diff=shortened(diff))
        self.made += 1
        self._write_down(proposal, diff, seen)
        commit = workspace.put(proposal.texts, _made(proposal), over=tree) if proposal.texts else ""
        self._make_again(proposal)
        after = look_again(self.job, seen)
        if (outcome := self._no_help(seen, after)) is not None:
            return attempt(proposal, diff, outcome, commit=commit, reverted=self._take_back(proposal, commit)), None
        after, broken = self._tests_broken(after, tree)
        if broken:
            reverted = self._take_back(proposal, commit)
            return attempt(proposal, diff, "broke_tests", commit=commit, reverted=reverted, said=sorted(broken)), None
        return attempt(proposal, diff, "mended", commit=commit), after

    def _write_down(self, proposal: Proposal, diff: str, seen: Seen) -> None:
        """Before it is made: a run that is killed after that leaves the repair, and the next one has to tell of it."""
        if proposal.texts and seen.failure:
            tried = attempt(proposal, diff, "interrupted")
            known = {"why": proposal.why, "guess": proposal.guess, "tries": [tried]}
            found = problem(seen.failure, seen.ran).model_copy(update=known)
            files = self.job.workspace.files
            repair_journal.note(files, found, proposal.texts, _made(proposal), _undone(proposal))

    def _no_help(self, seen: Seen, after: Seen) -> Outcome | None:
        if after.failure is None:
            return None
        if seen.failure and after.failure.signature == seen.failure.signature:
            return "unchanged"
        known = {one.signature for one in self.problems if one.state == "fixed"}
        return "worse" if after.progress < seen.progress or after.failure.signature in known else None

    def _tests_broken(self, after: Seen, before: CodeTree) -> tuple[Seen, Collection[str]]:
        """The fast tests that fail now and did not fail before the repair."""
        suite = after.suite or run_fast(self.job)
        failed = sorted(suite.failed)
        broken = passing_before(self.job.venv, before, failed, self.job.limits) if failed else frozenset()
        return replace(after, suite=suite), broken

    def _take_back(self, proposal: Proposal, commit: str) -> str:
        workspace = self.job.workspace
        workspace.announce("debug.taking_back", title=proposal.title)
        reverted = workspace.revert(commit, _undone(proposal)) if commit else ""
        self._make_again(proposal)
        return reverted

    def _make_again(self, proposal: Proposal) -> None:
        """What depends on the files that were changed."""
        if proposal.again:
            self.job = replace(self.job, venv=self.remake(proposal.again))
