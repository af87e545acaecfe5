"""Weights on disk: what a path means, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framework.errors import UsageError
from framework.messages import LANGUAGES, Lang
from framework.runtime.weights import Weights, look_at, stage
from tests.docker.image.project import safetensors, write_checkpoint


def look(root: Path, text: str) -> Weights:
    return look_at(root, text, "en")


def refused(root: Path, text: str, lang: Lang = "en") -> str:
    with pytest.raises(UsageError) as told:
        look_at(root, text, lang)
    assert "--set image.weights=" in told.value.hint
    return told.value.message


@pytest.mark.parametrize(
    "text",
    [
        "run",
        "run/checkpoints",
        "run/checkpoints/step_000009",
        "run/checkpoints/step_000009/model.safetensors",
        " run ",
    ],
)
def test_a_run_its_checkpoint_and_the_file_in_it_mean_the_same(tmp_path: Path, text: str) -> None:
    write_checkpoint(tmp_path / "run/checkpoints/step_000009")
    found = look(tmp_path, text)
    assert found.folder == tmp_path / "run/checkpoints/step_000009"
    assert found.verified
    assert "state.pt" not in found.hashes


def test_the_best_checkpoint_of_the_newest_run_is_taken(tmp_path: Path) -> None:
    for run, step in (("a", 5), ("b", 3), ("b", 4)):
        write_checkpoint(tmp_path / f"{run}/checkpoints/step_00000{step}")
    assert look(tmp_path, ".").folder.name == "step_000004"
    index = tmp_path / "b/checkpoints/index.json"
    index.write_text(json.dumps({"best": "step_000003", "last": "step_000004"}))
    assert look(tmp_path, ".").folder.name == "step_000003"
    index.write_text(json.dumps({"best": "../../../etc", "last": "step_000099"}))
    assert look(tmp_path, "b").folder.name == "step_000004"


@pytest.mark.parametrize(
    "name", ["notes.txt", "pytorch_model.bin", "tokenizer/x.pem", "state.pt", ".env", "deep/a.json"]
)
def test_what_serving_does_not_read_stays_where_it_is(tmp_path: Path, name: str) -> None:
    write_checkpoint(tmp_path / "m")
    (tmp_path / "private").write_text("private")
    (tmp_path / "m/deep").mkdir()
    (tmp_path / "m" / name).unlink(missing_ok=True)
    (tmp_path / "m" / name).symlink_to(tmp_path / "private")
    assert name not in look(tmp_path, "m").hashes


def test_an_exported_model_has_another_manifest(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "m")
    (tmp_path / "m/model.safetensors").rename(tmp_path / "m/model.onnx")
    (tmp_path / "m/manifest.json").write_text('{"context_length": 64, "vocab_size": 8}')
    found = look(tmp_path, "m")
    assert (found.file.name, found.verified) == ("model.onnx", False)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("text", ["", "nothing", "\0", "x" * 5000, "~nobody-of-that-name/x", "/dev/null"])
def test_a_path_that_leads_nowhere_is_refused(tmp_path: Path, text: str, lang: Lang) -> None:
    assert refused(tmp_path, text, lang)


def test_a_changed_file_is_told(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "m")
    (tmp_path / "m/model.yaml").write_text("changed")
    assert "model.yaml is not what its manifest says" in refused(tmp_path, "m")


def test_a_missing_tokenizer_is_told(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m/model.safetensors").write_bytes(safetensors())
    assert "lacks tokenizer" in refused(tmp_path, "m")


@pytest.mark.parametrize("cut", [0, 3, 8, 20, -1])
def test_a_torn_file_is_refused(tmp_path: Path, cut: int) -> None:
    write_checkpoint(tmp_path / "m")
    (tmp_path / "m/manifest.json").unlink()
    (tmp_path / "m/model.safetensors").write_bytes(safetensors()[:cut])
    assert "no whole safetensors file" in refused(tmp_path, "m")


@given(st.binary(max_size=64))
def test_any_bytes_are_judged_without_a_crash(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("m")
    (folder / "tokenizer").mkdir()
    (folder / "model.safetensors").write_bytes(data)
    assert "no whole safetensors file" in refused(folder, ".")


def test_staging_leaves_exactly_these_weights(tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "m")
    target = tmp_path / "weights"
    (target / "old/deep").mkdir(parents=True)
    for name in (".gitkeep", "old/deep/file", "model.yaml"):
        (target / name).write_text("of before")
    (tmp_path / "blob").write_bytes(safetensors())
    (tmp_path / "m/model.safetensors").unlink()
    (tmp_path / "m/model.safetensors").symlink_to("../blob")
    found = look(tmp_path, "m")
    for _ in range(2):
        stage(found, target)
        there = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
        assert there == {".gitkeep", *found.hashes}
        assert (target / "model.yaml").read_text() == "sound"
        assert not (target / "model.safetensors").is_symlink()
        assert (target / "model.safetensors").read_bytes() == safetensors()
    stage(None, target)
    assert [path.name for path in target.iterdir()] == [".gitkeep"]
    assert (tmp_path / "m/model.yaml").read_text() == "sound"
