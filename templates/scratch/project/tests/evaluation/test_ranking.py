"""A model's own answers become preference pairs that agree with the judge and that training can read."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from scratch_llm.checkpoint import Pretrained, load_pretrained
from scratch_llm.config import DataConfig
from scratch_llm.data.records import PreferenceRecord
from scratch_llm.data.sources import load_records
from scratch_llm.data.synthetic import prefer
from scratch_llm.evaluation.ranking import write_ranked_answers
from scratch_llm.tokenizers import Message, encode_chat

PROMPTS = [f"What is {a} plus {b}?" for a in range(1, 4) for b in range(1, 4)]


@pytest.fixture(scope="module")
def beginner(checkpoint: Path) -> Pretrained:
    """A model that knows the form of the answers to sums, and not always the sum."""
    model = load_pretrained(checkpoint)
    answers = [prompt.removeprefix("What is ").replace("?", " is 4.") for prompt in PROMPTS]
    rows = [
        torch.tensor(encode_chat(model.tokenizer, [Message("user", q), Message("assistant", a)]).ids)
        for q, a in zip(PROMPTS, answers, strict=True)
    ]
    tokens = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    optimizer = torch.optim.AdamW(model.model.parameters(), lr=1e-2)
    for _ in range(60):
        logits = model.model(tokens[:, :-1]).logits
        F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten(), ignore_index=0).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        optimizer.zero_grad()
    return model


def test_the_pairs_are_what_the_judge_prefers_and_can_be_trained_on(tmp_path: Path, beginner: Pretrained) -> None:
    path = tmp_path / "pairs.jsonl"
    n_pair = write_ranked_answers(path, beginner, PROMPTS, n_answer=8, max_new_tokens=16)
    assert 0 < n_pair <= len(PROMPTS)
    records = list(load_records(DataConfig(dataset_name="local", path=path), "dpo"))
    assert len(records) == n_pair
    for record in records:
        assert isinstance(record, PreferenceRecord)
        assert record.prompt[-1].content in PROMPTS
        assert prefer(record.prompt[-1].content, record.chosen, record.rejected) == 1


def test_the_seed_decides_the_pairs(tmp_path: Path, beginner: Pretrained) -> None:
    for name, seed in (("a", 1), ("again", 1), ("b", 2)):
        write_ranked_answers(tmp_path / name, beginner, PROMPTS, n_answer=4, max_new_tokens=16, seed=seed)
    first, again, other = ((tmp_path / name).read_text(encoding="utf-8") for name in ("a", "again", "b"))
    assert first == again
    assert first != other
