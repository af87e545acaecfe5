"""What is learned of conversations and comparisons: the assistant's answers with their END, and nothing else."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from scratch_llm.data import IGNORE, Batch, DataModule, PreferenceBatch
from scratch_llm.data.encoding import Document, encode_records
from scratch_llm.data.records import ChatRecord, PreferenceRecord, TextRecord
from scratch_llm.tokenizers import ASSISTANT, BOS, END, EOS, PAD, USER, Message
from scratch_llm.utils.errors import DataError

from tests.data.material import chats, config, halves, opened, preferences, tokenizer, write_rows

answers = st.text("abc ", min_size=0, max_size=8)


def learned(document: Document) -> list[str]:
    """The runs of learned tokens, decoded, each with its END shown."""
    assert document.trained is not None
    text = "".join(
        ("." if token == END else tokenizer().decode([token])) if trained else "|"
        for token, trained in zip(document.ids.tolist(), document.trained.tolist(), strict=True)
    )
    return [run for run in text.split("|") if run]


@pytest.mark.fast
@given(turns=st.lists(st.tuples(answers, answers), min_size=1, max_size=4))
@settings(max_examples=25, deadline=None)
def test_only_answers_and_their_ends_are_learned(turns: list[tuple[str, str]]) -> None:
    messages = [
        message for question, answer in turns for message in (Message("user", question), Message("assistant", answer))
    ]
    (document,) = encode_records(tokenizer(), [ChatRecord(tuple(messages))])
    assert learned(document) == [f"{answer}." for _, answer in turns]


@pytest.mark.fast
def test_a_text_is_learned_whole_with_its_end() -> None:
    (document,) = encode_records(tokenizer(), [TextRecord("abc")])
    assert document.trained is None
    assert (document.ids[0], document.ids[-1]) == (BOS, EOS)


@pytest.mark.fast
@given(earlier=answers, chosen=answers, rejected=answers)
@settings(max_examples=25, deadline=None)
def test_of_a_comparison_only_the_last_answer_is_learned_after_one_prompt(
    earlier: str, chosen: str, rejected: str
) -> None:
    prompt = (Message("user", "a"), Message("assistant", earlier), Message("user", "b"))
    pair = encode_records(tokenizer(), [PreferenceRecord(prompt, chosen, rejected)])
    assert [learned(document) for document in pair] == [[f"{chosen}."], [f"{rejected}."]]
    prompts = [document.ids[~document.trained].tolist() for document in pair if document.trained is not None]
    assert prompts[0] == prompts[1]
    assert prompts[0][-1] == ASSISTANT


@pytest.mark.fast
def test_the_loss_is_the_cross_entropy_of_the_answer_alone(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "chats.jsonl", [{"prompt": "ab", "response": "cd"}, {"prompt": "e", "response": "f"}])
    data = opened(config(path, task="sft", data__packing=False, data__val_share=0.4, training__batch_size=1))
    batch = next(data.train_batches())
    assert isinstance(batch, Batch)
    logits = torch.randn(*batch.tokens.shape, tokenizer().vocab_size, generator=torch.Generator().manual_seed(0))
    loss = F.cross_entropy(logits.flatten(0, 1), batch.targets.flatten(), ignore_index=IGNORE, reduction="sum")
    row = batch.tokens[0].tolist()
    first = row.index(ASSISTANT)
    answer = [*(token for token in row[first + 1 :] if token != PAD), END]
    by_hand = -sum(logits[0, first + i].log_softmax(-1)[token] for i, token in enumerate(answer))
    assert torch.isclose(loss, torch.as_tensor(by_hand))
    assert row[:2] == [BOS, USER]


def epoch(data: DataModule) -> Iterator[Batch | PreferenceBatch]:
    """Each training row once; needs batches of one row."""
    return islice(data.train_batches(), data.batches_per_epoch)


@pytest.mark.parametrize("packing", [True, False])
def test_each_answer_is_learned_once_in_training_or_validation(tmp_path: Path, packing: bool) -> None:
    rows = chats(60)
    path = write_rows(tmp_path / "chats.jsonl", rows)
    data = opened(config(path, task="sft", data__packing=packing, training__batch_size=1), length=200)
    n_learned = sum(batch.n_targets for batch in [*epoch(data), *data.val_batches()])
    assert n_learned == sum(len(row["response"]) + 1 for row in rows)
    assert data.report()["train"]["tokens_lost"] == 0
    n_row = data.report()["train"]["rows"]
    assert n_row == 54 if not packing else n_row < 54


def test_what_is_too_long_is_cut_or_dropped_and_counted(tmp_path: Path) -> None:
    rows = [{"prompt": "a" * n, "response": "b" * 10} for n in (3, 20, 60)] * 2
    rows = [{**row, "prompt": row["prompt"] + str(i)} for i, row in enumerate(rows)]
    path = write_rows(tmp_path / "chats.jsonl", rows)
    run = config(path, task="sft", data__val_share=0.4, data__deduplicate=False, training__batch_size=1)
    data = opened(run, length=30)
    report = data.report()
    assert [report["train"][name] + report["val"][name] for name in ("documents_cut", "documents_dropped")] == [2, 2]
    batches = [*epoch(data), *data.val_batches()]
    # Whole: 10 characters and END. Cut: BOS USER 21 END ASSISTANT leave 6 of 31 places for the answer.
    assert sum(batch.n_targets for batch in batches) == 2 * 11 + 2 * 6
    assert report["train"]["tokens_lost"] + report["val"]["tokens_lost"] == 2 * 5 + 2 * (4 + 61 + 11)


def test_without_a_usable_row_the_reason_is_told(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "chats.jsonl", chats(20))
    with pytest.raises(DataError, match=r"0 usable rows.*'documents_dropped': 18") as error:
        opened(config(path, task="sft"), length=2)
    assert "model.context_length" in error.value.hint


def test_pairs_hold_the_same_prompt_and_only_their_answers_are_learned(tmp_path: Path) -> None:
    rows = preferences(40)
    path = write_rows(tmp_path / "pairs.jsonl", rows)
    data = opened(config(path, task="dpo", data__deduplicate=False), length=100)
    wanted = {(row["prompt"], row["chosen"], row["rejected"]) for row in rows}
    found = set()
    for batch in [*islice(data.train_batches(), data.batches_per_epoch), *data.val_batches()]:
        assert isinstance(batch, PreferenceBatch)
        assert batch.chosen.tokens.shape == batch.rejected.tokens.shape
        sides = ([parted(*row) for row in zip(half.tokens, half.targets, strict=True)] for half in halves(batch))
        for (prompt, better), (same_prompt, worse) in zip(*sides, strict=True):
            assert prompt == same_prompt
            found.add((prompt, better, worse))
    assert found == wanted


def parted(tokens: Tensor, targets: Tensor) -> tuple[str, str]:
    """The question of a row, and its learned answer."""
    first = int((targets != IGNORE).nonzero()[0])
    answer = targets[targets != IGNORE].tolist()
    assert answer[-1] == END
    return tokenizer().decode(tokens[: first + 1].tolist()), tokenizer().decode(answer)


def test_a_pair_without_room_for_both_answers_is_dropped_as_a_pair(tmp_path: Path) -> None:
    rows = preferences(20)
    rows[3]["prompt"] = "long " * 30
    rows[4]["rejected"] = "no " * 30
    data = opened(config(write_rows(tmp_path / "pairs.jsonl", rows), task="dpo"), length=100)
    both = [data.report()[side] for side in ("train", "val")]
    assert sum(side["rows"] for side in both) == 19
    assert sum(side["documents_dropped"] for side in both) == 2
    assert sum(side["documents_cut"] for side in both) == 1


@pytest.mark.parametrize("streaming", [False, True])
def test_a_pair_that_differs_only_behind_the_cut_is_dropped(tmp_path: Path, streaming: bool) -> None:
    rows = preferences(40)
    for row in rows[::2]:
        row |= {"chosen": "so " * 40 + "yes", "rejected": "so " * 40 + "no"}
    path = write_rows(tmp_path / "pairs.jsonl", rows)
    how = {"data__streaming": streaming, "data__deduplicate": False, "data__val_share": 0.3, "training__max_steps": 9}
    data = opened(config(path, task="dpo", **how), length=100)
    for batch in [*islice(data.train_batches(), 9), *data.val_batches()]:
        assert isinstance(batch, PreferenceBatch)
        assert (batch.chosen.tokens != batch.rejected.tokens).any(dim=1).all()
    if streaming:
        assert data.state_dict()["dropped"] > 0
    else:
        both = [data.report()[side] for side in ("train", "val")]
        counts = ("rows", "documents_dropped", "documents_cut")
        assert [sum(side[name] for side in both) for name in counts] == [20, 40, 0]
