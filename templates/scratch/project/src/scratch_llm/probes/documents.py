"""The documents that batches are made of: as they lie in the rows, and as they should be, made from the records."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from scratch_llm.data import Batch, PreferenceBatch
from scratch_llm.data.faults import Faults
from scratch_llm.data.sources import load_records
from scratch_llm.probes.bench import AnyBatch, Bench
from scratch_llm.tokenizers import ASSISTANT, BOS, END, EOS, PAD, SYSTEM, USER

ROLES = {"system": SYSTEM, "user": USER, "assistant": ASSISTANT}
Ids = tuple[int, ...]


class Piece(NamedTuple):
    """A document in a row, or as much of it as the row holds."""

    tokens: Ids
    targets: Ids
    is_begun: bool  # its first token is here
    is_ended: bool  # something follows it in the row

    @property
    def ids(self) -> Ids:
        """Its tokens, with what follows the last of them where that is to be learned."""
        return self.tokens + tuple(target for target in self.targets[-1:] if target >= 0)

    @property
    def wanted(self) -> list[bool]:
        """Which targets there are."""
        return [target >= 0 for target in self.targets]


def sides(batch: AnyBatch) -> list[Batch]:
    """The rows of a batch: two kinds of them where it holds pairs."""
    return [batch.chosen, batch.rejected] if isinstance(batch, PreferenceBatch) else [batch]


def pieces(batches: Iterable[AnyBatch]) -> Iterator[Piece]:
    """All pieces of documents in all rows. Each begins with BOS; padding is PAD."""
    for batch in batches:
        for side in sides(batch):
            for tokens, targets in zip(side.tokens.tolist(), side.targets.tolist(), strict=True):
                yield from _row(tokens, targets)


def _row(tokens: Sequence[int], targets: Sequence[int]) -> Iterator[Piece]:
    end = len(tokens)
    while end and tokens[end - 1] == PAD:
        end -= 1
    starts = sorted({0, *(place for place in range(end) if tokens[place] == BOS)})
    for start, stop in zip(starts, [*starts[1:], end], strict=True):
        if stop > start:
            row = tuple(tokens[start:stop]), tuple(targets[start:stop])
            yield Piece(*row, tokens[start] == BOS, stop < len(tokens))


def records_of(bench: Bench) -> list[Any]:
    """All records of the small config."""
    config = bench.small
    return list(load_records(config.data, config.task, Faults()))


def encoded(bench: Bench) -> list[Ids]:
    """What every record must become: BOS text EOS, or BOS and then ROLE content END for each message."""
    encode = bench.quiet.tokenizer.encode_batch
    records = records_of(bench)
    if hasattr(records[0], "text"):
        return [(BOS, *ids, EOS) for ids in encode([record.text for record in records])]
    chats = [turns for record in records for turns in _turns(record)]
    contents = iter(encode([content for turns in chats for _, content in turns]))
    return [(BOS, *(i for role, _ in turns for i in (ROLES[role], *next(contents), END))) for turns in chats]


def _turns(record: Any) -> list[list[tuple[str, str]]]:
    if hasattr(record, "messages"):
        return [[(message.role, message.content) for message in record.messages]]
    prompt = [(message.role, message.content) for message in record.prompt]
    return [[*prompt, ("assistant", answer)] for answer in (record.chosen, record.rejected)]


def learned(piece: Piece, task: str) -> list[bool]:
    """Which targets of a piece are to be learned: all of a text, a conversation's answers, a comparison's last one."""
    if task == "pretrain":
        return [True] * len(piece.tokens)
    mask, answering = [], False
    for token in piece.tokens:
        answering = token == ASSISTANT or (answering and token not in (END, SYSTEM, USER))
        mask.append(answering)
    if task == "dpo":
        last = max((place for place, token in enumerate(piece.tokens) if token == ASSISTANT), default=0)
        mask = [place >= last and answers for place, answers in enumerate(mask)]
    return mask


def identities(found: Iterable[Piece], task: str) -> Iterator[Ids]:
    """What makes each document itself: its text, or, where something is answered, all before the last answer.

    Of texts that go on in the next row, the rows must come in the order of the data.
    """
    text: Ids = ()
    for piece in found:
        if task != "pretrain":
            last = max((place for place, token in enumerate(piece.tokens) if token == ASSISTANT), default=None)
            yield piece.tokens[:last]
        elif piece.is_begun:
            yield from [text] if text else []
            text = piece.tokens
        elif text:
            text += piece.tokens
    yield from [text] if text else []
