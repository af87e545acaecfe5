"""Stage rules: the project's owner sees the key rules and inherits or customises them; every decision is logged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from agents.planner.conventions.choices import ADDED, CHOICES, FILE, by_person, chosen, given_text
from agents.planner.conventions.documents import Stated, added_rules, listed_rules
from agents.planner.conventions.enforcing import combined, enforced_block, obeyed
from agents.planner.conventions.history import Decided, continued
from agents.planner.conventions.settling import Settlement, settle
from agents.planner.conventions.writing import LOCAL_MARKER, inherited_text, local_text
from framework.artifacts.base import Question, sha256
from framework.artifacts.project_rules import CHOICE, INHERITED, LOCAL, SOURCE, Change, Choice, Enforced, Rule, Rules
from framework.artifacts.records import Answers
from framework.artifacts.venv_spec import VenvSpec
from framework.engines.base import Engine
from framework.knowledge.specs import SpecDocument, given_document
from framework.messages import Lang, say
from framework.runtime.workspace import Workspace

_MARKERS = (f"<!-- foundry spec: {SOURCE} -->", LOCAL_MARKER)
_SHOWN, _LONGEST = 8, 160


@dataclass(frozen=True)
class Given:
    """All that the stage goes by."""

    source: SpecDocument
    own: SpecDocument  # the person's file; empty where there is none
    answers: Answers
    choice: Choice
    lang: Lang

    @property
    def replaces(self) -> bool:
        """A file that calls itself CLAUDE.md, or what this stage made of it, stands for all rules; others add to them."""
        return self.choice == "customise" and self.own.text.startswith(_MARKERS)

    @property
    def added(self) -> list[Stated]:
        """The rules that the person gave, without those that hold already."""
        if self.choice != "customise":
            return []
        texts = ("" if self.replaces else self.own.text, given_text(self.answers, ADDED))
        known = {rule.text.casefold() for rule in self.listed}
        return [rule for text in texts for rule in added_rules(text) if rule.text.casefold() not in known]

    @property
    def basis(self) -> SpecDocument:
        """The document that is inherited or added to."""
        return self.own if self.replaces else self.source

    @property
    def listed(self) -> list[Stated]:
        """Its rules."""
        return listed_rules(self.basis.text)


def run(workspace: Workspace, engine: Engine) -> None:
    """Write rules.md and, once all is decided, the file at the project's root."""
    previous = workspace.previous(Rules)
    source = workspace.spec(SOURCE)
    own = given_document(FILE, given_text(workspace.answers, FILE).removeprefix("\ufeff"))
    given = Given(source, own, workspace.answers, chosen(workspace.answers, previous), workspace.run.lang)
    workspace.announce("rules.reading", file=SOURCE, count=len(given.listed))
    if given.choice == "inherit" and any(given_text(given.answers, question) for question in (ADDED, FILE)):
        workspace.announce("rules.unused")
    settled = settle(given.listed, given.added, workspace.answers, previous, engine, given.lang)
    enforced = _enforced(given, settled)
    questions = [*_questions(given), *settled.questions]
    is_open = any(question.is_open for question in questions)
    file, text = ("", "") if is_open else _resulting(given, settled, enforced)
    rules = Rules(
        project=workspace.read(VenvSpec).project,
        choice=given.choice,
        file=file,
        sha256=sha256(text) if file else "",
        source_sha256=sha256(source.text),
        rules=list(_rules(given, settled)),
        enforced=enforced,
        idle_paths=enforced.idle(workspace.code().files),
        conflicts=settled.conflicts,
        questions=questions,
        changes=_log(given, settled, enforced, previous) if not is_open else (previous.changes if previous else []),
    )
    if file:
        _put(workspace, file, text, previous)
    workspace.write(rules)


def _put(workspace: Workspace, file: str, text: str, previous: Rules | None) -> None:
    """One of the two files stands at the root, and never both. What a hand has made of it is in the history."""
    tree = workspace.code()
    other = INHERITED if file == LOCAL else LOCAL
    if previous and file == previous.file and sha256(tree.texts.get(file, "")) not in (previous.sha256, sha256(text)):
        workspace.announce("rules.replaced", file=file)
    if other in tree.files:
        workspace.announce("rules.switched", file=file, other=other)
    if tree.texts.get(file) != text or other in tree.files:
        workspace.put({file: text}, f"rules: {file}", over=tree, gone=[other])


def _resulting(given: Given, settled: Settlement, enforced: Enforced) -> tuple[str, str]:
    if given.choice == "inherit":
        return INHERITED, inherited_text(sha256(given.source.text), given.lang)
    left = {rule.text for rule in settled.existing}
    dropped = [rule.text for rule in given.listed if rule.text not in left]
    return LOCAL, local_text(given.basis.text, dropped, settled.added, enforced, given.lang)


