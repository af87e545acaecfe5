"""What an endpoint can do with a model: tried from the most helpful down, and remembered for a week."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import get_args

from pydantic import Field, ValidationError

from framework.artifacts.base import Strict
from framework.artifacts.files import read_text, write_text
from framework.engines.llm.settings import OPENAI_HOST, LlmSettings
from framework.engines.llm.terms import Abilities, Cap, Shape, WireError
from framework.errors import MissingOutside
from framework.runtime.cache import alone, cache_folder

_SHAPES: tuple[Shape, ...] = get_args(Shape)
_CAPS: tuple[Cap, ...] = ("max_tokens", "max_completion_tokens", "none")
_WEEK = 7 * 24 * 3600


class Known(Strict):
    """What was found out about one model at one endpoint, and when."""

    abilities: Abilities
    at: float = Field(ge=0)


class Book(Strict):
    """Everything that was found out, by endpoint and model."""

    known: dict[str, Known] = Field(default_factory=dict)


def assumed(settings: LlmSettings) -> Abilities:
    """What an endpoint that nobody has asked yet is taken for."""
    cap: Cap = "max_completion_tokens" if settings.host == OPENAI_HOST else "max_tokens"
    return Abilities(stream=settings.stream, cap=cap)


def lowered(abilities: Abilities, error: WireError) -> Abilities | None:
    """What to try after the endpoint has refused a request; nothing if that is not why, or nothing is left to try."""
    if error.trouble == "no_stream":
        return _with(abilities, stream=False)
    if error.trouble == "context_length" and _counts_the_answer(abilities, error):
        return _with(abilities, cap="none")
    if error.trouble != "bad_request":
        return None
    return next(_fewer(abilities, error.detail.lower()), None)


def _counts_the_answer(abilities: Abilities, error: WireError) -> bool:
    """Whether a small model has no room for the longest answer beside the prompt; it may have for a shorter one."""
    return abilities.cap != "none" and ("max_tokens" in error.detail or "max_completion_tokens" in error.detail)


def _fewer(abilities: Abilities, told: str) -> Iterator[Abilities]:
    """What to try next, the likeliest first: what the endpoint names, then what few endpoints have."""
    if abilities.usage and abilities.stream and "stream_options" in told:
        yield _with(abilities, usage=False)
    if abilities.stream and "stream" in told:
        yield _with(abilities, stream=False)
    if abilities.cap != "none" and abilities.cap in told:
        yield _with(abilities, cap=_CAPS[_CAPS.index(abilities.cap) + 1])
    if abilities.shape != "plain":
        yield _with(abilities, shape=_SHAPES[_SHAPES.index(abilities.shape) + 1])
    if abilities.cap != "none":
        yield _with(abilities, cap="none")
    if abilities.stream:
        yield _with(abilities, stream=False)


def _with(abilities: Abilities, **changed: object) -> Abilities:
    return abilities.model_copy(update=changed)


class Memory:
    """The book in the user's cache. What cannot be read is not known, and is found out again."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or cache_folder("llm") / "abilities.json"

    def recall(self, settings: LlmSettings, model: str) -> Abilities:
        """What is known of the model at this endpoint; else what is assumed."""
        known = self._read().get(_name(settings, model))
        if known is None or not 0 <= time.time() - known.at <= _WEEK:
            return assumed(settings)
        return _with(known.abilities, stream=known.abilities.stream and settings.stream)

    def keep(self, settings: LlmSettings, model: str, abilities: Abilities) -> None:
        """Write down what has worked. Where the cache cannot be written, it is found out again the next time."""
        with suppress(MissingOutside), alone(self._path):
            known = {**self._read(), _name(settings, model): Known(abilities=abilities, at=time.time())}
            write_text(self._path, Book(known=known).model_dump_json(indent=2) + "\n")

    def _read(self) -> Mapping[str, Known]:
        if not self._path.is_file():
            return {}
        try:
            return Book.model_validate_json(read_text(self._path)).known
        except ValidationError:
            return {}


def _name(settings: LlmSettings, model: str) -> str:
    return f"{settings.base_url} {model}"
