"""The llm engine: a model is asked, code judges the answer, and where it cannot stand the rule answers and says why.

What ends an answer is one word (a Trouble or a Flaw), after a colon perhaps what code has seen. It is kept with the
decision; whoever shows it says it in the reader's language.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from framework.artifacts.base import Decided
from framework.artifacts.records import EngineName
from framework.engines.base import Announce, Ask, C, D, unheard
from framework.engines.decisions import Decisions
from framework.engines.llm.asking import Asked, Endpoint
from framework.engines.llm.parsing import Complaints, read_reply
from framework.engines.llm.prompting import MOST_TOKENS, Prompt, Prompts, repair
from framework.engines.llm.settings import LlmSettings
from framework.engines.llm.spending import Journal
from framework.engines.llm.terms import Trouble, WireError
from framework.engines.llm.wire import unstopped

ROUNDS: Final = 2  # the question, and once more with what was wrong
OUTAGES: Final[frozenset[Trouble]] = frozenset(
    {"broken", "deadline", "too_long", "malformed", "rate_limit", "server", "bad_request"}
)
_PATIENCE: Final = 2  # questions in a row that an endpoint may leave unanswered before it is left alone
_TOLD = 160
_CODE: Final = frozenset({"coder.write_code", "coder.diagnose"})  # what is run afterwards, on the user's word alone


class LlmEngine:
    """Answers an Ask by a model, as far as code lets its answer stand; else by the rule."""

    name: EngineName = "llm"

    def __init__(
        self,
        settings: LlmSettings,
        decisions: Decisions,
        journal: Journal,
        announce: Announce = unheard,
        stopped: Callable[[], None] = unstopped,
        prompts: Prompts | None = None,
    ) -> None:
        self._settings = settings
        self._decisions = decisions
        self._announce = announce
        self._prompts = prompts or Prompts()
        self._endpoint = Endpoint(settings, journal, announce, stopped)
        self._unanswered = 0

    @property
    def decided(self) -> Sequence[Decided]:
        return self._decisions.decided

    def decide(self, ask: Ask[C, D]) -> D:
        """The decision: known, or the model's, or the rule's."""
        prompt = self._prompts.prompt(ask) if self._may_answer(ask.kind) else None
        model = "" if prompt is None else self._settings.model_for(ask.role)
        known = self._decisions.recall(ask, model)
        if known is not None:
            return known
        if prompt is None:
            return self._decisions.keep(ask, ask.rule(ask.context))
        answer = self._answer(ask, prompt, model)
        if not isinstance(answer, str):
            return self._decisions.keep(ask, answer, model)
        self._announce("llm.rule", kind=ask.kind, why=answer)
        return self._decisions.keep(ask, ask.rule(ask.context), why=answer)

    def _may_answer(self, kind: str) -> bool:
        return self._settings.writes_code or kind not in _CODE

    def _answer(self, ask: Ask[C, D], prompt: Prompt, model: str) -> D | str:
        """The model's decision, or why there is none."""
        if self._unanswered >= _PATIENCE:
            return "silent"
        if prompt.tokens > MOST_TOKENS:
            return "context_length"
        talk = prompt.messages
        why = ""
        for _ in range(ROUNDS):
            try:
                reply = self._endpoint.ask(Asked(ask.kind, model, talk, prompt.schema))
            except WireError as error:
                self._unanswered += error.trouble in OUTAGES
                return error.trouble
            self._unanswered = 0
            found = read_reply(reply, ask.output)
            if not isinstance(found, Complaints):
                found = self._judged(ask, found)
            if not isinstance(found, Complaints):
                return found
            why = f"{found.flaw}: {found.lines[0][:_TOLD]}"
            if found.flaw == "refused":
                break
            talk = (*prompt.messages, *repair(reply.text, found))
        return why

    def _judged(self, ask: Ask[C, D], decision: D) -> D | Complaints:
        text = decision.model_dump_json()
        if text != self._settings.without_key(text):  # an escape sequence hides it from whoever reads bytes
            return Complaints("faults", ("the answer holds a secret of this machine",))
        faults = ask.faults(ask.context, decision)
        return Complaints("faults", tuple(faults)) if faults else decision
