"""How each kind of task is measured: numbers per example, from which score and interval are computed."""

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scratch_llm.checkpoint import Pretrained, load_pretrained
from scratch_llm.config import DataConfig
from scratch_llm.data.records import ChatRecord, PreferenceRecord, text_of
from scratch_llm.data.sources import load_records
from scratch_llm.data.synthetic import accepted_share, accepts, prefer
from scratch_llm.evaluation import metrics
from scratch_llm.evaluation.bootstrap import Statistic, mean, ratio
from scratch_llm.evaluation.examples import (
    AnswerExample,
    ChoiceExample,
    read_answers,
    read_choices,
    story_endings,
)
from scratch_llm.evaluation.likelihood import Request, continuation, score
from scratch_llm.evaluation.perplexity import exponential, lossless_share, text_losses
from scratch_llm.evaluation.tasks import (
    AnswerTask,
    EvaluationConfig,
    MultipleChoiceTask,
    PerplexityTask,
    PreferenceTask,
    StoryTask,
)
from scratch_llm.inference import SamplingParams, generate
from scratch_llm.tokenizers import END, Message, encode_chat

_log = logging.getLogger(__name__)


class Measured(NamedTuple):
    """One row of numbers per example, and the statistic that makes a score of them."""

    rows: ArrayLike
    statistic: Statistic = mean


@dataclass(frozen=True)
class Subject:
    """What is measured, and how."""

    pretrained: Pretrained
    config: EvaluationConfig

    def answers(self, prompts: Sequence[Sequence[int]], max_new_tokens: int, temperature: float = 0.0) -> list[str]:
        """Continue prompts by at most as much as the context holds; the same seed gives the same answers."""
        length, seed = self.pretrained.model.config.context_length, self.config.seed
        prompts = _cut(prompts, length, max_new_tokens)
        rooms = [max(1, min(max_new_tokens, length - len(prompt))) for prompt in prompts]
        wishes = [
            SamplingParams(max_new_tokens=room, temperature=temperature, seed=seed + i) for i, room in enumerate(rooms)
        ]
        model, tokenizer = self.pretrained.model, self.pretrained.tokenizer
        return [answer.text for answer in generate(model, tokenizer, prompts, wishes)]

    def asked(self, *messages: Message) -> list[int]:
        """Encode a conversation up to where the assistant answers."""
        return encode_chat(self.pretrained.tokenizer, messages, add_generation_prompt=True).ids


def measure_perplexity(subject: Subject, task: PerplexityTask) -> dict[str, Measured]:
    """Predict whole documents."""
    model, tokenizer = subject.pretrained.model, subject.pretrained.tokenizer
    texts = _texts(task.data, task.limit)
    losses = text_losses(model, tokenizer, texts, overlap=task.overlap, batch_size=subject.config.batch_size)
    return {
        "perplexity": Measured([(loss.nats, loss.n_token) for loss in losses], lambda rows: exponential(ratio(rows))),
        "bits_per_byte": Measured([(loss.nats / math.log(2), loss.n_byte) for loss in losses], ratio),
        "lossless_share": Measured([lossless_share(tokenizer, [text]) for text in texts]),
    }


def measure_multiple_choice(subject: Subject, task: MultipleChoiceTask) -> dict[str, Measured]:
    """Take the likeliest choice; `per_byte` divides by the choice's length, for long choices are unlikely as such."""
    examples = _choice_examples(task)
    requests = [_choice_request(subject, task, ex.prompt, choice) for ex in examples for choice in ex.choices]
    scored = iter(score(subject.pretrained.model, requests, batch_size=subject.config.batch_size))
    totals = [[next(scored).logprob for _ in example.choices] for example in examples]
    lengths = [[len(choice.encode()) for choice in example.choices] for example in examples]
    answers = [example.answer for example in examples]
    picks = [int(np.argmax(row)) for row in totals]
    picks_per_byte = [int(np.argmax(np.divide(*pair))) for pair in zip(totals, lengths, strict=True)]
    labels = _labels(examples, picks)
    return {
        "accuracy": Measured(np.equal(picks, answers)),
        "accuracy_per_byte": Measured(np.equal(picks_per_byte, answers)),
        "macro_f1": Measured(labels, _on_labels(metrics.macro_f1)),
        "micro_f1": Measured(labels, _on_labels(metrics.micro_f1)),
    }


def measure_answers(subject: Subject, task: AnswerTask) -> dict[str, Measured]:
    """Answer greedily."""
    examples = (read_answers(task.questions) if task.questions else _short_questions(task))[: task.limit]
    tokenizer = subject.pretrained.tokenizer
    prompts = [
        subject.asked(Message("user", ex.prompt)) if task.chat else tokenizer.encode(ex.prompt, bos=True)
        for ex in examples
    ]
    answers = subject.answers(prompts, task.max_new_tokens)
    pairs = list(zip(answers, examples, strict=True))
    return {
        "exact_match": Measured([metrics.exact_match(answer, ex.references) for answer, ex in pairs]),
        "token_f1": Measured([metrics.token_f1(answer, ex.references) for answer, ex in pairs]),
    }