def _enforced(given: Given, settled: Settlement) -> Enforced:
    """The blocks of the documents, then every rule that stands, the added ones last."""
    blocks = [_set(enforced_block(given.basis))]
    if given.choice == "customise" and not given.replaces:
        blocks.append(_set(enforced_block(given.own)))
    return combined([*blocks, *(obeyed(rule.text) for rule in (*settled.existing, *settled.added))])


def _set(enforced: Enforced) -> dict[str, Any]:
    return enforced.model_dump(exclude_unset=True)


def _rules(given: Given, settled: Settlement) -> Iterator[Rule]:
    projects = {rule.text for rule in listed_rules(given.source.text)}
    for rule in (*settled.existing, *settled.added):
        origin: Literal["project", "added"] = "project" if rule.text in projects else "added"
        yield Rule(section=rule.section, text=rule.text, origin=origin, enforced=sorted(obeyed(rule.text)))


def _questions(given: Given) -> Iterator[Question]:
    """Whether to inherit; and, where rules are to be added and none have come, which."""
    lang, answers = given.lang, given.answers.answers
    if given.choice != "customise" or CHOICE in answers:
        answer = answers.get(CHOICE)
        yield Question(
            id=CHOICE,
            slot=CHOICE,
            text=say(lang, "rules.ask_choice", file=SOURCE, count=len(given.listed), rules=_key_rules(given)),
            why=say(lang, "rules.why_choice"),
            choices=[say(lang, f"rules.choice_{choice}") for choice in CHOICES],
            default=say(lang, "rules.choice_inherit"),
            answer=answer.text if answer else None,
            score=1.0 if by_person(answer) else 0.5,
            strategy=say(lang, "rules.default_choice") if answer and answer.text is None else "",
        )
    for question in (ADDED, FILE):
        text = given_text(given.answers, question)
        waits = question == ADDED and given.choice == "customise" and not given_text(given.answers, FILE)
        if text or (waits and question not in answers):
            yield Question(
                id=question,
                slot=question,
                text=say(lang, "rules.ask_added"),
                why=say(lang, "rules.why_added"),
                answer=text or None,
                score=1.0 if text else 0.0,
            )


def _key_rules(given: Given) -> str:
    """What must never be done is what matters most; then the rest in its order."""
    ranked = sorted(given.listed, key=lambda rule: not rule.text.startswith(("Never", "不", "禁止", "绝不")))
    shown = [rule.text if len(rule.text) <= _LONGEST else f"{rule.text[:_LONGEST]}…" for rule in ranked[:_SHOWN]]
    return "\n".join(f"- {text}" for text in shown)


def _log(given: Given, settled: Settlement, enforced: Enforced, previous: Rules | None) -> list[Change]:
    decided = list(_decided(given, settled, enforced))
    return continued(previous.changes if previous else [], decided, say(given.lang, "rules.reason_withdrawn"))


def _decided(given: Given, settled: Settlement, enforced: Enforced) -> Iterator[Decided]:
    """Everything that was decided, each with its reason."""
    lang, answers = given.lang, given.answers.answers
    person = by_person(answers.get(CHOICE)) or given.choice == "customise"
    why = say(lang, "rules.reason_person" if person else "rules.reason_default")
    yield Decided(CHOICE, "", given.choice, "person" if person else "default", why)
    for conflict in settled.conflicts:
        answer = answers.get(conflict.question)
        by = by_person(answer)
        reason = say(lang, "rules.reason_conflict" if by else "rules.reason_stricter", why=conflict.why)
        yield Decided(conflict.question, conflict.existing, conflict.settled, "person" if by else "default", reason)
    held = {rule.text for rule in (*settled.existing, *settled.added)}
    for rule in listed_rules(given.source.text):
        if rule.text not in held:
            yield Decided(rule.text, rule.text, "-", "person", say(lang, "rules.reason_dropped"))
    for one in _rules(given, settled):
        if one.origin == "added":
            yield Decided(f"+ {one.text}", "", one.text, "person", say(lang, "rules.reason_added"))
    yield from _tightened(given, enforced)


def _tightened(given: Given, enforced: Enforced) -> Iterator[Decided]:
    """What the program enforces otherwise than CLAUDE.md has it."""
    inherited = combined(
        [_set(enforced_block(given.source)), *(obeyed(rule.text) for rule in listed_rules(given.source.text))]
    )
    for key in Enforced.model_fields:
        before, after = str(getattr(inherited, key)), str(getattr(enforced, key))
        if before != after:
            yield Decided(f"enforced.{key}", before, after, "person", say(given.lang, "rules.reason_enforced"))
