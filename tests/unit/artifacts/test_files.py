"""The files of a project: writes are whole or not at all, and the ledger survives a torn line."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.artifacts.files import ProjectFiles, write_text
from framework.artifacts.ledger import Ledger, now
from framework.artifacts.records import Receipt, WorkRecord
from framework.errors import MissingOutside, UsageError


def receipt(stage: str = "requirements", *, passed: bool = True, file_hash: str = "h") -> Receipt:
    return Receipt(
        stage=stage, file=f"{stage}.md", passed=passed, findings=[], inputs={"a": "1"}, file_hash=file_hash,
        content_hash="c", adopted=False, attempt=1, at=now(),
    )  # fmt: skip


def work(stage: str = "requirements", file_hash: str = "h") -> WorkRecord:
    return WorkRecord(stage=stage, attempt=1, inputs={"a": "1"}, file_hash=file_hash, engine="expert", steps=[])


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "requirements.md"
    write_text(path, "old")
    path.with_name(".requirements.md.tmp").mkdir()  # the temporary file cannot be opened

    with pytest.raises(MissingOutside, match=r"requirements\.md"):
        write_text(path, "new")

    assert path.read_text() == "old"


def test_a_folder_that_is_no_project_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a foundry project"):
        ProjectFiles(tmp_path).read_run()


def test_a_torn_last_line_is_no_receipt_and_the_next_one_is_read(tmp_path: Path) -> None:
    files = ProjectFiles(tmp_path)
    Ledger(files).append(receipt("requirements"))
    whole = files.ledger.read_bytes()
    files.ledger.write_bytes(whole + whole[: len(whole) // 2])

    torn = Ledger(files)
    torn.append(receipt("technology"))
    again = Ledger(files)

    assert torn.damaged == again.damaged == 1
    assert again.receipt("requirements") is not None
    assert again.receipt("technology") is not None


def test_newer_work_and_a_reset_take_a_receipt_away(tmp_path: Path) -> None:
    ledger = Ledger(ProjectFiles(tmp_path))
    ledger.append(receipt())
    ledger.append(work())
    assert ledger.receipt("requirements") is None

    ledger.append(receipt())
    assert ledger.receipt("requirements") is not None
    ledger.reset("requirements", "dropped")
    assert ledger.receipt("requirements") is None
    assert "dropped" in ledger.written_hashes("requirements")


def test_attempts_count_on_disk_until_the_stage_passes(tmp_path: Path) -> None:
    files = ProjectFiles(tmp_path)
    assert [Ledger(files).begin("requirements") for _ in range(3)] == [1, 2, 3]

    Ledger(files).append(receipt(passed=False))
    assert Ledger(files).attempts("requirements") == 3
    Ledger(files).append(receipt(passed=True))
    assert Ledger(files).attempts("requirements") == 0
