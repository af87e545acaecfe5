"""The skill that writes requirements.md: understand the sentence, merge the answers, score, ask."""

from __future__ import annotations

from agents.planner.answering import merge_answers, settle
from agents.planner.asking_better import Asking
from agents.planner.given import with_device, with_own_data
from agents.planner.policy import SPEC, Policy
from agents.planner.questioning import Standing, make_questions
from agents.planner.scoring import score
from agents.planner.second_reading import Evidence, Reread, read_more, with_told
from agents.planner.understanding import Conflict, Understanding, find_conflicts, understand
from framework.artifacts.base import Strict
from framework.artifacts.requirements import Contradiction, Item, Project, Requirements
from framework.engines.base import Ask, Engine
from framework.messages import Lang
from framework.runtime.workspace import Workspace


class Wish(Strict):
    """The context of the question: the user's words, and what currencies are worth."""

    text: str
    lang: Lang
    per_usd: dict[str, float]


def run(workspace: Workspace, engine: Engine) -> None:
    """Write requirements.md."""
    policy = workspace.spec(SPEC).parse(Policy)
    wish = Wish(text=workspace.run.request, lang=workspace.run.lang, per_usd=policy.currency.per_usd)
    workspace.announce("planner.reading", characters=len(wish.text))
    understood = _proven(engine.decide(Ask("planner.understand", wish, Understanding, _rule)), wish.text)
    evidence = Evidence(wish.text, wish.lang, wish.per_usd, understood.items)
    reread = with_told(understood, read_more(engine, evidence), evidence)
    standing = _stand(reread, workspace, policy)
    workspace.announce("planner.asking", items=len(standing.items))
    questions = make_questions(standing, workspace.answers, wish.lang, policy)
    workspace.write(
        Requirements(
            project=Project(name=workspace.run.name, title=reread.understood.title, language=wish.lang),
            items=standing.items,
            questions=Asking(standing, workspace.answers, wish.lang, policy).improved(questions, wish.text, engine),
            contradictions=[_shown(conflict) for conflict in standing.conflicts],
        )
    )


def _rule(wish: Wish) -> Understanding:
    return understand(wish.text, wish.lang, wish.per_usd)


def _stand(reread: Reread, workspace: Workspace, policy: Policy) -> Standing:
    """Where things stand once every answer has been taken in: the items with their scores, and what still conflicts."""
    answers, lang, understood = workspace.answers, workspace.run.lang, reread.understood
    said = with_device(understood.items, workspace.run.settings.device)
    items = merge_answers(understood.model_copy(update={"items": said}), answers, lang, policy)
    items = with_own_data(items, workspace.user_data(), lang)
    conflicts = _union([*understood.contradictions, *reread.doubts], find_conflicts(items, understood.marks, lang))
    items = settle(items, conflicts, answers, lang, policy)
    remaining = [*find_conflicts(items, understood.marks, lang), *reread.unsettled(items)]
    conflicts = _union(conflicts, remaining)
    contested = {slot for conflict in remaining if conflict.id not in answers.answers for slot in conflict.slots}
    contested |= reread.unconfirmed(items)
    scored = [
        item.model_copy(update={"score": score(item, policy, workspace.run.request, item.slot in contested)})
        for item in items
    ]
    doubts = frozenset(doubt.id for doubt in reread.doubts)
    return Standing(scored, conflicts, frozenset(conflict.id for conflict in remaining), doubts)


def _union(first: list[Conflict], second: list[Conflict]) -> list[Conflict]:
    return list({conflict.id: conflict for conflict in (*second, *first)}.values())


def _proven(understood: Understanding, text: str) -> Understanding:
    """Without the values whose evidence does not stand in the text, whatever engine claims them."""
    items = [item for item in understood.items if _has_evidence(item, text)]
    return understood.model_copy(update={"items": items})


def _has_evidence(item: Item, text: str) -> bool:
    if item.provenance == "stated":
        return item.quote is not None and item.quote != "" and item.quote in text
    return item.provenance == "inferred" and (item.quote is None or item.quote in text)


def _shown(conflict: Conflict) -> Contradiction:
    return Contradiction(slots=conflict.slots, why=conflict.why, options=[option.text for option in conflict.options])
