"""Which columns of foreign data hold what: by their names in English and Chinese, and by what stands in them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from scratch_llm.data.columns import TURNS, Row, RowError, in_one, to_record, unbroken
from scratch_llm.data.mini.look import Column, columns_in
from scratch_llm.data.records import Kind, Record
from scratch_llm.utils.errors import ConfigError, DataError

_ROLES: Final[dict[Kind, tuple[frozenset[str], ...]]] = {
    "text": (frozenset({"text"}),),
    "chat": (frozenset({"messages"}), frozenset({"prompt", "response"})),
    "preference": (frozenset({"prompt", "chosen", "rejected"}), frozenset({"chosen", "rejected"})),
}
_TEXT: Final = (
    *("text", "content", "story", "body", "document", "article", "passage", "review", "comment", "sentence", "post"),
    *("正文", "文本", "内容", "故事", "文章", "评论", "原文", "句子", "段落", "內容", "評論"),
)
_LABEL: Final = (
    *("label", "labels", "class", "category", "sentiment", "intent", "topic", "genre", "tag"),
    *("标签", "类别", "分类", "情感", "意图", "类型", "標籤", "類別"),
)
_TALK: Final = ("messages", "conversations", "conversation", "dialogue", "dialog", "chat", "对话")
_ASKED: Final = (
    "instruction",
    "prompt",
    "question",
    "query",
    "input",
    "user",
    "human",
    "问题",
    "指令",
    "提问",
    "问",
    "输入",
    "問題",
)
_GIVEN: Final = ("input", "context", "background", "输入", "上下文", "背景")
_ANSWERED: Final = (
    *("output", "response", "answer", "completion", "assistant", "target", "reply"),
    *("回答", "答案", "输出", "答", "回复"),
)
_CHOSEN: Final = ("chosen", "accepted", "preferred", "better", "winner", "优选", "更好")
_REJECTED: Final = ("rejected", "dispreferred", "worse", "loser", "拒绝", "更差")
_RIVAL: Final = 3.0  # times as long as the column of the right name: then that name may be a wrong guess
_MARKS: Final = {"%": "%25", ",": "%2C", "=": "%3D", "+": "%2B"}


@dataclass(frozen=True)
class ColumnMap:
    """For each part of a record the columns that it is joined of."""

    kind: Kind
    parts: Mapping[str, tuple[str, ...]]

    @property
    def words(self) -> str:
        """How it is written on a command line: `prompt=question+context,response=answer,label=topic`."""
        return unbroken(",".join(f"{part}={'+'.join(map(_quoted, columns))}" for part, columns in self.parts.items()))

    @property
    def columns(self) -> set[str]:
        """All columns that it reads."""
        return {column for columns in self.parts.values() for column in columns}

    def record(self, row: Row) -> Record:
        """Read a row. A label is no part of the record."""
        read = {part: _joined(row, columns) for part, columns in self.parts.items() if part != "label"}
        if self.kind == "text":
            read = {part: _as_text(value) for part, value in read.items()}
        elif self.kind == "preference" and "prompt" in read and not isinstance(read["prompt"], list):
            read["prompt"] = _as_text(read["prompt"])
        elif self.kind == "chat" and "prompt" in read:  # what was said before belongs to what is asked
            read |= {name: row[name] for name in TURNS if name in row and name not in self.columns}
        return to_record(read, self.kind)

    def label(self, row: Row) -> str:
        """The class of a row; empty where it has none."""
        values = [row.get(column) for column in self.parts.get("label", ())]
        return unbroken(" ".join(" ".join(str(value).split()) for value in values if value is not None)[:80])


@dataclass(frozen=True)
class Guess:
    """The most likely way to read some columns, whether there is any doubt, and the other ways."""

    map: ColumnMap
    clear: bool
    others: tuple[ColumnMap, ...] = ()
    columns: tuple[str, ...] = field(default=())


def parse_map(words: str, kind: Kind) -> ColumnMap:
    """Read what a person wrote.

    Raises:
        ConfigError: The parts do not make a record of this kind.
    """
    parts: dict[str, tuple[str, ...]] = {}
    for word in filter(None, (word.strip() for word in words.split(","))):
        part, _, columns = word.partition("=")
        parts[part.strip()] = tuple(_unquoted(column.strip()) for column in columns.split("+") if column.strip())
    named = frozenset(parts) - {"label"}
    if named not in _ROLES[kind] or not all(parts.values()):
        forms = " or ".join(",".join(f"{part}=COLUMN" for part in sorted(form)) for form in _ROLES[kind])
        raise ConfigError(f"columns '{words}' do not make a {kind} record", f"write {forms}; label=COLUMN may follow")
    return ColumnMap(kind, parts)


def guess_map(rows: Sequence[Row], kind: Kind) -> Guess:
    """Guess by a few rows.

    Raises:
        DataError: No columns could be the wanted record.
    """
    found = columns_in(rows)
    label = _label(found)
    ways = {"text": _text_ways, "chat": _chat_ways, "preference": _preference_ways}[kind](found)
    names = tuple(column.name for column in found)
    if not ways:
        raise DataError(
            f"no columns look like a {kind} record; there are {', '.join(names) or 'none'}", "name them with --columns"
        )
    first, *others = [ColumnMap(kind, parts if _used(label) & _used(parts) else parts | label) for parts, _ in ways]
    return Guess(first, ways[0][1] or not others, tuple(others[:5]), names)


Columns = tuple[str, ...]
Parts = dict[str, Columns]
Ways = list[tuple[Parts, bool]]  # each with whether it is beyond doubt


def _text_ways(found: list[Column]) -> Ways:
    texts = sorted((column for column in found if column.is_text), key=lambda column: -column.length)
    named = _named([column for column in found if column.is_string], _TEXT)
    ways: Ways = []
    if named:
        rival = max((column.length for column in texts if column not in named), default=0.0)
        ways = [({"text": (column.name,)}, False) for column in named]
        only = len(named) == 1 or named[0].key == "text"
        ways[0] = (ways[0][0], only and rival < _RIVAL * named[0].length)
    talks = [parts for parts, clear in _chat_ways(found)[:1] if clear]
    ways += [({"text": tuple(dict.fromkeys(sum(parts.values(), ())))}, True) for parts in talks]
    ways += [({"text": (column.name,)}, len(texts) == 1) for column in texts]
    return _distinct(ways)


def _chat_ways(found: list[Column]) -> Ways:
    found = [column for column in found if column.name not in TURNS]
    talks = [column for column in found if column.is_talk]
    ways: Ways = [({"messages": (column.name,)}, len(talks) == 1) for column in _named(talks, _TALK) + talks]
    texts = [column for column in found if column.is_text]
    strings = [column for column in found if column.is_string]
    answers = _named(strings, _ANSWERED)
    asked = [column for column in _named(strings, _ASKED) if column not in answers[:1]]
    if asked and answers:
        given = [column.name for column in _named(found, _GIVEN) if column not in (asked[0], answers[0])]
        ways.append(({"prompt": (asked[0].name, *given[:1]), "response": (answers[0].name,)}, not talks))
    elif len(texts) > 1:
        first, second = sorted(texts, key=lambda column: column.length)[-2:]
        ways.append(({"prompt": (first.name,), "response": (second.name,)}, False))
        ways.append(({"prompt": (second.name,), "response": (first.name,)}, False))
    return _distinct(ways)


def _preference_ways(found: list[Column]) -> Ways:
    usable = [column for column in found if column.is_string or column.is_talk]
    chosen, rejected = _named(usable, _CHOSEN), _named(usable, _REJECTED)
    asked = [column for column in _named(usable, _ASKED) if column not in (*chosen, *rejected)]
    if chosen and rejected and (asked or chosen[0].is_talk):
        prompt: Parts = {"prompt": (asked[0].name,)} if asked else {}
        return [({**prompt, "chosen": (chosen[0].name,), "rejected": (rejected[0].name,)}, True)]
    if asked and len(others := [column for column in usable if column is not asked[0]]) == 2:
        names = [(column.name,) for column in others]
        first: Parts = {"prompt": (asked[0].name,), "chosen": names[0], "rejected": names[1]}
        return [(first, False), (first | {"chosen": names[1], "rejected": names[0]}, False)]
    return []


def _label(found: list[Column]) -> Parts:
    named = [column for column in _named(found, _LABEL) if column.is_class]
    return {"label": (named[0].name,)} if named else {}


def _named(columns: Sequence[Column], names: Sequence[str]) -> list[Column]:
    """Those columns with one of the names, in the order of the names; else those with one of them among their words."""
    exact = [column for name in names for column in columns if column.key == name]
    if exact:
        return exact
    parted = {column.name: set(re.split(r"[\W_]+", column.key)) - {column.key} for column in columns}
    inside = [column for name in names for column in columns if name in parted[column.name]]
    return list(dict.fromkeys(inside))


def _distinct(ways: Ways) -> Ways:
    kept: Ways = []
    for parts, clear in ways:
        if parts not in [other for other, _ in kept]:
            kept.append((parts, clear))
    return kept


def _used(parts: Parts) -> set[str]:
    return {column for columns in parts.values() for column in columns}


def _joined(row: Row, columns: tuple[str, ...]) -> Any:
    if len(columns) == 1:
        if columns[0] not in row:
            raise RowError(f"column '{columns[0]}' is missing; there are {', '.join(map(str, row)) or 'none'}")
        return _parsed(row[columns[0]])
    values = [_as_text(_parsed(row.get(column))) for column in columns]
    return "\n\n".join(value for value in values if value.strip())


def _parsed(value: Any) -> Any:
    """Read a conversation that is written into a cell as JSON."""
    if isinstance(value, str) and value.lstrip().startswith("[{"):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _as_text(value: Any) -> str:
    if isinstance(value, list):
        said = [in_one(turn.get("content", turn.get("value"))) if isinstance(turn, Mapping) else turn for turn in value]
        return "\n".join(text for text in said if isinstance(text, str))
    return value if isinstance(value, str) else ""


def _quoted(column: str) -> str:
    return "".join(_MARKS.get(sign, sign) for sign in column)


def _unquoted(column: str) -> str:
    for sign, written in reversed(_MARKS.items()):
        column = column.replace(written, sign)
    return column
