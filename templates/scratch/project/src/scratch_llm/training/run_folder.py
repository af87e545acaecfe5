"""The folder of a run: outputs/<experiment>/<timestamp>/.

config.yaml        the whole config, resolved
environment.json   versions, device, source revision, command line
metrics.jsonl      one line per logged step and per validation
samples.jsonl      continuations of logging.sample_prompts
logs/              TensorBoard
checkpoints/       see checkpoint/store.py
"""

import itertools
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from scratch_llm.config import TrainConfig, dump_config
from scratch_llm.utils.files import write_json, write_text


@dataclass(frozen=True)
class RunFolder:
    """Where a run writes."""

    path: Path

    @property
    def checkpoints(self) -> Path:
        """Folder of the checkpoints."""
        return self.path / "checkpoints"

    @property
    def logs(self) -> Path:
        """Folder of the TensorBoard files."""
        return self.path / "logs"

    @property
    def metrics(self) -> Path:
        """File of the metrics."""
        return self.path / "metrics.jsonl"

    @property
    def samples(self) -> Path:
        """File of the samples."""
        return self.path / "samples.jsonl"

    def below(self, outputs: Path) -> "RunFolder":
        """The folder of the same run in another place for outputs."""
        path = self.path.resolve()
        return RunFolder(outputs / path.parent.name / path.name)

    def describe(self, config: TrainConfig, environment: dict[str, Any]) -> None:
        """Write down what is run and where."""
        write_text(self.path / "config.yaml", dump_config(config))
        write_json(self.path / "environment.json", environment)

    def describe_data(self, report: dict[str, Any]) -> None:
        """Write down what it learns from."""
        write_json(self.path / "data.json", report)


def new_run_folder(outputs: Path, experiment: str) -> RunFolder:
    """Make a folder that no other run has, even one that starts in the same second."""
    stamp = f"{datetime.now():%Y-%m-%d_%H-%M-%S}"
    (outputs / experiment).mkdir(parents=True, exist_ok=True)
    for number in itertools.count():
        path = outputs / experiment / (f"{stamp}_{number}" if number else stamp)
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return RunFolder(path)
    raise AssertionError("counting does not end")
