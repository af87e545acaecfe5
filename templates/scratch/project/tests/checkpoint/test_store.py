"""A run's checkpoints on disk: whole, rotated, checked, copied."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from scratch_llm.checkpoint import CheckpointStore, resolve
from scratch_llm.checkpoint.store import last_intact, verify
from scratch_llm.utils.errors import CheckpointError, ConfigError

pytestmark = pytest.mark.fast


def writing(text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "model.safetensors").write_text(text)
        (folder / "state.pt").write_text("state")
        (folder / "tokenizer").mkdir()
        (folder / "tokenizer" / "tokenizer.json").write_text("{}")

    return write


def fill(store: CheckpointStore, scores: dict[int, float | None]) -> None:
    for step, score in scores.items():
        store.save(step, writing(str(step)), score)


def steps(folder: Path) -> list[int]:
    return sorted(int(path.name.removeprefix("step_")) for path in folder.glob("step_*"))


def test_last_best_and_some_more_are_kept(tmp_path: Path) -> None:
    fill(CheckpointStore(tmp_path, keep=2), {1: 5.0, 2: 1.0, 3: 4.0, 4: 3.0, 5: 2.0, 6: None})
    assert steps(tmp_path) == [2, 4, 5, 6]
    assert resolve(tmp_path).name == "step_000002"
    assert resolve(tmp_path, "last").name == "step_000006"


def test_steps_are_ordered_as_numbers(tmp_path: Path) -> None:
    fill(CheckpointStore(tmp_path, keep=1), {999_999: None, 1_000_000: None, 1_000_001: None})
    assert steps(tmp_path) == [1_000_000, 1_000_001]
    assert last_intact(tmp_path).name == "step_1000001"


def test_a_run_an_experiment_and_a_step_lead_to_a_model(tmp_path: Path) -> None:
    for stamp, score in (("2026-01-01", 1.0), ("2026-01-02", 9.0)):
        fill(CheckpointStore(tmp_path / "exp" / stamp / "checkpoints", keep=1), {1: score, 2: 10.0})
    newest = tmp_path / "exp" / "2026-01-02"
    for path in (tmp_path / "exp", newest, newest / "checkpoints", newest / "checkpoints" / "step_000001"):
        assert resolve(path) == newest / "checkpoints" / "step_000001"


@pytest.mark.parametrize(
    "index",
    [
        None,
        "",
        "[]",
        '{"last": "../../x", "best": "/etc", "scores": {}}',
        '{"last": 1}',
        '{"last": null, "best": ["x"], "scores": {}}',
        '{"last": null, "best": null, "scores": []}',
        '{"last": null, "best": null, "scores": {"step_000001": "low"}}',
    ],
)
def test_without_a_usable_index_the_newest_step_is_taken(tmp_path: Path, index: str | None) -> None:
    fill(CheckpointStore(tmp_path, keep=2), {1: 1.0, 2: 2.0})
    (tmp_path / "index.json").unlink()
    if index is not None:
        (tmp_path / "index.json").write_text(index)
    assert resolve(tmp_path).name == "step_000002"
    fill(CheckpointStore(tmp_path, keep=2), {3: 3.0})
    assert resolve(tmp_path).name == "step_000003"


def test_nothing_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="holds no checkpoint"):
        resolve(tmp_path)
    with pytest.raises(CheckpointError, match="no checkpoint that is whole"):
        last_intact(tmp_path)


def change_byte(step: Path) -> None:
    (step / "model.safetensors").write_text("other")


def cut_off(step: Path) -> None:
    (step / "tokenizer" / "tokenizer.json").write_text("")


def lose_file(step: Path) -> None:
    (step / "tokenizer" / "tokenizer.json").unlink()


def lose_manifest(step: Path) -> None:
    (step / "manifest.json").unlink()


def scramble_manifest(step: Path) -> None:
    (step / "manifest.json").write_text("[]")


def empty_manifest(step: Path) -> None:
    (step / "manifest.json").write_text("{}")


def forget_state(step: Path) -> None:
    manifest = json.loads((step / "manifest.json").read_text())
    del manifest["state.pt"]
    (step / "manifest.json").write_text(json.dumps(manifest))


DAMAGES = [change_byte, cut_off, lose_file, lose_manifest, scramble_manifest, empty_manifest, forget_state]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_step_is_passed_over_with_a_warning(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    fill(CheckpointStore(tmp_path, keep=2), {1: None, 2: None})
    damage(tmp_path / "step_000002")
    with pytest.raises(CheckpointError, match=r"step_000002 is (damaged|incomplete)"):
        verify(tmp_path / "step_000002")
    with pytest.warns(UserWarning, match="step_000002"):
        assert last_intact(tmp_path).name == "step_000001"


def test_a_crash_while_writing_leaves_the_old_state(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path, keep=2)
    fill(store, {1: 1.0})

    def crash(folder: Path) -> None:
        (folder / "model.safetensors").write_text("half")
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        store.save(2, crash)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["index.json", "step_000001"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert last_intact(tmp_path).name == "step_000001"


def test_what_a_killed_process_left_is_cleared(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path, keep=2)
    fill(store, {1: 1.0})
    (tmp_path / ".step_000002.ab12").mkdir()
    store.clear_drafts()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["index.json", "step_000001"]


def test_a_step_that_is_repeated_replaces_the_old_one(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path, keep=2)
    store.save(1, writing("old"))
    assert (store.save(1, writing("new")) / "model.safetensors").read_text() == "new"
    verify(tmp_path / "step_000001")


def test_the_backup_is_equal_and_stays_so(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path / "run", keep=1, backup=tmp_path / "backup")
    fill(store, {1: 3.0, 2: 1.0, 3: 2.0, 4: 2.0, 5: 2.0})
    store.save(5, writing("again"), 2.0)
    for folder in (tmp_path / "run", tmp_path / "backup"):
        assert steps(folder) == [2, 4, 5]
        assert resolve(folder).name == "step_000002"
        assert (folder / "step_000005" / "model.safetensors").read_text() == "again"
        verify(folder / "step_000005")
    index = json.loads((tmp_path / "backup" / "index.json").read_text())
    assert index["last"] == "step_000005"


def test_a_step_does_not_replace_a_folder_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "step_000001").mkdir()
    (tmp_path / "step_000001" / "thesis.tex").write_text("years of work")
    with pytest.raises(ConfigError, match=r"step_000001' is there already .* holds no manifest\.json"):
        CheckpointStore(tmp_path, keep=1).save(1, writing("new"))
    assert (tmp_path / "step_000001" / "thesis.tex").read_text() == "years of work"
