"""Answers that come with the command: `--answers FILE` and `--set key=value`.

A value is taken as it is written, so that `python: 3.10` stays 3.10; `null` (or nothing) skips the question.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from framework.artifacts.records import AnswerSource
from framework.artifacts.slots import SLOTS
from framework.cli.choices import did_you_mean
from framework.cli.language import tell
from framework.cli.reading import decode, read_bytes
from framework.errors import UsageError
from framework.resources import parse_with_nodes

FILE = ".file"  # a question whose answer is a whole text: it is given as the path of a file
NULL_TAG = "tag:yaml.org,2002:null"
_PAIRED = re.compile(r"\\\\|(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})")


@dataclass(frozen=True)
class GivenAnswer:
    """One answer with the place it came from, for the message that refuses it."""

    question: str
    text: str | None
    source: AnswerSource
    where: str


def read_answers(file: Path | None, settings: Iterable[str]) -> list[GivenAnswer]:
    """Everything that was given; `--set` is more deliberate than a file and wins."""
    given = {answer.question: answer for answer in _from_file(file)} if file else {}
    for setting in settings:
        answer = _from_setting(setting)
        given[answer.question] = answer
    return list(given.values())


def check_all(
    given: Iterable[GivenAnswer], asked: Iterable[str], check: Callable[[str, str], None], foreseen: Iterable[str] = ()
) -> None:
    """Refuse the first answer that belongs to no question or is not understood; the error says where it stands."""
    known = sorted({*SLOTS, *asked, *foreseen})
    for answer in given:
        if answer.question not in known:
            raise UsageError(
                tell("usage.no_question", where=answer.where, question=answer.question),
                did_you_mean(answer.question, known),
            )
        if answer.text is not None:
            _check(answer, answer.text, check)


def _check(answer: GivenAnswer, text: str, check: Callable[[str, str], None]) -> None:
    try:
        check(answer.question, text)
    except UsageError as error:
        raise UsageError(f"{answer.where}, {answer.question}: {error.message}", error.hint) from error


def _from_setting(setting: str) -> GivenAnswer:
    key, equals, value = setting.partition("=")
    if not equals or not key.strip():
        raise UsageError(tell("usage.setting", setting=setting), tell("usage.setting_hint"))
    text = value.strip()
    if key.strip().endswith(FILE):
        path = Path(text)
        return GivenAnswer(key.strip(), decode(read_bytes(path), str(path)).strip() or None, "set", f"--set, {path}")
    return GivenAnswer(key.strip(), text if text not in ("", "null", "~") else None, "set", "--set")


def _from_file(path: Path) -> list[GivenAnswer]:
    root = _parse(decode(read_bytes(path), str(path)), path)
    if not isinstance(root, yaml.MappingNode):
        raise _refuse(path, 1, tell("usage.answers_mapping"))
    answers: dict[str, GivenAnswer] = {}
    for key, value in root.value:
        where = tell("usage.line", path=path, line=key.start_mark.line + 1)
        if not isinstance(key, yaml.ScalarNode) or key.value in answers:
            raise UsageError(tell("usage.answer_key", where=where))
        answers[key.value] = GivenAnswer(key.value, _text(value, where), "file", where)
    return list(answers.values())


def _parse(text: str, path: Path) -> yaml.Node | None:
    try:
        return parse_with_nodes(_PAIRED.sub(_joined, text))[1]
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise _refuse(
            path, min(line, text.rstrip().count("\n")) + 1, tell("usage.answers_yaml", problem=error.problem)
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        raise _refuse(path, 1, tell("usage.answers_yaml", problem=error)) from error


def _joined(match: re.Match[str]) -> str:
    """JSON writes an emoji as two escapes, which YAML does not know."""
    return str(json.loads(f'"{match[0]}"')) if match["pair"] else match[0]


def _refuse(path: Path, line: int, rule: str) -> UsageError:
    return UsageError(f"{tell('usage.line', path=path, line=line)}: {rule}", tell("usage.answers_hint"))


def _text(node: yaml.Node, where: str) -> str | None:
    """An answer as a person would type it: lists with commas, a value with its unit."""
    if isinstance(node, yaml.ScalarNode):
        is_skip = node.tag == NULL_TAG or not str(node.value).strip()
        return None if is_skip else str(node.value).strip()
    if isinstance(node, yaml.SequenceNode) and all(isinstance(part, yaml.ScalarNode) for part in node.value):
        return ", ".join(str(part.value) for part in node.value) or None
    if isinstance(node, yaml.MappingNode):
        parts = {key.value: part.value for key, part in node.value}
        if parts.keys() == {"value", "unit"}:
            return f"{parts['value']} {parts['unit']}"
    raise UsageError(tell("usage.answer_value", where=where))
