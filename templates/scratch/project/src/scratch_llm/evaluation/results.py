"""The outcome of an evaluation, with all that a score depends on beside each score."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from scratch_llm.utils.files import write_json, write_text


@dataclass(frozen=True)
class Provenance:
    """What must be equal for two scores to compare (the checkpoint apart)."""

    dataset: str
    chat_template: str | None  # None: the model was asked without one
    normalisation: str | None  # None: no text was compared
    tokenizer: str  # fingerprint
    checkpoint: str  # sha256 of the weights


@dataclass(frozen=True)
class Score:
    """One number with its interval, and all that it depends on."""

    task: str
    metric: str
    value: float
    low: float
    high: float
    n_example: int
    provenance: Provenance


@dataclass(frozen=True)
class Evaluation:
    """All scores of one checkpoint."""

    folder: str
    confidence: float
    scores: tuple[Score, ...]

    def value(self, task: str, metric: str) -> float:
        """Give one score."""
        return next(score.value for score in self.scores if (score.task, score.metric) == (task, metric))

    def save(self, folder: Path) -> None:
        """Write `evaluation.json` and `evaluation.md`."""
        write_json(folder / "evaluation.json", asdict(self))
        write_text(folder / "evaluation.md", self.markdown())

    def markdown(self) -> str:
        """Give the scores as a table for people."""
        rows = [
            (
                score.task,
                score.metric,
                f"{score.value:.4g}",
                f"{score.low:.4g} to {score.high:.4g}",
                str(score.n_example),
                score.provenance.dataset,
                score.provenance.chat_template or "none",
                score.provenance.normalisation or "none",
            )
            for score in self.scores
        ]
        head = (
            "task",
            "metric",
            "score",
            f"{self.confidence:.0%} interval",
            "examples",
            "dataset",
            "template",
            "texts",
        )
        return "\n".join(
            [
                "# Evaluation",
                "",
                f"- checkpoint: `{self.folder}` (sha256 {self.scores[0].provenance.checkpoint})",
                f"- tokenizer: {self.scores[0].provenance.tokenizer}",
                "",
                markdown_table(head, rows),
                "",
            ]
        )


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a Markdown table; cells are made safe against breaking it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").replace("<", "&lt;").split())
