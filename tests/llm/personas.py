"""Models with a character, for a server that plays them: good, lazy, malformed, looping, dishonest.

A script says what there is to know about a case: the truth of each kind of question, and what could be lied about it.
The good model tells the truth, the dishonest one lies once per request until its lies are told.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from random import Random
from typing import Any, Final

from framework.engines.base import Ask
from framework.engines.llm.prompting import estimated_tokens
from tests.llm.behaviours import BROKEN, saying
from tests.llm.server import Behaviour, Talk

Question = Ask[Any, Any]
Told = Callable[[Question], Any]  # an answer, made for the question that is asked


@dataclass(frozen=True)
class Script:
    """What there is to tell about a case, by the kind of question. Where there is nothing the rule's answer is told."""

    truth: Mapping[str, Told] = field(default_factory=dict)
    stub: Mapping[str, Told] = field(default_factory=dict)
    lies: Mapping[str, Sequence[Told]] = field(default_factory=dict)


@dataclass
class Stage:
    """The case that is being played, and the question that is open; whoever plays is told both."""

    script: Script = field(default_factory=Script)
    question: Question | None = None
    told: dict[str, int] = field(default_factory=dict)  # how many lies, by kind

    def begin(self, script: Script) -> None:
        """Another case."""
        self.script, self.question, self.told = script, None, {}

    @property
    def has_lies_left(self) -> bool:
        """Whether a dishonest model would like to be asked again. A kind that nobody asks about counts for nothing."""
        return any(count < len(self.script.lies.get(kind, ())) for kind, count in self.told.items())

    @property
    def truth(self) -> Any:
        """What a good model answers."""
        asked = self.asked
        return self.script.truth.get(asked.kind, _as_the_rule)(asked)

    @property
    def asked(self) -> Question:
        """The question that is open."""
        if self.question is None:
            raise LookupError("nothing was asked yet")
        return self.question

    def lie(self) -> Any:
        """The next lie; the last one again when all are told. About some things there is nothing to lie."""
        kind = self.asked.kind
        lies = self.script.lies.get(kind, ())
        number = self.told.get(kind, 0)
        self.told[kind] = number + 1
        return lies[min(number, len(lies) - 1)](self.asked) if lies else {**_as_the_rule(self.asked), "score": 1.0}


def _as_the_rule(asked: Question) -> Any:
    return asked.rule(asked.context).model_dump(mode="json")


def _least(asked: Question) -> Any:
    return _emptied(_as_the_rule(asked))


def _emptied(value: Any) -> Any:
    """As little as fits the form."""
    if isinstance(value, dict):
        return {key: _emptied(inner) for key, inner in value.items()}
    return [] if isinstance(value, list) else "" if isinstance(value, str) else value


def _say(talk: Talk, answer: Any) -> None:
    """The answer, with usage as a server would count it."""
    text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
    said = f"{talk.heard.said('system')}{talk.heard.said()}{talk.heard.said('assistant')}"
    talk.reply(text, usage=(estimated_tokens(said), estimated_tokens(text)))


def good(stage: Stage) -> Behaviour:
    """Knows everything, and says it as it was asked to."""
    return lambda talk: _say(talk, stage.truth)


def lazy(stage: Stage) -> Behaviour:
    """Hands in what fits the form and costs no work: empty lists, stubs."""

    def behave(talk: Talk) -> None:
        asked = stage.asked
        _say(talk, stage.script.stub.get(asked.kind, _least)(asked))

    return behave


_QUICK = ("a web page with 200", "another service's JSON", "a torn event", "empty choices", "not UTF-8", "odd events")
_SPOILT: Final[tuple[Callable[[str], str], ...]] = (
    lambda text: text[:-1],
    lambda text: f"{text}\n{text}",
    lambda text: f"[{text}]",
    lambda text: text.replace("{", '{"confidence": NaN, ', 1),
    lambda text: text.replace("{", '{"score": 1.0, ', 1),
    lambda text: text.replace(": [", ': "[', 1),
    lambda text: "Sure! I would be glad to. Everything is in order.",
    lambda text: "",
    lambda text: text.replace('": "', '": "CANARY-', 1) if '": "' in text else "{}",
    lambda text: text.replace('": "', '": "\\ud800', 1) if '": "' in text else "{}",
    lambda text: "{" + '"a": [' * 30_000,
)
_POLITE: Final[tuple[Callable[[str], str], ...]] = (
    lambda text: f"```json\n{text}\n```",
    lambda text: f"Here you are:\n\n{text}\n\nAnything else?",
    lambda text: f"<think>An easy one {{so far}}.</think>{text}",
)


def malformed(stage: Stage) -> Behaviour:
    """Knows everything, and breaks every rule of form in turn; what can only mean one thing may be understood."""

    def told(in_form: Callable[[str], str]) -> Behaviour:
        return lambda talk: _say(talk, in_form(json.dumps(stage.truth, ensure_ascii=False)))

    ways = [
        *map(told, (*_SPOILT, *_POLITE)),
        saying(None, refusal="I cannot help"),
        *(BROKEN[name][0] for name in _QUICK),
    ]
    turns = cycle(Random(11).sample(ways, len(ways)))
    return lambda talk: next(turns)(talk)


def looping(stage: Stage) -> Behaviour:
    """Begins like a good answer and turns in circles until it is cut off; asked again, it says the same."""

    def behave(talk: Talk) -> None:
        begun = json.dumps(stage.truth, ensure_ascii=False)[:-2]
        talk.reply(begun + " and then again" * 2_000, finish="length", usage=(1_000, 8_192))

    return behave


def dishonest(stage: Stage) -> Behaviour:
    """Lies, once per request, each lie alone so that no other gives it away."""
    return lambda talk: _say(talk, stage.lie())


PERSONAS: Final[Mapping[str, Callable[[Stage], Behaviour]]] = {
    "good": good,
    "lazy": lazy,
    "malformed": malformed,
    "looping": looping,
    "dishonest": dishonest,
}
