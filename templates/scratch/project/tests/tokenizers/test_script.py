"""scripts/train_tokenizer.py, run as a user runs it."""

import subprocess
import sys
from pathlib import Path

import pytest

from scratch_llm.tokenizers import load_tokenizer

from tests.tokenizers.samples import TEXTS

pytestmark = pytest.mark.slow

SCRIPT = Path(__file__).parents[2] / "scripts" / "train_tokenizer.py"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, text=True)


def test_a_tokenizer_is_trained_on_files(tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_text("\n\n".join(TEXTS), encoding="utf-8")
    done = run(
        "--input", tmp_path / "book.txt", "--kind", "sentencepiece", "--vocab-size", 500, "--output", tmp_path / "t"
    )
    assert done.returncode == 0, done.stderr
    tokenizer = load_tokenizer(tmp_path / "t")
    assert (tokenizer.kind, tokenizer.vocab_size) == ("sentencepiece", 500)
    assert tokenizer.fingerprint in done.stdout
    assert " bytes per token" in done.stdout


def test_a_tokenizer_is_trained_on_the_data_of_a_config(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_text(
        "tokenizer: {kind: char}\ndata: {dataset_name: synthetic_stories, language: zh}\n"
    )
    done = run("--config", tmp_path / "run.yaml", "--output", tmp_path / "t", "data.n_documents=20")
    assert done.returncode == 0, done.stderr
    tokenizer = load_tokenizer(tmp_path / "t")
    assert tokenizer.kind == "char"
    assert tokenizer.decode(tokenizer.encode("小红是一只狐狸。")) == "小红是一只狐狸。"


def test_a_missing_file_is_told_in_one_line(tmp_path: Path) -> None:
    done = run("--input", tmp_path / "nowhere.txt", "--output", tmp_path / "t")
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: there is no file or folder {tmp_path}")
    assert not (tmp_path / "t").exists()
