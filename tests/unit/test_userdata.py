"""The user's own data: what it is, how much of it, and a digest that changes when it does."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.errors import UsageError
from framework.runtime.parquet import row_count
from framework.runtime.userdata import inspect_data

# Five rows, written by pyarrow 26.
PARQUET = base64.b64decode(
    "UEFSMRUEFQoVHEwVAhUAEgAAKLUv/SAFKQAAAQAAAHgVABUSFSQsFQoVEBUGFQYcAAAAKLUv/SAJSQAAAgAAAAoBAQoAFQQZLDUAGAZzY2hlbWEVAgAV"
    "DCUCGAF0JQBMHAAAABYKGRwZHCYAHBUMGTUABhAZGAF0FQwWChZeFoIBJkAmCCksFQQVABUCABUAFRAVAgA8FgoZBhkmAAoAAAAWXhYKJggWggEAKCBw"
    "YXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRkcHAAAAI4AAABQQVIx"
)


@pytest.mark.parametrize(
    ("name", "content", "form", "rows"),
    [
        ("a.jsonl", b'{"a": 1}\n{"a": 2}\n\n', "jsonl", 2),
        ("a.jsonl", b'{"a": 1}\n{"a": 2}', "jsonl", 2),
        ("a.csv", b'text,label\n"two\nlines",1\nplain,0\n', "csv", 2),
        ("a.csv", b"text,label\n", "csv", 0),
        ("a.csv", b"", "csv", 0),
        ("a.TSV", b"text\tlabel\nx\t1\n", "tsv", 1),
        ("a.txt", "一\n二\n".encode(), "txt", 2),
        ("a.json", b"[1, 2, 3]", "json", 3),
        ("a.json", b'{"not": "a list"}', "json", None),
        ("a.json", b"[broken", "json", None),
        ("a.parquet", PARQUET, "parquet", 5),
        ("a.parquet", b"PAR1 torn", "parquet", None),
        ("a.pdf", b"%PDF-1.7", "pdf", None),
        ("a.bin", b"\x00\xff", "other", None),
    ],
)
def test_a_file_is_described(tmp_path: Path, name: str, content: bytes, form: str, rows: int | None) -> None:
    (tmp_path / name).write_bytes(content)
    facts = inspect_data(tmp_path / name)
    assert (facts.format, facts.rows, facts.files, facts.bytes) == (form, rows, 1, len(content))


def test_a_compressed_file_is_counted_inside(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n' * 1000))
    assert (inspect_data(path).format, inspect_data(path).rows) == ("jsonl", 1000)


def test_a_folder_is_taken_together_without_hidden_files(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.jsonl").write_text("{}\n{}\n")
    (tmp_path / "deep" / "b.jsonl").write_text("{}\n")
    (tmp_path / "readme.md").write_text("# Data\n")
    (tmp_path / ".cache").write_text("x\n")
    facts = inspect_data(tmp_path)
    assert (facts.folder, facts.format, facts.mixed, facts.files, facts.rows) == (True, "jsonl", True, 3, None)


def test_links_out_of_a_folder_are_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("one\ntwo\n")
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(UsageError, match="links that lead out of it"):
        inspect_data(folder)
    (folder / "a.txt").write_text("x\n")
    (folder / "again.txt").symlink_to(folder / "a.txt")
    facts = inspect_data(folder)
    assert (facts.files, facts.rows) == (2, 2)


def test_a_packed_list_that_is_far_too_large_is_not_counted(tmp_path: Path) -> None:
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(b"[" + b" " * (17 << 20) + b"1]"))
    assert inspect_data(tmp_path / "a.json.gz").rows is None


def test_the_digest_is_that_of_the_content(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("{}\n")
    first = inspect_data(path).digest
    path.write_text("{ }\n")
    changed = inspect_data(path).digest
    path.write_text("{}\n")
    assert (first != changed, inspect_data(path).digest) == (True, first)


def test_a_renamed_file_changes_a_folder(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("x\n")
    before = inspect_data(tmp_path).digest
    (tmp_path / "train.txt").rename(tmp_path / "test.txt")
    assert inspect_data(tmp_path).digest != before


@pytest.mark.parametrize("make", [False, True])
def test_nothing_there_is_said(tmp_path: Path, make: bool) -> None:
    path = tmp_path / "missing"
    if make:
        path.mkdir()
    with pytest.raises(UsageError, match="--data"):
        inspect_data(path)


def test_what_lies_across_two_chunks_is_counted_once(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    wide = "x" * 700_000
    path.write_text(f'text,n\n"{wide}\n{wide}",1\n"{wide}",2\n')
    assert inspect_data(path).rows == 2


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3), max_size=30))
def test_every_record_of_any_jsonl_is_counted(tmp_path_factory: pytest.TempPathFactory, records: list[object]) -> None:
    path = tmp_path_factory.mktemp("data") / "a.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    assert inspect_data(path).rows == len(records)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_footer_fail(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    path = tmp_path_factory.mktemp("data") / "a.parquet"
    path.write_bytes(b"PAR1" + junk + len(junk).to_bytes(4, "little") + b"PAR1")
    assert row_count(path) is None or isinstance(row_count(path), int)


@pytest.mark.parametrize(
    ("name", "content", "columns"),
    [
        ("a.jsonl", '{"id": 3, "title": "T", "story": "Once upon a time"}\n{"id": 4}\n', ["story", "title"]),
        ("a.json", '[\n {"n": 1, "正文": "从前有一只狐狸"}]', ["正文"]),
        ("a.csv", 'id,body,by\n1,"a, long\ntext",me\n', ["body", "by", "id"]),
        ("a.tsv", "body\tby\nsome text\tme\n", ["body", "by"]),
        ("a.txt", "Once upon a time\n", []),
        ("broken.jsonl", '{"story": "never closed\n', []),
        ("list.json", "[1, 2, 3]", []),
    ],
)
def test_the_columns_that_hold_text_are_known(tmp_path: Path, name: str, content: str, columns: list[str]) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert inspect_data(tmp_path / name).text_columns == columns
    assert inspect_data(tmp_path).text_columns == columns
