"""Rating sheets on disk: written for raters, and read back when they are filled."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from scratch_llm.evaluation.human.items import (
    HIGHEST,
    LOWEST,
    SCALES,
    BlindItem,
    Origin,
    Study,
)
from scratch_llm.evaluation.human.page import sheet_page
from scratch_llm.evaluation.human.texts import TEXTS, SheetLanguage
from scratch_llm.utils.errors import DataError
from scratch_llm.utils.files import write_json, write_text

KEY_FILE: Final = "key.json"
_NEEDED: Final = ("sheet", "code", *SCALES)
_COMPUTED: Final = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would take such a cell for a formula


class Key(NamedTuple):
    """Opens the codes of the sheets of one study."""

    sheet: str
    origins: Mapping[str, Origin]


class Rating(NamedTuple):
    """One rater's values for one answer, one per scale."""

    rater: str
    item: int
    model: str
    values: Mapping[str, int]
    comment: str


def write_sheets(study: Study, folder: Path, raters: Sequence[str], language: SheetLanguage = "en") -> None:
    """Write the sheets of a study.

    Each rater gets `<rater>.html` and `<rater>.csv`, of which one is to be filled; `key.json` is not for raters.
    """
    for rater in raters:
        if not rater.isidentifier():
            raise DataError(f"'{rater}' cannot name a file of ratings", "use letters, digits and _")
    for rater in raters:
        items = study.sheet_of(rater)
        page = sheet_page(study.fingerprint, rater, items, TEXTS[language], language)
        write_text(folder / f"{rater}.html", page)
        # Spreadsheets know UTF-8 by the mark at its beginning.
        write_text(folder / f"{rater}.csv", "\ufeff" + _table(study.fingerprint, items))
    write_json(folder / KEY_FILE, {"sheet": study.fingerprint, "codes": study.key})


def read_key(path: Path) -> Key:
    """Read the key file of a study."""
    try:
        key = json.loads(path.read_text(encoding="utf-8"))
        return Key(key["sheet"], {code: Origin(*origin) for code, origin in key["codes"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"key '{path}' is missing or damaged: {error}", "give the key.json of the sheets") from error


def read_ratings(paths: Sequence[Path], key: Key) -> list[Rating]:
    """Read filled sheets; every problem of a sheet is told at once. A file's stem names its rater."""
    raters = [path.stem for path in paths]
    if len(set(raters)) != len(raters):
        raise DataError(f"two sheets are of the same rater: {', '.join(raters)}", "name each file after its rater")
    return [rating for path in paths for rating in _read_sheet(path, key)]


def _read_sheet(path: Path, key: Key) -> list[Rating]:
    rows = list(_rows(path))
    codes = [row["code"] for _, row in rows]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    problems = [f"code {code} appears {codes.count(code)} times" for code in twice]
    problems += [f"code {code} is missing" for code in key.origins if code not in codes]
    problems += [f"line {line}: {problem}" for line, row in rows for problem in _problems(row, key)]
    unrated = [row["code"] for _, row in rows if _is_unrated(row)]
    if problems or unrated:
        raise _refusal(path, problems, unrated, len(rows))
    return [_rating(path.stem, row, key) for _, row in rows]


def _refusal(path: Path, problems: Sequence[str], unrated: Sequence[str], n_row: int) -> DataError:
    """Count what is not rated yet, and list the rest."""
    found = [_first(problems, "\n  - ")] if problems else []
    if unrated:
        rated = f"{n_row - len(unrated)} of {n_row} answers are rated"
        found.insert(0, f"{rated}; not yet: {_first(unrated, ', ')}")
    listed = "\n  - ".join(found)
    return DataError(f"sheet {path}:\n  - {listed}", "complete or correct the sheet with its rater")


def _first(texts: Sequence[str], between: str, n: int = 8) -> str:
    return between.join([*texts[:n], *([f"... and {len(texts) - n} more"] if len(texts) > n else [])])


def _is_unrated(row: Mapping[str, str]) -> bool:
    return not any(row[scale] for scale in SCALES)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The filled rows by line; spreadsheets of some countries save with semicolons or tabs."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"sheet '{path}' cannot be read: {error}", "save it as CSV in UTF-8") from error
    head = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
    if missing := [column for column in _NEEDED if column not in (reader.fieldnames or ())]:
        raise DataError(f"sheet {path} lacks the columns {', '.join(missing)}", "keep the columns of the empty sheet")
    for row in reader:
        yield reader.line_num, {name: (row.get(name) or "").strip() for name in (*_NEEDED, "comment")}


def _problems(row: Mapping[str, str], key: Key) -> Iterator[str]:
    if row["sheet"] != key.sheet:
        yield f"sheet '{row['sheet']}' belongs to other answers than the key ({key.sheet})"
    elif row["code"] not in key.origins:
        yield f"code '{row['code']}' is not in the key"
    for scale in () if _is_unrated(row) else SCALES:
        if row[scale] not in {str(value) for value in range(LOWEST, HIGHEST + 1)}:
            yield f"{scale} = '{row[scale]}' must be a whole number from {LOWEST} to {HIGHEST}"


def _rating(rater: str, row: Mapping[str, str], key: Key) -> Rating:
    values = {scale: int(row[scale]) for scale in SCALES}
    return Rating(rater, *key.origins[row["code"]], values, row["comment"])


def _table(sheet: str, items: Sequence[BlindItem]) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(["sheet", "code", "prompt", "answer", *SCALES, "comment"])
    for item in items:
        for answer in item.answers:
            writer.writerow([sheet, answer.code, _inert(item.prompt), _inert(answer.text), *[""] * len(SCALES), ""])
    return buffer.getvalue()


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(_COMPUTED) else text
