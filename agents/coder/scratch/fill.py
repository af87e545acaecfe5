"""The context that a project from nothing is rendered from, and the account of what became of every requirement."""

from __future__ import annotations

from agents.coder.scratch.account import account
from agents.coder.scratch.case import Case, Covered, Made
from agents.coder.scratch.fitting import fitted
from agents.coder.scratch.identity import goal_of, identity_of
from agents.coder.scratch.machine import device_of
from agents.coder.scratch.runs import stage_of
from agents.coder.scratch.serving import service_of
from agents.coder.scratch.settings import stated_in
from agents.coder.scratch.shape import mini_model_of, mini_tokenizer_of, model_of, tokenizer_of
from agents.coder.scratch.sources import Supply, supply_for, tasks_of
from agents.coder.scratch.topics import prompts_for
from agents.coder.scratch.wants import features_in, speech_of
from framework.artifacts.base import Strict
from framework.artifacts.requirements import Requirements
from framework.artifacts.tech import Tech, Unmet
from framework.errors import InvalidDocument
from framework.messages import say
from framework.rendering.context import ScratchContext
from framework.runtime.userdata import DataFacts


class Filled(Strict):
    """A context, and where each requirement stands in it or why it does not."""

    context: ScratchContext
    covered: list[Covered]
    unmet: list[Unmet]


def fill(wanted: Requirements, tech: Tech, facts: DataFacts | None, request: str = "") -> Filled:
    """The context for tech.md's recommended candidate, which is trained from nothing.

    `request` is the user's own text: words that fill no slot (a tokenizer, a kind of attention) stand only there.
    """
    case = _case(wanted, tech, facts, request)
    supplies = [supply_for(case, task) for task in tasks_of(case)]
    made = Made(case, _context(case, supplies))
    outcomes = account(made, supplies)
    return Filled(
        context=made.context,
        covered=[outcome for outcome in outcomes if isinstance(outcome, Covered)],
        unmet=[outcome for outcome in outcomes if isinstance(outcome, Unmet)],
    )


def _case(wanted: Requirements, tech: Tech, facts: DataFacts | None, request: str) -> Case:
    choice = tech.choice
    if choice is None or choice.method != "scratch" or choice.shape is None or choice.training is None:
        lang = wanted.language
        message = say(lang, "scratch.no_scratch", name=tech.recommended)
        raise InvalidDocument(message, say(lang, "scratch.no_scratch_hint"))
    speech = speech_of(wanted, request)
    case = Case(wanted, tech, choice, choice.shape, choice.training, facts, features_in(speech), speech)
    return fitted(case, stated_in(speech))


def _context(case: Case, supplies: list[Supply]) -> ScratchContext:
    model, tokenizer = model_of(case), tokenizer_of(case)
    return ScratchContext(
        identity=identity_of(case),
        device=device_of(case.machine),
        offline=case.offline,
        goal=goal_of(case),
        model=model,
        mini_model=mini_model_of(case),
        tokenizer=tokenizer,
        mini_tokenizer=mini_tokenizer_of(case),
        stages=[stage_of(case, supply) for supply in supplies],
        prompts=prompts_for(case, supplies[0]),
        service=service_of(case, model, tokenizer.vocab_size),
    )
