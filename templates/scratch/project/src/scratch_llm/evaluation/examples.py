"""Questions with known answers: read from JSONL files, or made from the synthetic data."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeGuard

from scratch_llm.data.synthetic import accepts
from scratch_llm.data.synthetic.stories import GRAMMARS, Language
from scratch_llm.utils.errors import DataError


@dataclass(frozen=True)
class ChoiceExample:
    """A prompt, and continuations of which one is right."""

    prompt: str
    choices: tuple[str, ...]
    answer: int


@dataclass(frozen=True)
class AnswerExample:
    """A prompt, and answers that are right."""

    prompt: str
    references: tuple[str, ...]


def read_choices(path: Path) -> list[ChoiceExample]:
    """Read lines such as `{"prompt": "2 + 2 =", "choices": [" 3", " 4"], "answer": 1}`."""
    return [_choice(row, place) for place, row in _rows(path)]


def read_answers(path: Path) -> list[AnswerExample]:
    """Read lines such as `{"prompt": "2 + 2 = ?", "answers": ["4", "four"]}`."""
    return [_answer(row, place) for place, row in _rows(path)]


def story_endings(stories: Sequence[str], language: Language, n_choice: int, seed: int) -> list[ChoiceExample]:
    """Ask how stories end: the right last sentence among those of other stories that do not fit.

    The grammar itself says which do not fit: they name an animal or a friend that is not in the story.
    """
    rng = random.Random(f"endings {seed}")  # noqa: S311 - reproducible on purpose
    parted = [_part(story, language) for story in stories]
    endings = sorted({ending for _, ending in parted})
    examples = []
    for beginning, ending in parted:
        others = (other for other in rng.sample(endings, len(endings)) if not accepts(beginning + other, language))
        wrong = list(islice(others, n_choice - 1))
        if len(wrong) == n_choice - 1:
            choices = [*wrong, ending]
            rng.shuffle(choices)
            examples.append(ChoiceExample(beginning, tuple(choices), choices.index(ending)))
    return examples


def _part(story: str, language: Language) -> tuple[str, str]:
    """Cut before the last sentence; the space between belongs to the ending, as tokens do."""
    grammar = next(grammar for grammar in GRAMMARS[language] if grammar.read(story).share == 1.0)
    last = grammar.sentences(story)[-1]
    beginning = story.removesuffix(last).rstrip()
    return beginning, story.removeprefix(beginning)


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # a text may hold other line breaks
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"questions '{path}' cannot be read: {error}", "give a JSONL file in UTF-8") from error
    for number, line in enumerate(lines, start=1):
        place = f"{path}, line {number}"
        try:
            row = json.loads(line) if line.strip() else None
        except ValueError as error:
            raise DataError(f"{place} is not JSON: {error}", "write one JSON object per line") from error
        if row is None:
            continue
        if not isinstance(row, dict) or not isinstance(row.get("prompt"), str):
            raise DataError(f"{place} has no text 'prompt'", "write one JSON object per line")
        yield place, row


def _choice(row: Mapping[str, Any], place: str) -> ChoiceExample:
    choices, answer = row.get("choices"), row.get("answer")
    if not _are_texts(choices) or len(choices) < 2:
        raise DataError(f"{place}: 'choices' must be at least two texts, not {choices!r}", "see the examples")
    if type(answer) is not int or not 0 <= answer < len(choices):
        raise DataError(f"{place}: 'answer' must be 0 to {len(choices) - 1}, not {answer!r}", "count from 0")
    return ChoiceExample(row["prompt"], tuple(choices), answer)


def _answer(row: Mapping[str, Any], place: str) -> AnswerExample:
    if not _are_texts(row.get("answers")):
        raise DataError(f"{place}: 'answers' must be a list of texts, not {row.get('answers')!r}", "give one or more")
    return AnswerExample(row["prompt"], tuple(row["answers"]))


def _are_texts(value: Any) -> TypeGuard[list[str]]:
    return isinstance(value, list) and bool(value) and all(isinstance(text, str) and text for text in value)
