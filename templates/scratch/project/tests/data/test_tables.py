"""Tables as spreadsheets and people write them: no row vanishes, and none is read as something else."""

from pathlib import Path
from typing import Any

import pytest

from scratch_llm.data.columns import RowError
from scratch_llm.data.local import rows_of

from tests.data.foreign import stories

pytestmark = pytest.mark.fast
TEXTS = stories(12)


def rows_in(path: Path, content: str) -> list[Any]:
    path.write_bytes(content.encode())
    return [located.row for located in rows_of(path, whole=False)]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_cells_are_parted_by_whatever_the_header_is_parted_by(tmp_path: Path, sign: str, end: str, mark: str) -> None:
    lines = [f"id{sign}text", *(f'{i}{sign}"{text} a,b;c|d ""so"" and{end}on"' for i, text in enumerate(TEXTS))]
    rows = rows_in(tmp_path / "a.csv", mark + end.join(lines) + end)
    assert [row["text"] for row in rows] == [f'{text} a,b;c|d "so" and{end}on' for text in TEXTS]


def test_what_excel_says_of_the_sign_is_no_row(tmp_path: Path) -> None:
    rows = rows_in(tmp_path / "a.csv", "sep=;\nid;text\n1;One, two\n")
    assert rows == [{"id": "1", "text": "One, two"}]


def test_a_single_column_may_hold_commas(tmp_path: Path) -> None:
    rows = rows_in(tmp_path / "a.csv", "text\n" + "".join(f"{text}, and so on\n" for text in TEXTS) + '"a, b"\n')
    assert [row["text"] for row in rows] == [*(f"{text}, and so on" for text in TEXTS), "a, b"]


def test_a_sentence_is_no_name_of_a_column(tmp_path: Path) -> None:
    rows = rows_in(tmp_path / "a.csv", "".join(f"{text};good\n" for text in TEXTS))
    assert [row["column_1"] for row in rows] == TEXTS


def test_columns_without_a_name_get_a_number(tmp_path: Path) -> None:
    assert rows_in(tmp_path / "a.csv", "id,text,,\n1,One,,x\n") == [
        {"id": "1", "text": "One", "column_3": "", "column_4": "x"}
    ]
    assert rows_in(tmp_path / "b.csv", ",text\n1,One\n") == [{"": "1", "text": "One"}]


def test_a_quote_that_is_never_closed_costs_its_own_row_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('id,text\n1,good\n2,"never closed\n' + "3,more\n" * 10)
    found = list(rows_of(tmp_path / "a.csv", whole=False))
    broken = [located for located in found if isinstance(located.row, RowError)]
    assert [located.line for located in broken] == [3]
    assert [located.row for located in found if located not in broken] == [
        {"id": "1", "text": "good"},
        *[{"id": "3", "text": "more"}] * 10,
    ]
    assert [located.line for located in found] == list(range(2, 14))


def test_lone_quotes_in_a_table_of_tabs_cost_their_own_rows(tmp_path: Path) -> None:
    lines = [f'{i}\t"Oh {text}' if i % 5 == 0 else f"{i}\t{text}" for i, text in enumerate(TEXTS)]
    rows = rows_in(tmp_path / "a.tsv", "id\ttext\n" + "\n".join(lines) + "\n")
    assert [row["text"] for row in rows if not isinstance(row, RowError)] == [
        text for i, text in enumerate(TEXTS) if i % 5
    ]
    assert sum(isinstance(row, RowError) for row in rows) == 3
