"""Which columns of the user's data hold what: decided where it is clear enough, asked where it is not."""

from __future__ import annotations

from framework.artifacts.base import Question, Strict
from framework.artifacts.mini_dataset import ColumnFacts, MiniDataset
from framework.artifacts.records import Answer
from framework.engines.base import Ask
from framework.errors import UsageError
from framework.messages import Lang, say
from framework.runtime.workspace import Workspace

QUESTION = "environment.columns"
_PARTS = (
    {"text"},
    {"messages"},
    {"prompt", "response"},
    {"prompt", "chosen", "rejected"},
    {"chosen", "rejected"},
)
_SURE, _GUESSED = 1.0, 0.5


class Doubt(Strict):
    """What an engine is told: every way to read the columns, with the beginning of the record that it gives."""

    options: list[str]
    samples: list[str]


class Reading(Strict):
    """What an engine decides: one of the options."""

    columns: str


def ask(found: ColumnFacts) -> Ask[Doubt, Reading]:
    """The question of judgement; the rule takes the way that names and lengths speak for."""
    doubt = Doubt(
        options=[option.columns for option in found.options], samples=[option.sample for option in found.options]
    )
    return Ask("dataset.columns", doubt, Reading, lambda context: Reading(columns=context.options[0]))


def question(found: ColumnFacts, lang: Lang, answer: Answer | None) -> list[Question]:
    """What a human is asked; nothing where there is no doubt and nobody has answered."""
    if answer is None and found.clear:
        return []
    said = answer.text if answer else None
    samples = " · ".join(f"{option.columns}: “{option.sample}”" for option in found.options)
    return [
        Question(
            id=QUESTION,
            slot=QUESTION,
            text=say(lang, "mini_data.question", columns=", ".join(found.found)),
            why=say(lang, "mini_data.question_why", samples=samples),
            choices=[option.columns for option in found.options],
            default=found.chosen,
            answer=said,
            score=_SURE if said else _GUESSED,
            strategy=say(lang, "mini_data.question_skipped") if answer and not said else "",
        )
    ]


def check(workspace: Workspace, words: str) -> None:
    """Raise UsageError, with the rule and an example, if the answer names no columns, or columns that are not there."""
    lang = workspace.run.lang
    pairs = [word.partition("=") for word in words.split(",") if word.strip()]
    columns = {part.strip(): [one.strip() for one in names.split("+") if one.strip()] for part, _, names in pairs}
    if set(columns) - {"label"} not in _PARTS or not all(columns.values()):
        raise UsageError(say(lang, "mini_data.answer_form", text=words), hint=say(lang, "mini_data.answer_example"))
    known = _known(workspace)
    strangers = sorted({name for names in columns.values() for name in names} - known)
    if known and strangers:
        raise UsageError(
            say(lang, "mini_data.answer_column", name=strangers[0]),
            hint=say(lang, "mini_data.answer_columns", names=", ".join(sorted(known))),
        )


def _known(workspace: Workspace) -> set[str]:
    """The columns that were found, as the answer has to write them."""
    if not workspace.files.report(MiniDataset.FILE).exists():
        return set()
    drawn = workspace.read(MiniDataset).drawn
    return {_written(name) for name in drawn.facts.columns.found} if drawn else set()


def _written(name: str) -> str:
    for sign, written in (("%", "%25"), (",", "%2C"), ("=", "%3D"), ("+", "%2B")):
        name = name.replace(sign, written)
    return name
