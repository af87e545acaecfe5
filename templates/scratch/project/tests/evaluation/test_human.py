"""From answers to a verdict: blind sheets, filled sheets, and what is refused."""

import csv
import io
from pathlib import Path

import pytest

from scratch_llm.evaluation.human import (
    RatingItem,
    judge,
    make_study,
    read_key,
    read_ratings,
    write_sheets,
)
from scratch_llm.evaluation.human.items import SCALES, Study
from scratch_llm.utils.errors import DataError

pytestmark = pytest.mark.fast
RATERS = ("ann", "bob", "lin")


@pytest.fixture
def study() -> Study:
    items = [RatingItem(f"prompt {i}", {"sft": f"plain {i}", "dpo": f"=fine() {i} <b>"}) for i in range(8)]
    return make_study(items, seed=1)


@pytest.fixture
def folder(tmp_path: Path, study: Study) -> Path:
    write_sheets(study, tmp_path, RATERS)
    return tmp_path


def fill(path: Path, values: dict[str, int], delimiter: str = ",") -> None:
    """Fill a sheet as a person would: by what the answers say. The same value goes to all scales."""
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    for row in rows:
        value = next(value for word, value in values.items() if word in row["answer"])
        row.update({scale: str(value) for scale in SCALES})
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, rows[0], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(buffer.getvalue(), encoding="utf-8")


def test_a_sheet_says_nothing_of_the_models(folder: Path) -> None:
    for path in [*folder.glob("*.html"), *folder.glob("*.csv")]:
        text = path.read_text(encoding="utf-8")
        assert "sft" not in text
        assert "dpo" not in text


def test_raters_see_the_same_answers_in_orders_of_their_own(study: Study) -> None:
    sheets = [study.sheet_of(rater) for rater in RATERS]
    assert sheets[0] == study.sheet_of("ann")
    assert sheets[0] != sheets[1]
    assert all(
        sorted(answer.code for item in sheet for answer in item.answers) == sorted(study.key) for sheet in sheets
    )


def test_text_of_models_is_inert_in_the_page_and_in_a_spreadsheet(folder: Path) -> None:
    page = (folder / "ann.html").read_text(encoding="utf-8")
    assert "<b>" not in page
    assert "&lt;b&gt;" in page
    rows = csv.DictReader(io.StringIO((folder / "ann.csv").read_text(encoding="utf-8-sig")))
    assert not any(row["answer"].startswith(("=", "+", "-", "@")) for row in rows)


def test_the_page_loads_nothing_and_runs_only_its_own_script(folder: Path) -> None:
    page = (folder / "ann.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert "src=" not in page.replace("-src ", "")
    assert "http" not in page.replace("http-equiv", "")


def test_sheets_speak_chinese(tmp_path: Path, study: Study) -> None:
    write_sheets(study, tmp_path, ["ann"], "zh")
    assert "无害性" in (tmp_path / "ann.html").read_text(encoding="utf-8")


def test_a_clear_preference_is_found_with_its_certainty(folder: Path) -> None:
    for rater, fine in zip(RATERS, (5, 4, 5), strict=True):
        fill(folder / f"{rater}.csv", {"fine": fine, "plain": 2})
    verdict = judge(read_ratings([folder / f"{rater}.csv" for rater in RATERS], read_key(folder / "key.json")))
    [duel] = verdict.duels
    assert duel.winner == "dpo"
    assert (duel.first, duel.wins, duel.losses) == ("dpo", 8, 0)
    assert duel.p_value == pytest.approx(2 / 2**8)
    assert duel.difference.value == pytest.approx(14 / 3 - 2)
    assert verdict.means["sft"]["quality"].value == 2.0
    assert verdict.agreement[0].krippendorff is not None
    assert verdict.agreement[0].krippendorff > 0.7
    assert "dpo" in verdict.markdown()


def test_equal_ratings_have_no_winner(folder: Path) -> None:
    fill(folder / "ann.csv", {"fine": 3, "plain": 3})
    verdict = judge(read_ratings([folder / "ann.csv"], read_key(folder / "key.json")))
    assert verdict.duels[0].winner is None
    assert verdict.agreement[0].krippendorff is None
    assert "not decided" in verdict.markdown()


def test_sheets_saved_with_semicolons_are_read(folder: Path) -> None:
    fill(folder / "ann.csv", {"fine": 4, "plain": 2}, delimiter=";")
    assert len(read_ratings([folder / "ann.csv"], read_key(folder / "key.json"))) == 16


def test_every_problem_of_a_sheet_is_told_at_once(folder: Path) -> None:
    path = folder / "ann.csv"
    fill(path, {"fine": 4, "plain": 9})
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(DataError, match="quality = '9' must be a whole number from 1 to 5") as error:
        read_ratings([path], read_key(folder / "key.json"))
    assert "is missing" in error.value.message
    assert "line " in error.value.message


def test_a_sheet_of_other_answers_is_refused(folder: Path, tmp_path: Path) -> None:
    other = make_study([RatingItem("p", {"a": "x", "b": "y"})])
    write_sheets(other, tmp_path / "other", ["ann"])
    fill(folder / "ann.csv", {"fine": 4, "plain": 2})
    with pytest.raises(DataError, match="belongs to other answers"):
        read_ratings([folder / "ann.csv"], read_key(tmp_path / "other" / "key.json"))


@pytest.mark.parametrize("rater", ["../x", "a b", "", "x/y"])
def test_a_rater_cannot_name_a_path(tmp_path: Path, study: Study, rater: str) -> None:
    with pytest.raises(DataError, match="cannot name a file"):
        write_sheets(study, tmp_path / "sheets", [rater])
    assert not (tmp_path / "sheets").exists()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"sheet": "x", "codes": 3}', '{"sheet": "x", "codes": {"a": 1}}'])
def test_a_damaged_key_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "key.json").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match="missing or damaged"):
        read_key(tmp_path / "key.json")


def test_models_that_did_not_answer_everything_cannot_be_compared() -> None:
    with pytest.raises(DataError, match="same two or more models"):
        make_study([RatingItem("p", {"a": "x", "b": "y"}), RatingItem("q", {"a": "x"})])


def test_a_sheet_that_is_not_complete_says_how_much_of_it_is_rated(folder: Path) -> None:
    path = folder / "ann.csv"
    empty = path.read_text(encoding="utf-8-sig").splitlines()
    fill(path, {"fine": 4, "plain": 2})
    filled = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*filled[:3], *empty[3:]]), encoding="utf-8")
    with pytest.raises(DataError, match="2 of 16 answers are rated; not yet: ") as error:
        read_ratings([path], read_key(folder / "key.json"))
    assert "and 6 more" in error.value.message
    assert "quality" not in error.value.message
