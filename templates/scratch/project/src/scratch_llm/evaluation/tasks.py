"""What an evaluation config may hold: a list of tasks, each of one kind.

Give a dataset's `data.seed` another value than in training: synthetic test data is then other data.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from scratch_llm.config import DataConfig
from scratch_llm.config.base import Section
from scratch_llm.utils.files import sha256


class _Task(Section):
    name: str = Field(min_length=1, description="name in the results")
    limit: int = Field(100, gt=0, description="examples, at most")
    data: DataConfig = Field(description="where the examples come from")

    @property
    def dataset(self) -> str:
        """What is asked, as precisely as a score needs it."""
        source = self.data.path.name if self.data.path else self.data.dataset_name
        return f"{source} ({self.data.language}, seed {self.data.seed})"


class _QuestionTask(_Task):
    questions: Path | None = Field(None, description="JSONL file that is asked in place of the data")
    chat: bool = Field(False, description="ask through the chat template")

    @property
    def dataset(self) -> str:
        """The questions file with the hash of its content, or the data."""
        return f"{self.questions.name} ({sha256(self.questions)[:16]})" if self.questions else super().dataset


class PerplexityTask(_Task):
    """How well the model predicts texts."""

    kind: Literal["perplexity"]
    overlap: int | None = Field(None, ge=0, description="tokens that a window repeats; null: half of the context")
    chat: Literal[False] = False
    metrics: tuple[Literal["perplexity", "bits_per_byte", "lossless_share"], ...] = ("perplexity", "bits_per_byte")


class MultipleChoiceTask(_QuestionTask):
    """Which of several continuations the model finds likeliest; without a file: how stories of the data end."""

    kind: Literal["multiple_choice"]
    n_choice: int = Field(4, gt=1, description="endings to choose among")
    metrics: tuple[Literal["accuracy", "accuracy_per_byte", "macro_f1", "micro_f1"], ...] = ("accuracy",)


class AnswerTask(_QuestionTask):
    """Short answers against references; without a file: the questions of the data that have short answers."""

    kind: Literal["answers"]
    longest_reference: int = Field(80, gt=0, description="questions of the data with longer answers are left out")
    max_new_tokens: int = Field(32, gt=0)
    metrics: tuple[Literal["exact_match", "token_f1"], ...] = ("exact_match", "token_f1")


class StoryTask(_Task):
    """How much of what the model tells is a story of the synthetic grammar."""

    kind: Literal["stories"]
    max_new_tokens: int = Field(160, gt=0)
    temperature: float = Field(0.7, ge=0)
    chat: bool = Field(False, description="ask for the stories that the data asks for; else begin with nothing")
    metrics: tuple[Literal["accepted", "accepted_sentences"], ...] = ("accepted", "accepted_sentences")


class PreferenceTask(_Task):
    """How often the judge of the synthetic data prefers this model's answer to another's."""

    kind: Literal["preference"]
    against: Path = Field(description="checkpoint to compare with")
    max_new_tokens: int = Field(160, gt=0)
    temperature: float = Field(0.7, ge=0)
    chat: Literal[True] = True
    metrics: tuple[Literal["win_rate"], ...] = ("win_rate",)


Task = Annotated[
    PerplexityTask | MultipleChoiceTask | AnswerTask | StoryTask | PreferenceTask, Field(discriminator="kind")
]


class EvaluationConfig(Section):
    """One evaluation: tasks, and what they share."""

    device: str = Field("auto", description="auto, cpu, cuda, cuda:N or mps")
    batch_size: int = Field(16, gt=0, description="sequences in one pass through the model")
    seed: int = Field(0, ge=0, description="seed of sampling and of the bootstrap")
    n_resample: int = Field(1000, gt=0, description="bootstrap resamples for the intervals")
    confidence: float = Field(0.95, gt=0, lt=1, description="share of the resamples that an interval holds")
    tasks: tuple[Task, ...] = Field(min_length=1)
