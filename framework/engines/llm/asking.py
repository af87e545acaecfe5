"""One question to the endpoint: the budget first, then the call with its retries, each try in the journal."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from framework.engines.base import Announce, unheard
from framework.engines.llm.capabilities import Memory, lowered
from framework.engines.llm.prompting import estimated_tokens
from framework.engines.llm.retrying import persistently
from framework.engines.llm.settings import OPENAI_HOST, LlmSettings
from framework.engines.llm.spending import Journal, check_budget, line, price_of
from framework.engines.llm.terms import Abilities, Message, Reply, Request, Trouble, WireError
from framework.engines.llm.wire import call, load_client, unstopped
from framework.errors import LlmUnusable

STOPPING: Final[frozenset[Trouble]] = frozenset(
    {"unreachable", "unauthorized", "forbidden", "not_found", "redirected", "quota"}
)
_FREE: Final[frozenset[Trouble]] = STOPPING | {"rate_limit", "server", "bad_request", "context_length"}
_HINTS: Final[dict[Trouble, str]] = {
    "unreachable": "Is the server running, and are address (OPENAI_BASE_URL, or llm.base_url) and proxy right?",
    "unauthorized": "Put the right key into the environment variable {variable}.",
    "forbidden": "The key has no right to this model: use another key or another model.",
    "not_found": "Is the model's name one that the endpoint lists, and does the address end with /v1?",
    "redirected": "Name the address that it leads to as OPENAI_BASE_URL, if it is the right one.",
    "quota": "Top up the account, or use another endpoint.",
}
_SECOND: Final = 1.0  # between two reports of how far a reply has come


@dataclass(frozen=True)
class Asked:
    """What is put to which model."""

    kind: str
    model: str
    messages: Sequence[Message]
    schema: JsonValue

    @property
    def tokens(self) -> int:
        """About how many tokens it takes to say it."""
        return sum(estimated_tokens(message["content"]) for message in self.messages)


class Endpoint:
    """The endpoint of a project: what it can do is found out as it is asked."""

    def __init__(
        self,
        settings: LlmSettings,
        journal: Journal,
        announce: Announce = unheard,
        stopped: Callable[[], None] = unstopped,
        memory: Memory | None = None,
    ) -> None:
        self._settings = settings
        self._journal = journal
        self._announce = announce
        self._stopped = stopped
        self._memory = memory or Memory()

    def ask(self, asked: Asked) -> Reply:
        """The reply. LlmUnusable where no question can be answered there, WireError where this one was not."""
        self._refuse_keyless()
        check_budget(self._settings, self._journal, asked.model, asked.tokens)
        load_client()
        self._announce("llm.asking", model=asked.model, kind=asked.kind)
        began = time.monotonic()
        until = began + self._settings.deadline_s
        try:
            reply = persistently(lambda: self._tried(asked, until), self._settings, until, self._stopped)
        except WireError as error:
            if error.trouble in STOPPING:
                raise self._unusable(error, asked.model) from error
            raise
        tokens = reply.usage.completion if reply.usage else estimated_tokens(reply.text)
        self._announce(
            "llm.answered", model=asked.model, kind=asked.kind, tokens=tokens, seconds=f"{time.monotonic() - began:.1f}"
        )
        return reply

    def _tried(self, asked: Asked, until: float) -> Reply:
        """One try, with as much as the endpoint can do; what has worked is remembered."""
        known = able = self._memory.recall(self._settings, asked.model)
        while True:
            try:
                reply = self._called(asked, able, until)
            except WireError as error:
                less = lowered(able, error)
                if less is None:
                    raise
                able = less
            else:
                if able != known:
                    self._memory.keep(self._settings, asked.model, able)
                return reply

    def _called(self, asked: Asked, able: Abilities, until: float) -> Reply:
        """One call, with its line in the journal before anybody looks at what it brought."""
        check_budget(self._settings, self._journal, asked.model, asked.tokens)
        request = Request(asked.model, asked.messages, asked.schema, able)
        began = time.monotonic()
        outcome, tokens = "interrupted", (asked.tokens, 0, True)
        try:
            reply = call(self._settings, request, until, self._stopped, self._teller(asked))
            outcome, tokens = reply.finish or "no finish", _tokens(asked, reply)
        except WireError as error:
            free = error.trouble in _FREE and not error.received
            outcome = error.trouble
            tokens = (0, 0, False) if free else (asked.tokens, -(-error.received // 3), True)
            raise
        finally:
            price = price_of(self._settings, asked.model)
            self._journal.write(line(asked.kind, asked.model, outcome, time.monotonic() - began, tokens, price))
        return reply

    def _teller(self, asked: Asked) -> Callable[[int], None]:
        told = time.monotonic()

        def tell(characters: int) -> None:
            nonlocal told
            if time.monotonic() - told >= _SECOND:
                told = time.monotonic()
                self._announce("llm.hearing", model=asked.model, kind=asked.kind, tokens=-(-characters // 3))

        return tell

    def _refuse_keyless(self) -> None:
        if self._settings.api_key is None and self._settings.host == OPENAI_HOST:
            raise LlmUnusable(
                f"{self._settings.base_url} wants a key, and there is none for it.", hint=self._key_hint()
            )

    def _key_hint(self) -> str:
        variable, address = self._settings.key_variable, self._settings.base_url
        if self._settings.key_withheld:
            return (
                "A key is given only to the endpoint that your environment names: "
                f"export OPENAI_BASE_URL={address} if it may have it."
            )
        return f"Put it into the environment variable {variable}, or name another endpoint: OPENAI_BASE_URL=..."

    def _unusable(self, error: WireError, model: str) -> LlmUnusable:
        hint = _HINTS[error.trouble].format(variable=self._settings.key_variable)
        if error.trouble == "unauthorized" and self._settings.api_key is None:
            hint = self._key_hint()
        told = f" ({error.detail})" if error.detail else ""
        return LlmUnusable(f"{self._settings.base_url} does not answer for {model}: {error.trouble}{told}.", hint=hint)


def _tokens(asked: Asked, reply: Reply) -> tuple[int, int, bool]:
    """Tokens of prompt and answer, and whether they are our estimate."""
    if reply.usage is not None and (reply.usage.prompt or reply.usage.completion):
        return reply.usage.prompt, reply.usage.completion, False
    return asked.tokens, estimated_tokens(reply.text), True
