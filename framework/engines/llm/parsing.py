"""A model's words as a decision, or what is wrong with them. What could mean two things is refused, not guessed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from framework.engines.llm.terms import Reply

D = TypeVar("D", bound=BaseModel)
Flaw = Literal["refused", "truncated", "tools", "empty", "not_json", "shape", "faults"]
CANARY: Final = "CANARY-"  # stands in the examples of every prompt, and so in no answer
_THINKING = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)
_FENCE = re.compile(r"```[\w-]*")
# What terminals obey, what turns the direction of reading, and halves of characters.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MOST, _SHOWN = 10, 80


@dataclass(frozen=True)
class Complaints:
    """Why an answer cannot stand, told to the model line by line."""

    flaw: Flaw
    lines: tuple[str, ...]


def read_reply(reply: Reply, output: type[D]) -> D | Complaints:
    """The decision that the reply holds, of the type that the question demands."""
    if reply.refusal or reply.finish == "content_filter":
        return Complaints("refused", (reply.refusal[:_SHOWN] or "the endpoint has held the answer back",))
    if reply.finish == "length":
        return Complaints("truncated", ("The answer was cut off at the longest length allowed. Answer more briefly.",))
    if not reply.text.strip():
        flaw: Flaw = "tools" if reply.calls_tools else "empty"
        return Complaints(flaw, ("There are no tools here. Answer with text: one JSON object.",))
    return read_text(reply.text, output)


def read_text(text: str, output: type[D]) -> D | Complaints:
    """The decision in a text."""
    try:
        data = _strict(json_in(text))
        trouble, plain = _unprintable(data), json.dumps(data, ensure_ascii=False)
    except RecursionError:
        return Complaints("not_json", ("The answer is nested too deeply.",))
    except ValueError as error:
        return Complaints("not_json", (f"The answer is not one JSON object: {_cut(str(error))}.",))
    if trouble:
        return Complaints("shape", (f"The answer holds a character that no text has: {trouble}.",))
    if CANARY in plain:
        return Complaints("faults", ("A value was copied from the example. Answer for the data that you were given.",))
    try:
        return output.model_validate_json(plain, strict=True)
    except ValidationError as error:
        return Complaints("shape", tuple(_complaint(detail) for detail in error.errors()[:_MOST]))


def json_in(text: str) -> str:
    """The JSON object in what a model has said: bare, in its only fence, or the only object within prose."""
    bare = _THINKING.sub("", text.lstrip("\ufeff"), count=1).strip()
    fenced = _fenced(bare)
    if bare[:1] + bare[-1:] in ("{}", "[]", '""') and not fenced:
        return bare
    objects = [block for block in fenced if block.startswith("{")]
    return _only(objects or _objects(bare))


def _fenced(text: str) -> list[str]:
    """The blocks between lines of code fences, read line by line: a pattern over it all could take for ever."""
    blocks: list[str] = []
    inside: list[str] | None = None
    for line in text.split("\n"):
        mark = line.strip()
        if inside is None:
            inside = [] if _FENCE.fullmatch(mark) else None
        elif mark == "```":
            blocks.append("\n".join(inside).strip())
            inside = None
        else:
            inside.append(line)
    return blocks


def _objects(text: str) -> list[str]:
    """The JSON objects that stand in a text, outermost ones only."""
    decoder = json.JSONDecoder()
    found: list[str] = []
    start = text.find("{")
    while start >= 0 and len(found) < 2:
        try:
            end = decoder.raw_decode(text, start)[1]
            found.append(text[start:end])
        except ValueError:
            if not found:
                raise
            break
        start = text.find("{", end)
    return found


def _only(found: list[str]) -> str:
    if len(found) != 1:
        raise ValueError("there is none in it" if not found else "there is more than one in it")
    return found[0]


def _strict(text: str) -> dict[str, Any]:
    data = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    if not isinstance(data, dict):
        raise ValueError("it is no object")
    return data


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(names) != len(set(names)):
        raise ValueError("a key stands in it twice")
    return dict(pairs)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _unprintable(data: object) -> str:
    if isinstance(data, str):
        found = _CONTROL.search(data)
        return f"U+{ord(found.group()):04X}" if found else ""
    inner = [*data, *data.values()] if isinstance(data, dict) else data if isinstance(data, list) else []
    return next((trouble for value in inner if (trouble := _unprintable(value))), "")


def _complaint(detail: ErrorDetails) -> str:
    where = ".".join(str(part) for part in detail["loc"]) or "the object"
    if detail["type"] in ("missing", "extra_forbidden"):
        rule = "is missing" if detail["type"] == "missing" else "is no key of the schema"
        return f"{_cut(where)} {rule}."
    return f"{_cut(where)}: {_cut(detail['msg'])} (found {_cut(repr(detail['input']))})."


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
