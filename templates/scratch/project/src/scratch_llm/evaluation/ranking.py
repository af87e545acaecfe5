"""A model's own answers as preferences: what it does well at times against what it does badly at times.

Pairs that somebody else has written teach little here: a fault that the model never makes is soon unlikely, and pushing
it further down moves the good answers along. Pairs of the model's own answers are about the faults that it has.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from scratch_llm.checkpoint import Pretrained
from scratch_llm.data.synthetic import prefer, quality
from scratch_llm.inference import SamplingParams, generate
from scratch_llm.tokenizers import Message, encode_chat
from scratch_llm.utils.files import write_text


def write_ranked_answers(
    path: Path,
    model: Pretrained,
    prompts: Sequence[str],
    *,
    n_answer: int,
    max_new_tokens: int,
    seed: int = 0,
) -> int:
    """Answer each prompt several times at temperature 1, and write the judge's best and worst answer as a pair.

    Args:
        path: The jsonl file to write; `data.dataset_name=local data.path=...` reads it.
        model: Who answers, and who is to learn from it.
        prompts: Prompts of the synthetic datasets.
        n_answer: Answers to each prompt.
        max_new_tokens: Longest answer.
        seed: Seed of the sampling.

    Returns:
        How many pairs there are; prompts whose answers are equally good give none.
    """
    length = model.model.config.context_length
    asked = [_asked(model, prompt) for prompt in prompts for _ in range(n_answer)]
    wishes = [
        SamplingParams(max_new_tokens=min(max_new_tokens, length - len(ids)), seed=seed * len(asked) + i)
        for i, ids in enumerate(asked)
    ]
    answers = [answer.text for answer in generate(model.model, model.tokenizer, asked, wishes)]
    groups = [answers[i : i + n_answer] for i in range(0, len(answers), n_answer)]
    pairs = list(filter(None, map(_best_and_worst, prompts, groups)))
    write_text(path, "".join(json.dumps(pair, ensure_ascii=False) + "\n" for pair in pairs))
    return len(pairs)


def _asked(model: Pretrained, prompt: str) -> list[int]:
    return encode_chat(model.tokenizer, [Message("user", prompt)], add_generation_prompt=True).ids


def _best_and_worst(prompt: str, answers: Sequence[str]) -> dict[str, str] | None:
    ranked = sorted((answer for answer in answers if answer.strip()), key=lambda answer: quality(prompt, answer))
    if not ranked or prefer(prompt, ranked[-1], ranked[0]) != 1:
        return None
    return {"prompt": prompt, "chosen": ranked[-1], "rejected": ranked[0]}
