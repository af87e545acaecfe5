"""A tiny run, changed by overrides; all tests share its prepared data."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from scratch_llm.config import TrainConfig, load_config

TINY = Path(__file__).with_name("tiny.yaml")
Configure = Callable[..., TrainConfig]


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def configure(data_folder: Path, tmp_path: Path) -> Configure:
    """Gives the tiny config with dotted overrides."""

    def make(*overrides: str) -> TrainConfig:
        return load_config(TINY, [f"data.folder={data_folder}", f"output_folder={tmp_path / 'outputs'}", *overrides])

    return make


def logged(run: Path, name: str) -> dict[int, float]:
    """A figure of metrics.jsonl by step."""
    records = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return {record["step"]: record[name] for record in records if name in record}
