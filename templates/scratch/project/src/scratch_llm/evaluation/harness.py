"""Runs the tasks of a config on a checkpoint."""

from pathlib import Path

import numpy as np

from scratch_llm.checkpoint import Pretrained, load_pretrained
from scratch_llm.evaluation.bootstrap import interval
from scratch_llm.evaluation.measures import MEASURES, Measured, Subject
from scratch_llm.evaluation.metrics import NORMALISATION
from scratch_llm.evaluation.results import Evaluation, Provenance, Score
from scratch_llm.evaluation.tasks import EvaluationConfig, Task
from scratch_llm.tokenizers import CHAT_TEMPLATE_NAME
from scratch_llm.utils.errors import DataError
from scratch_llm.utils.files import sha256


class Harness:
    """Measures checkpoints by one config, so that their scores compare."""

    def __init__(self, config: EvaluationConfig) -> None:
        self.config = config

    def run(self, path: Path | str) -> Evaluation:
        """Measure a checkpoint on all tasks; a run folder means its best checkpoint."""
        pretrained = load_pretrained(path, self.config.device)
        checkpoint = sha256(pretrained.folder / "model.safetensors")
        scores = [
            self._score(task, metric, measured, _provenance(task, pretrained, checkpoint))
            for task in self.config.tasks
            for metric, measured in self._measure(pretrained, task).items()
        ]
        return Evaluation(str(pretrained.folder), self.config.confidence, tuple(scores))

    def _measure(self, pretrained: Pretrained, task: Task) -> dict[str, Measured]:
        measured = MEASURES[task.kind](Subject(pretrained, self.config), task)
        return {metric: measured[metric] for metric in task.metrics}

    def _score(self, task: Task, metric: str, measured: Measured, provenance: Provenance) -> Score:
        rows = np.asarray(measured.rows, dtype=np.float64)
        if not len(rows):
            raise DataError(f"task '{task.name}' found no example", "check its dataset, language and limits")
        config = self.config
        found = interval(
            rows, measured.statistic, n_resample=config.n_resample, confidence=config.confidence, seed=config.seed
        )
        return Score(task.name, metric, found.value, found.low, found.high, len(rows), provenance)


def _provenance(task: Task, pretrained: Pretrained, checkpoint: str) -> Provenance:
    return Provenance(
        dataset=task.dataset,
        chat_template=CHAT_TEMPLATE_NAME if task.chat else None,
        normalisation=NORMALISATION if task.kind == "answers" else None,
        tokenizer=pretrained.tokenizer.fingerprint,
        checkpoint=checkpoint,
    )
