"""The command line of training."""

import json
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scratch_llm.config import load_config
from scratch_llm.training.cli import main
from scratch_llm.training.run_folder import new_run_folder
from scratch_llm.utils.errors import ConfigError, DeviceError

from tests.training.conftest import TINY, logged

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.fixture
def places(data_folder: Path, tmp_path: Path) -> list[str]:
    return [f"data.folder={data_folder}", f"output_folder={tmp_path}"]


def newest(experiment: Path) -> Path:
    return max(experiment.iterdir())


@pytest.mark.parametrize("config", ["pretrain/debug", "sft/debug_sft_on_tiny_story"])
def test_the_debug_configs_learn(config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = CONFIGS / f"{config}.yaml"
    places = [f"data.folder={tmp_path / 'data'}", f"output_folder={tmp_path / 'outputs'}"]
    short = ["training.max_steps=8", "training.batch_size=8", "data.n_documents=300", "scheduler.warmup_steps=2"]
    assert main(["--config", str(path), *places, *short, "logging.every=1"]) == 0
    run = newest(tmp_path / "outputs" / path.stem)
    losses = logged(run, "loss")
    assert losses[8] < losses[1] - 0.5
    assert f"finished after step 8: {run}" in capsys.readouterr().out


@pytest.mark.parametrize("flag", ["--fast_dev_run", "--fast-dev-run"])
def test_a_fast_run_does_everything_in_three_steps(flag: str, places: list[str], tmp_path: Path) -> None:
    assert main(["--config", str(TINY), *places, flag, "--profile", "training.epochs=5"]) == 0
    run = newest(tmp_path / "tiny_dev")
    assert list(logged(run, "loss")) == [1, 2, 3]
    assert list(logged(run, "val_loss")) == [2, 3]
    assert load_config(run / "config.yaml").training.epochs == 5


def test_the_profiler_writes_a_table_and_a_trace(places: list[str], tmp_path: Path) -> None:
    assert main(["--config", str(TINY), *places, "--profile"]) == 0
    folder = newest(tmp_path / "tiny") / "profile"
    assert "aten::mm" in (folder / "table.txt").read_text()
    assert json.loads((folder / "trace.json").read_text())["traceEvents"]


def test_epochs_and_the_default_config(places: list[str], tmp_path: Path) -> None:
    assert main([*places, "--epochs", "0.02", "training.max_steps=99"], default_config=TINY) == 0
    run = newest(tmp_path / "tiny")
    config = load_config(run / "config.yaml")
    assert (config.training.epochs, config.training.max_steps) == (0.02, 0)
    assert max(logged(run, "loss")) < 6


def test_a_run_that_was_asked_to_stop_says_how_to_go_on(
    places: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert main(["--config", str(TINY), *places, "training.early_stop=1", "training.eval_every=1"]) == 0
    assert signal.getsignal(signal.SIGTERM) is before
    run = newest(tmp_path / "tiny")
    assert main(["--resume", str(run), "training.max_steps=8"]) == 0
    assert f"finished after step 8: {run}" in capsys.readouterr().out


def test_a_finished_run_has_no_step_left(places: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--config", str(TINY), *places, "training.max_steps=1", "training.eval_every=1"])
    capsys.readouterr()
    assert main(["--resume", str(newest(tmp_path / "tiny"))]) == 0
    told = capsys.readouterr().out
    assert "no step was left to make (best " in told
    assert not re.search(r"\binf|\bnan|0\.0000", told)


def test_mistakes_are_told_before_anything_is_written(places: list[str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no config is given"):
        main([])
    with pytest.raises(ConfigError, match=r"did you mean optimizer\.params\?"):
        main(["--config", str(TINY), *places, "optimizer.param.lr=1"])
    with pytest.raises(DeviceError, match="device 'tpu' is unknown"):
        main(["--config", str(TINY), *places, "device=tpu"])
    assert not (tmp_path / "tiny").exists()


@pytest.mark.fast
def test_runs_that_start_in_the_same_second_do_not_collide(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(lambda _: new_run_folder(tmp_path, "same").path, range(24)))
    assert len(set(folders)) == 24
    assert all(folder.parent == tmp_path / "same" for folder in folders)
