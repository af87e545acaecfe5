"""A judge that computes instead of guessing: how good an answer to a prompt of the grammar is."""

import functools
from typing import Final

from scratch_llm.data.synthetic.asking import ASKING
from scratch_llm.data.synthetic.grammar import Grammar
from scratch_llm.data.synthetic.requests import Asking, Request
from scratch_llm.utils.errors import DataError

# What a good story is made of: sentences that follow from each other, the wished topic, an ending.
_GRAMMAR, _TOPIC, _ENDING = 0.6, 0.3, 0.1
_TIE: Final = 1e-9


def quality(prompt: str, answer: str) -> float:
    """Rate an answer between 0 and 1; 1.0 exactly for one that fulfils the prompt without a fault."""
    asking, request = _understand(prompt)
    if request.plot:
        return _story_quality(asking.grammar, request, answer)
    return _word_overlap(asking.grammar, request.answer, answer)


def prefer(prompt: str, a: str, b: str) -> int:
    """Compare two answers: 1 where `a` is better, -1 where `b` is, 0 where they are equally good."""
    difference = quality(prompt, a) - quality(prompt, b)
    return 0 if abs(difference) < _TIE else 1 if difference > 0 else -1


@functools.lru_cache(maxsize=4096)
def _understand(prompt: str) -> tuple[Asking, Request]:
    for asking in ASKING["mixed"]:
        request = asking.understand(prompt)
        if request is not None:
            return asking, request
    raise DataError(
        f"the judge does not know the prompt {prompt[:80]!r}", "it judges prompts of the synthetic datasets only"
    )


def _story_quality(grammar: Grammar, request: Request, answer: str) -> float:
    reading = grammar.read(answer)
    wanted = dict(request.fixed or {})
    met = [reading.fillings.get(slot) == word for slot, word in wanted.items()] + [reading.plot == request.plot]
    topic = sum(met) / len(met)
    score = _GRAMMAR * reading.share + _TOPIC * topic + _ENDING * reading.ended
    return 1.0 if score > 1 - _TIE else score


def _word_overlap(grammar: Grammar, right: str, answer: str) -> float:
    if answer.strip() == right:
        return 1.0
    wanted, given = set(grammar.units(right)), set(grammar.units(answer))
    return 0.5 * len(wanted & given) / max(1, len(wanted | given))