def measure_stories(subject: Subject, task: StoryTask) -> dict[str, Measured]:
    """Tell stories, and let the grammar read them."""
    prompts = _story_prompts(subject, task)
    stories = subject.answers(prompts, task.max_new_tokens, task.temperature)
    language = task.data.language
    return {
        "accepted": Measured([float(accepts(story, language)) for story in stories]),
        "accepted_sentences": Measured([accepted_share(story, language) for story in stories]),
    }


def measure_preference(subject: Subject, task: PreferenceTask) -> dict[str, Measured]:
    """Answer the same prompts with both models, and let the judge choose; a tie is half a win."""
    records = [r for r in load_records(task.data, "dpo") if isinstance(r, PreferenceRecord)][: task.limit]
    rival = Subject(load_pretrained(task.against, subject.config.device), subject.config)
    ours, theirs = (
        side.answers([side.asked(*record.prompt) for record in records], task.max_new_tokens, task.temperature)
        for side in (subject, rival)
    )
    wins = [prefer(r.prompt[-1].content, a, b) for r, a, b in zip(records, ours, theirs, strict=True)]
    return {"win_rate": Measured([(win + 1) / 2 for win in wins])}


MEASURES: Final[dict[str, Callable[[Subject, Any], dict[str, Measured]]]] = {
    "perplexity": measure_perplexity,
    "multiple_choice": measure_multiple_choice,
    "answers": measure_answers,
    "stories": measure_stories,
    "preference": measure_preference,
}


def _cut(prompts: Sequence[Sequence[int]], length: int, max_new_tokens: int) -> list[Sequence[int]]:
    """Leave out the beginning of prompts that fill the whole context, so that one long question ends no evaluation."""
    kept = length - min(max_new_tokens, length // 2)
    n_long = sum(len(prompt) >= length for prompt in prompts)
    if n_long:
        _log.warning("%d prompts do not fit into %d tokens; the model sees their last %d", n_long, length, kept)
    return [prompt if len(prompt) < length else prompt[-kept:] for prompt in prompts]


def _choice_examples(task: MultipleChoiceTask) -> list[ChoiceExample]:
    if task.questions is not None:
        return read_choices(task.questions)[: task.limit]
    stories = _texts(task.data, task.data.n_documents)
    return story_endings(stories, task.data.language, task.n_choice, task.data.seed)[: task.limit]


def _choice_request(subject: Subject, task: MultipleChoiceTask, prompt: str, choice: str) -> Request:
    tokenizer = subject.pretrained.tokenizer
    if not task.chat:
        return continuation(tokenizer, prompt, choice)
    asked = subject.asked(Message("user", prompt))
    return Request([*asked, *tokenizer.encode(choice), END], len(asked))


def _short_questions(task: AnswerTask) -> list[AnswerExample]:
    return [
        AnswerExample(record.messages[0].content, (record.messages[-1].content,))
        for record in _conversations(task.data)
        if len(record.messages) == 2 and len(record.messages[-1].content) <= task.longest_reference
    ]


def _story_prompts(subject: Subject, task: StoryTask) -> list[list[int]]:
    """Requests whose own answer is a story; without the chat template, as many empty prompts as wanted."""
    if not task.chat:
        return [[] for _ in range(task.limit)]
    return [
        subject.asked(*record.messages[:-1])
        for record in _conversations(task.data)
        if accepts(record.messages[-1].content, task.data.language)
    ][: task.limit]


def _texts(data: DataConfig, limit: int) -> list[str]:
    return list(islice(filter(None, map(text_of, load_records(data, "pretrain"))), limit))


def _conversations(data: DataConfig) -> list[ChatRecord]:
    return [record for record in load_records(data, "sft") if isinstance(record, ChatRecord)]


def _labels(examples: Sequence[ChoiceExample], picks: Sequence[int]) -> list[tuple[int, int]]:
    """The picked and the right choice of each example; equal texts are one label, whatever their place."""
    number = {choice: i for i, choice in enumerate(sorted({c for example in examples for c in example.choices}))}
    return [(number[ex.choices[pick]], number[ex.choices[ex.answer]]) for ex, pick in zip(examples, picks, strict=True)]


def _on_labels(metric: Callable[[Sequence[float], Sequence[float]], float]) -> Statistic:
    def statistic(rows: NDArray[np.float64]) -> float:
        return metric(rows[:, 0].tolist(), rows[:, 1].tolist())

    return statistic
