"""Every config that is shipped: it parses, stands alone, and is as large as it says."""

import re
from pathlib import Path

import pytest
import torch

from scratch_llm.config import TrainConfig, load_config
from scratch_llm.config.load import load_section
from scratch_llm.config.serve import ServeConfig
from scratch_llm.data.records import KIND_OF_TASK
from scratch_llm.data.registry import find_source
from scratch_llm.models import Decoder, count_parameters

CONFIGS = Path(__file__).parents[2] / "configs"
SHIPPED = sorted(path for task in ("pretrain", "sft", "dpo") for path in (CONFIGS / task).glob("*.yaml"))
OWN = [path for path in SHIPPED if path.stem in ("mini", "full")]  # the runs that this project is for
GENERAL = [path for path in SHIPPED if path not in OWN]
UNITS = {"M": 1e6, "B": 1e9}
OUTPUTS = {config.output_folder / path.stem: path for path in SHIPPED for config in [load_config(path)]}


def model_config(path: Path) -> TrainConfig:
    """The config that decides the model: its own, or that of the run it starts from."""
    config = load_config(path)
    return config if config.start_from is None else model_config(OUTPUTS[config.start_from])


def n_parameters(config: TrainConfig) -> int:
    size = -(-config.tokenizer.vocab_size // 64) * 64
    with torch.device("meta"):
        return count_parameters(Decoder(config.model.model_copy(update={"vocab_size": size}))).total


def name_of(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


@pytest.mark.parametrize("path", GENERAL, ids=name_of)
def test_a_shipped_config_is_what_it_says(path: Path) -> None:
    first_line = path.read_text(encoding="utf-8").splitlines()[0]
    stated = re.match(r"# ([\d.]+)([MB]) parameters", first_line)
    assert stated, f"{path} must begin with its number of parameters"
    count = n_parameters(model_config(path))
    assert count == pytest.approx(float(stated[1]) * UNITS[stated[2]], rel=0.07)
    if named := re.match(r"(\d+)([mb])_|(\d+)([mb])$", path.stem):
        number, unit = (part for part in named.groups() if part)
        assert count == pytest.approx(float(number) * UNITS[unit.upper()], rel=0.07)
    if "debug" in path.stem:
        assert count <= 3e6


@pytest.mark.fast
@pytest.mark.parametrize("path", SHIPPED, ids=name_of)
def test_a_config_reads_data_that_its_task_learns_from(path: Path) -> None:
    config = load_config(path)
    assert config.task == path.parent.name
    assert KIND_OF_TASK[config.task] in find_source(config.data.dataset_name).kinds
    assert (config.data.dataset_name == "local") == (config.data.path is not None)


def test_experiments_have_names_of_their_own() -> None:
    assert len(OUTPUTS) == len(SHIPPED)


@pytest.mark.parametrize("path", [path for path in OWN if path.stem == "mini"], ids=name_of)
def test_a_mini_run_is_for_a_cpu(path: Path) -> None:
    assert n_parameters(model_config(path)) <= 5e6


@pytest.mark.fast
def test_every_stage_has_a_mini_and_a_full_run_of_one_kind_of_model() -> None:
    runs = {name_of(path): model_config(path) for path in OWN}
    tasks = {path.parent.name for path in OWN}
    assert "pretrain" in tasks
    assert set(runs) == {f"{task}-{size}" for task in tasks for size in ("mini", "full")}
    for task in tasks:
        mini, full = (runs[f"{task}-{size}"] for size in ("mini", "full"))
        assert (mini.model.attention, mini.model.feed_forward) == (full.model.attention, full.model.feed_forward)
        assert mini.tokenizer.kind == full.tokenizer.kind


@pytest.mark.fast
@pytest.mark.parametrize("path", sorted((CONFIGS / "serve").glob("*.yaml")), ids=name_of)
def test_a_server_s_config_loads(path: Path) -> None:
    assert load_section(ServeConfig, path).n_slot > 0
