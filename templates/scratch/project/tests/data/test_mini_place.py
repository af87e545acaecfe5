"""Drawing again replaces what was drawn, and never anything of a person."""

import json
from pathlib import Path

import pytest

from scratch_llm.utils.errors import ConfigError, ProjectError
from scratch_llm.utils.files import whole_folder

from tests.data.foreign import drawn, rows_of, stories, write_lines

pytestmark = pytest.mark.fast


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "a.jsonl", [{"text": text} for text in stories(30)])


def there(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_draw_replaces_the_one_before(tmp_path: Path, source: Path) -> None:
    drawn(tmp_path, source)
    drawn(tmp_path, source, rules={"shares": {"train": 0.8, "validation": 0.2}})
    assert there(tmp_path / "mini").keys() == {"train.jsonl", "validation.jsonl", "facts.json"}
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".mini")] == []
    assert len(rows_of(tmp_path, "train")) == 24


@pytest.mark.parametrize("name", ["thesis.txt", "notes/thesis.txt", ".hidden", "extra.jsonl"])
def test_a_file_beside_the_drawn_ones_is_named_and_kept(tmp_path: Path, source: Path, name: str) -> None:
    drawn(tmp_path, source)
    mine = tmp_path / "mini" / name
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("years of work")
    before = there(tmp_path / "mini")
    with pytest.raises(ConfigError, match=f"holds {name.partition('/')[0]}"):
        drawn(tmp_path, source)
    assert there(tmp_path / "mini") == before


@pytest.mark.parametrize("facts", ["mine", "[]", '{"splits": {"x": {}}}', '{"splits": {"x": {"file": "thesis.txt"}}}'])
def test_facts_that_no_draw_has_written_give_nothing_away(tmp_path: Path, source: Path, facts: str) -> None:
    (tmp_path / "mini").mkdir()
    (tmp_path / "mini" / "facts.json").write_text(facts)
    (tmp_path / "mini" / "thesis.txt").write_text("years of work")
    before = there(tmp_path / "mini")
    with pytest.raises(ConfigError):
        drawn(tmp_path, source)
    assert there(tmp_path / "mini") == before


@pytest.mark.parametrize("link", ["data", "data/mini"])
def test_a_link_on_the_way_is_refused(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch, link: str) -> None:
    elsewhere, project = tmp_path / "elsewhere", tmp_path / "project"
    drawn(tmp_path, source, out=elsewhere / "mini")
    (project / link).parent.mkdir(parents=True)
    (project / link).symlink_to(elsewhere if link == "data" else elsewhere / "mini")
    before = there(elsewhere)
    monkeypatch.chdir(project)
    with pytest.raises(ConfigError, match=f"{link} is a link"):
        drawn(tmp_path, source, out=Path("data/mini"))
    assert there(elsewhere) == before


def test_a_drawn_file_that_has_become_a_link_is_refused(tmp_path: Path, source: Path) -> None:
    drawn(tmp_path, source)
    (tmp_path / "mini" / "train.jsonl").unlink()
    (tmp_path / "mini" / "train.jsonl").symlink_to(source)
    with pytest.raises(ConfigError, match=r"holds train\.jsonl"):
        drawn(tmp_path, source)
    assert source.is_file()


def test_a_source_in_the_folder_is_refused(tmp_path: Path, source: Path) -> None:
    facts = drawn(tmp_path, source)
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "mini" / "train.jsonl")
    for own in (tmp_path / "mini", tmp_path / "mini" / "train.jsonl", tmp_path / "link.jsonl"):
        with pytest.raises(ConfigError, match="which is replaced"):
            drawn(tmp_path, own)
    assert json.loads((tmp_path / "mini" / "facts.json").read_text("utf-8")) == facts


def test_a_folder_that_holds_the_place_is_no_source(tmp_path: Path, source: Path) -> None:
    for name in ("before the first draw", "and after it"):
        with pytest.raises(ConfigError, match="would be drawn from itself") as error:
            drawn(tmp_path, tmp_path)
        assert "name the files of your own" in error.value.hint, name
        drawn(tmp_path, source)


def test_of_another_mini_dataset_what_validates_or_tests_is_not_drawn_from(tmp_path: Path, source: Path) -> None:
    drawn(tmp_path, source)
    facts = drawn(tmp_path, tmp_path / "mini", out=tmp_path / "second" / "mini")
    assert facts["read"]["rows"] == len(rows_of(tmp_path, "train"))
    told = {row["place"]: row["why"] for row in facts["broken"]}
    assert told.keys() == {"validation.jsonl", "test.jsonl"}
    assert "split already" in told["test.jsonl"]


def test_what_was_edited_by_hand_is_kept_beside_the_new_draw(
    tmp_path: Path, source: Path, caplog: pytest.LogCaptureFixture
) -> None:
    drawn(tmp_path, source)
    drawn(tmp_path, source)
    assert not list(tmp_path.glob("mini-edited-*")), "nobody has edited anything"
    before = there(tmp_path / "mini")
    for number in (1, 2):
        edited = f'{{"text": "mine {number}"}}\n'
        (tmp_path / "mini" / "train.jsonl").write_text(edited)
        drawn(tmp_path, source)
        assert there(tmp_path / "mini") == before
        assert there(tmp_path / f"mini-edited-{number}") == {"train.jsonl": edited.encode()}
        assert f"is kept in {tmp_path / f'mini-edited-{number}'}" in caplog.text


def test_a_file_that_comes_while_it_is_drawn_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "mini"
    target.mkdir()
    (target / "facts.json").write_text("{}")
    with pytest.raises(ProjectError, match="thesis"), whole_folder(target, "facts.json", {"facts.json"}) as draft:
        (draft / "facts.json").write_text("new")
        (target / "thesis.txt").write_text("years of work")
    assert there(tmp_path) == {"mini/facts.json": b"{}", "mini/thesis.txt": b"years of work"}


def test_a_link_in_a_folder_of_data_is_listed_and_not_read(tmp_path: Path, source: Path) -> None:
    (tmp_path / "own").mkdir()
    write_lines(tmp_path / "own" / "a.jsonl", [{"text": text} for text in stories(40)[10:]])
    (tmp_path / "own" / "b.jsonl").symlink_to(source)
    facts = drawn(tmp_path, tmp_path / "own")
    assert [row["place"] for row in facts["broken"]] == ["b.jsonl"] and "link" in facts["broken"][0]["why"]
    assert facts["read"]["rows"] == 30


def test_git_leaves_out_what_is_secret() -> None:
    lines = (Path(__file__).parents[2] / ".gitignore").read_text("utf-8").split()
    assert {"/data/", ".env", ".env.*", "*.pem", "*.key"} <= set(lines)
    assert lines.index("!.env.example") > lines.index(".env.*")
