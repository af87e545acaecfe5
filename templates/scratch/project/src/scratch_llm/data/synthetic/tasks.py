"""Instructions and preferences by seed."""

import random
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from typing import Final

from scratch_llm.data.records import ChatRecord, PreferenceRecord
from scratch_llm.data.synthetic.asking import ASKING
from scratch_llm.data.synthetic.grammar import Grammar, pick
from scratch_llm.data.synthetic.requests import Asking, Request
from scratch_llm.data.synthetic.stories import Language
from scratch_llm.tokenizers.chat import Message

_STORY_SHARE: Final = 0.8  # the rest are short questions


def instructions(n: int, *, seed: int = 0, language: Language = "en") -> Iterator[ChatRecord]:
    """Write n requests with answers that fulfil them; the first of n are the same for any larger n."""
    for request in islice(_requests("instructions", seed, language), n):
        yield ChatRecord((Message("user", request.prompt), Message("assistant", request.answer)))


def story_prompts(n: int, *, seed: int = 0, language: Language = "en") -> Iterator[str]:
    """Write n story requests without answers, for evaluation; drawn independently of those of `instructions`."""
    rng = random.Random(f"prompts {language} {seed}")  # noqa: S311 - reproducible on purpose
    return (asking.story_request(rng).prompt for asking in islice(cycle(ASKING[language]), n))


def preferences(n: int, *, seed: int = 0, language: Language = "en") -> Iterator[PreferenceRecord]:
    """Write n requests with a good answer and one with a fault."""
    rng = random.Random(f"preferences {language} {seed}")  # noqa: S311 - reproducible on purpose
    for asking in islice(cycle(ASKING[language]), n):
        request = asking.story_request(rng)
        worse = request.answer
        while worse == request.answer:
            worse = FAULTS[pick(rng, tuple(FAULTS))](asking, request, rng)
        yield PreferenceRecord((Message("user", request.prompt),), request.answer, worse)


def _requests(purpose: str, seed: int, language: Language) -> Iterator[Request]:
    rng = random.Random(f"{purpose} {language} {seed}")  # noqa: S311 - reproducible on purpose
    for asking in cycle(ASKING[language]):
        yield asking.story_request(rng) if rng.random() < _STORY_SHARE else asking.question(rng)


def _off_topic(asking: Asking, request: Request, rng: random.Random) -> str:
    """A good story about something else."""
    wanted = request.fixed or {}
    while True:
        story = asking.grammar.story(rng)
        if all(story.fillings[slot] != word for slot, word in wanted.items()):
            return story.text


def _garbled(asking: Asking, request: Request, rng: random.Random) -> str:
    """The words of some sentences in a random order."""
    sentences = asking.grammar.sentences(request.answer)
    for i in rng.sample(range(len(sentences)), 3):
        sentences[i] = _shuffled(asking.grammar, sentences[i], rng)
    return asking.grammar.joiner.join(sentences)


def _shuffled(grammar: Grammar, sentence: str, rng: random.Random) -> str:
    words = grammar.units(sentence[:-1])
    rng.shuffle(words)
    return grammar.joiner.join(words) + sentence[-1]


def _cut_off(asking: Asking, request: Request, rng: random.Random) -> str:
    """A story that stops in the middle."""
    length = len(request.answer)
    return request.answer[: int(length * (0.2 + 0.6 * rng.random()))].rstrip()


def _repeating(asking: Asking, request: Request, rng: random.Random) -> str:
    """A story that gets stuck on one sentence."""
    sentences = asking.grammar.sentences(request.answer)
    stuck = 1 + int(rng.random() * (len(sentences) - 2))
    return asking.grammar.joiner.join(sentences[:stuck] + [sentences[stuck]] * (len(sentences) - stuck))


FAULTS: Final[dict[str, Callable[[Asking, Request, random.Random], str]]] = {
    "off topic": _off_topic,
    "garbled": _garbled,
    "cut off": _cut_off,
    "repeating": _repeating,
}
