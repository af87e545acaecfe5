"""How the columns of a row become a record. Local files and downloads are read by the same rules.

text:        the column that `data.text_column` names
chat:        messages | conversations | instruction, input (may be missing), output | prompt or query, response;
             beside a single question, history holds the earlier turns and system what comes before them
preference:  prompt, chosen, rejected; the answers are texts or whole conversations
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, get_args

from scratch_llm.data.records import (
    ChatRecord,
    Kind,
    PreferenceRecord,
    Record,
    TextRecord,
)
from scratch_llm.tokenizers.chat import Message, Role

Row = Mapping[str, Any]
_ROLES: Final = get_args(Role)
# How other tools call who speaks.
_SPEAKERS: Final = {"human": "user", "gpt": "assistant", "bot": "assistant", "model": "assistant"}
_HALF_CHARACTER: Final = re.compile(r"[\ud800-\udfff]")  # what broken bytes and half escapes become
_VISIBLE: Final = re.compile(r"[^\s\0\u200b-\u200f\u2060\ufeff]")  # the others are there and cannot be seen


TURNS: Final = ("system", "history")  # columns of what comes before a question
_PAIR: Final = {"question", "answer"}
_NO_HISTORY: Final = "column 'history' must be a list of earlier turns, each a pair [question, answer] or a message"


class RowError(ValueError):
    """A row that is no record; the reason is for a person."""


class Located(NamedTuple):
    """A row, or what is wrong with it, and the line of its file that it begins at (in parquet, its number)."""

    line: int
    row: Row | RowError


def to_record(row: Row, kind: Kind, text_column: str = "text") -> Record:
    """Read one row as a record of the wanted kind."""
    if kind == "text":
        return TextRecord(_text(row, text_column))
    return _chat(row) if kind == "chat" else _preference(row)


def unbroken(text: str) -> str:
    """Give a text that every file can hold: half characters become the sign for what is broken."""
    return text if text.isascii() else _HALF_CHARACTER.sub("\ufffd", text)


def columns_for(kind: Kind, text_column: str) -> str:
    """Say in words which columns a kind needs."""
    return {
        "text": f"'{text_column}'",
        "chat": "'messages', or 'instruction' and 'output', or 'prompt' and 'response'",
        "preference": "'prompt', 'chosen' and 'rejected'",
    }[kind]


def _chat(row: Row) -> ChatRecord:
    if "messages" in row:
        return ChatRecord(_answered(_messages(row["messages"])))
    if "conversations" in row:
        return ChatRecord(_answered(_messages(row["conversations"])))
    question, answer = _asked(row)
    return ChatRecord((*earlier(row), Message("user", question), Message("assistant", answer)))


def _asked(row: Row) -> tuple[str, str]:
    if "instruction" in row:
        question = _text(row, "instruction")
        if str(row.get("input") or "").strip():
            question = f"{question}\n\n{_text(row, 'input')}"
        # Beside a context the response answers more than the instruction.
        is_response = "output" not in row and "response" in row and "context" not in row
        return question, _text(row, "response" if is_response else "output")
    asked = "query" if "query" in row and "prompt" not in row else "prompt"
    answered = "output" if asked == "query" and "response" not in row and "output" in row else "response"
    return _text(row, asked), _text(row, answered)


def earlier(row: Row) -> tuple[Message, ...]:
    """Read what was said before a question: `system`, and `history` as pairs of texts or as messages."""
    system = (Message("system", _text(row, "system")),) if _is_filled(row.get("system")) else ()
    value = row.get("history")
    if isinstance(value, str) and value.strip():  # a cell of a table
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise RowError(_NO_HISTORY) from error
    if not _is_filled(value):
        return system
    if not isinstance(value, list):
        raise RowError(_NO_HISTORY)
    if all(isinstance(turn, Mapping) and not turn.keys() >= _PAIR for turn in value):
        said = _messages(value)
        return said if said[0].role == "system" else (*system, *said)
    return (*system, *(message for turn in value for message in _turn(turn)))


def _turn(turn: Any) -> tuple[Message, ...]:
    pair = [turn["question"], turn["answer"]] if isinstance(turn, Mapping) and turn.keys() >= _PAIR else turn
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise RowError(_NO_HISTORY)
    cells = {"history": pair[0]}, {"history": pair[1]}
    return Message("user", _text(cells[0], "history")), Message("assistant", _text(cells[1], "history"))


def _is_filled(value: Any) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)


def _preference(row: Row) -> PreferenceRecord:
    chosen, rejected = _answer(row, "chosen"), _answer(row, "rejected")
    if chosen == rejected:
        raise RowError("chosen and rejected are equal")
    return PreferenceRecord(_prompt(row), chosen, rejected)


def _prompt(row: Row) -> tuple[Message, ...]:
    conversation = row.get("chosen")
    if isinstance(conversation, list) and len(conversation) > 1:
        return _messages(conversation)[:-1]
    if isinstance(row.get("prompt"), list):
        return _messages(row["prompt"])
    return (Message("user", _text(row, "prompt")),)


def _answer(row: Row, column: str) -> str:
    if isinstance(row.get(column), list):
        return _answered(_messages(row[column]))[-1].content
    return _text(row, column)


def _messages(value: Any) -> tuple[Message, ...]:
    if not isinstance(value, list) or not value:
        raise RowError("messages must be a list of at least one message")
    return tuple(_message(message) for message in value)


def _message(value: Any) -> Message:
    if isinstance(value, Mapping) and "from" in value and "role" not in value:
        value = {"role": value["from"], "content": value.get("value")}
    said = value.get("role") if isinstance(value, Mapping) else None
    spoken = str(said).strip().lower()
    role = next((role for role in _ROLES if spoken == role or _SPEAKERS.get(spoken) == role), None)
    if role is None:
        raise RowError(f"a message needs a role, one of {', '.join(_ROLES)}")
    return Message(role, _text({**value, "content": in_one(value.get("content"))}, "content"))


def in_one(content: Any) -> Any:
    """Join what a message says in several pieces of text; anything else, a picture say, leaves it as it is."""
    if not isinstance(content, list) or not content:
        return content
    pieces = [piece.get("text") if isinstance(piece, Mapping) else piece for piece in content]
    texts = [piece for piece in pieces if isinstance(piece, str)]
    return "\n".join(texts) if len(texts) == len(pieces) else content


def _answered(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    if messages[-1].role != "assistant":
        raise RowError("the last message must be the assistant's")
    return messages


def _text(row: Row, column: str) -> str:
    if column not in row:
        raise RowError(f"column '{column}' is missing; there are {', '.join(map(str, row)) or 'none'}")
    value = row[column]
    if not isinstance(value, str) or not _VISIBLE.search(value):
        raise RowError(f"column '{column}' holds no text")
    if not value.isascii() and _HALF_CHARACTER.search(value):
        raise RowError(f"column '{column}' holds broken characters")
    return value
