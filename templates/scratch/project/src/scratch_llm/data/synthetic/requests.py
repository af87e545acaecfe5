"""What a person asks of the model: for stories, and short questions with one right answer."""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from scratch_llm.data.synthetic.grammar import Grammar, pick


class Request(NamedTuple):
    """A prompt; `plot` and `fixed` say what story it wants, `answer` is the right answer where it is a question."""

    prompt: str
    answer: str
    plot: str = ""
    fixed: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Facts:
    """Questions of one form: each fact fills {0}, {1}... of the questions and of the answer."""

    questions: tuple[str, ...]
    answer: str
    facts: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, eq=False)
class Asking:
    """How one language asks. A story request has the slots {animal} and {deed}."""

    grammar: Grammar
    story_requests: tuple[str, ...]
    facts: tuple[Facts, ...]

    def story_request(self, rng: random.Random) -> Request:
        """Ask for a story; the answer tells it."""
        story = self.grammar.story(rng)
        plot = self.grammar.plots[story.plot]
        prompt = pick(rng, self.story_requests).replace("{deed}", plot.deed).format_map(story.fillings)
        fixed = {slot: story.fillings[slot] for slot in ("animal", plot.topic)}
        return Request(prompt, story.text, story.plot, fixed)

    def question(self, rng: random.Random) -> Request:
        """Ask a short question."""
        kind = self.facts[int(rng.random() * len(self.facts))]
        fact = kind.facts[int(rng.random() * len(kind.facts))]
        return Request(pick(rng, kind.questions).format(*fact), kind.answer.format(*fact))

    def understand(self, prompt: str) -> Request | None:
        """Read a prompt; None where it is none of this language's.

        The answer of a story request is left empty: many stories fulfil it.
        """
        for plot, patterns in self._story_patterns():
            for pattern in patterns:
                found = pattern.fullmatch(prompt.strip())
                if found:
                    fixed = {slot: found[slot] for slot in ("animal", self.grammar.plots[plot].topic)}
                    return Request(prompt, "", plot, fixed)
        return next((request for request in self._questions() if request.prompt == prompt.strip()), None)

    def _story_patterns(self) -> Iterator[tuple[str, list[re.Pattern[str]]]]:
        for name, plot in self.grammar.plots.items():
            templates = [request.replace("{deed}", plot.deed) for request in self.story_requests]
            yield name, [re.compile(self.grammar.pattern(template)) for template in templates]

    def _questions(self) -> Iterator[Request]:
        for kind in self.facts:
            for fact in kind.facts:
                for question in kind.questions:
                    yield Request(question.format(*fact), kind.answer.format(*fact))


SUMS: Final = tuple((str(a), str(b), str(a + b)) for a in range(1, 11) for b in range(1, 11))
