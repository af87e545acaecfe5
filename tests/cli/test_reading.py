"""Requests as they come: in any of the usual encodings, from a pipe or a file, and whatever is no text is refused."""

from __future__ import annotations

import io
import os
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.cli.reading import LIMIT, decode, read_request
from framework.errors import UsageError

CHINESE = "我想微调一个 7B 模型,两张 4090,三天之内。"
WRITTEN = st.text(st.characters(codec="gb18030", exclude_categories=["C", "Z"]), min_size=4)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_usual_encoding_is_read(encoding: str) -> None:
    assert decode(CHINESE.encode(encoding), "wish.txt") == CHINESE


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@given(text=WRITTEN)
def test_what_says_its_encoding_is_read_exactly(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding), "wish.txt") == text


def test_a_binary_file_is_refused() -> None:
    noise = random.Random(1)
    for size in (100, 1_000, 100_000):
        with pytest.raises(UsageError, match="no text"):
            decode(noise.randbytes(size), "photo.jpg")


@pytest.mark.parametrize(
    "head", [b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b"PK\x03\x04\x14\x00\x00\x00\x08\x00", b"\x7fELF\x02\x01\x01\x00"]
)
def test_known_binary_heads_are_refused(head: bytes) -> None:
    with pytest.raises(UsageError, match="no text"):
        decode(head + bytes(range(256)) * 4, "file.bin")


def test_a_megabyte_is_read_and_a_library_is_not() -> None:
    assert len(decode(b"a" * LIMIT + b"\n", "wish.txt")) == LIMIT
    with pytest.raises(UsageError, match="more than 1536 KB"):
        decode(b"a" * (LIMIT + 1), "wish.txt")


def test_a_control_code_in_a_request_is_no_binary_file() -> None:
    text = "a chat model \x1b[31mfor support\x1b[0m"
    assert decode(text.encode(), "wish.txt") == text


def test_a_file_and_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "wish.txt"
    file.write_text(CHINESE, encoding="gb18030")
    assert read_request(f"@{file}") == CHINESE
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(CHINESE.encode())))
    assert read_request("-") == CHINESE


def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "wish.txt")
    with pytest.raises(UsageError, match="no text"):
        read_request(f"@{tmp_path / 'wish.txt'}")


def test_a_pipe_that_the_shell_hands_over_is_read() -> None:
    end, start = os.pipe()
    os.write(start, CHINESE.encode())
    os.close(start)
    assert read_request(f"@/dev/fd/{end}") == CHINESE
    os.close(end)


def test_arguments_in_the_terminal_s_own_encoding() -> None:
    """Bytes that are no UTF-8 reach Python as lone surrogates."""
    assert read_request(CHINESE.encode("gb18030").decode("utf-8", "surrogateescape")) == CHINESE


@pytest.mark.parametrize("name", ["missing.txt", "."])
def test_what_cannot_be_read_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as refused:
        read_request(f"@{name}")
    assert name in refused.value.message
    assert "foundry new -" in refused.value.hint
