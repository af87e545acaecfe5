"""Every config that is shipped: it parses, stands alone, and is as large as it says."""

import re
from pathlib import Path

import pytest
import torch

from scratch_llm.config import TrainConfig, load_config
from scratch_llm.models import Decoder, count_parameters

CONFIGS = Path(__file__).parents[2] / "configs"
SHIPPED = sorted(path for task in ("pretrain", "sft", "dpo") for path in (CONFIGS / task).glob("*.yaml"))
UNITS = {"M": 1e6, "B": 1e9}


def model_config(path: Path) -> TrainConfig:
    """The config that decides the model: its own, or that of the run it starts from."""
    config = load_config(path)
    if config.start_from is None:
        return config
    (origin,) = (other for other in SHIPPED if other.stem == config.start_from.name)
    return model_config(origin)


def n_parameters(config: TrainConfig) -> int:
    size = -(-config.tokenizer.vocab_size // 64) * 64
    with torch.device("meta"):
        return count_parameters(Decoder(config.model.model_copy(update={"vocab_size": size}))).total


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_shipped_config_is_what_it_says(path: Path) -> None:
    config = load_config(path)
    assert config.task == path.parent.name
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


def test_experiments_have_names_of_their_own() -> None:
    assert len({path.stem for path in SHIPPED}) == len(SHIPPED)
