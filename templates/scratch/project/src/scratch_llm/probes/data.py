"""Probes of the data: ids, targets, masks, documents, splits and their order."""

import math
from collections.abc import Iterator
from itertools import islice

import torch

from scratch_llm.data import DataModule
from scratch_llm.probes.bench import AnyBatch, Bench, rows_of
from scratch_llm.probes.documents import (
    Ids,
    Piece,
    encoded,
    identities,
    learned,
    pieces,
    records_of,
    sides,
)
from scratch_llm.probes.finding import Checks, at_least, at_most, none_of, same, unused
from scratch_llm.probes.siblings import shared_texts
from scratch_llm.tokenizers import BOS, END, EOS, PAD, UNK, load_tokenizer

_N_TEXT, _MOST_BATCHES = 64, 2000
_PASSAGE, _MOST_PASSAGES = 100, 300  # characters


def vocabulary_ids(bench: Bench) -> Checks:
    """Every id of a batch is one of the tokenizer's, and the model has a row for it."""
    size, room = bench.quiet.tokenizer.vocab_size, len(bench.quiet.decoder.embed.weight)
    yield at_most(size, room, "tokenizer's size", "the tokenizer has more ids than the embedding has rows")
    ids = torch.cat(
        [part.flatten() for b in bench.batches for side in sides(b) for part in (side.tokens, side.targets)]
    )
    yield at_most(int(ids.max()), size - 1, "largest id", "an id is not in the tokenizer's vocabulary")
    strange = set(ids[(ids < 0) & (ids != -100)].tolist())
    yield none_of(strange, "negative ids", "only -100 stands for a target that is not learned")


def round_trip(bench: Bench) -> Checks:
    """A text comes back from its ids, also after the tokenizer was saved, and no text becomes a special token."""
    tokenizer = bench.quiet.tokenizer
    texts = [text for record in records_of(bench)[:_N_TEXT] for text in _texts(record)]
    rows = tokenizer.encode_batch(texts)
    whole = [(text, ids) for text, ids in zip(texts, rows, strict=True) if UNK not in ids]
    lost = [repr(text[:40]) for text, ids in whole if tokenizer.decode(ids) != text]
    yield none_of(lost, "texts that decode differently", "decode(encode(text)) is another text")
    unknown = sum(ids.count(UNK) for ids in rows) / max(1, sum(map(len, rows)))
    yield at_most(unknown, 0.05, "share of unknown tokens", "the tokenizer does not know this data's text")
    special = {i for ids in rows for i in ids if i < 8 and i != UNK}
    yield none_of(special, "special ids in plain text", "a text was encoded as a special token")
    tokenizer.save(bench.folder / "tokenizer")
    again = load_tokenizer(bench.folder / "tokenizer").encode_batch(texts)
    yield same(again == rows, True, "a saved tokenizer encodes alike:", "a loaded tokenizer gives other ids")


def _texts(record: object) -> list[str]:
    if hasattr(record, "text"):
        return [record.text]
    return [message.content for message in getattr(record, "messages", getattr(record, "prompt", ()))]


def target_shift(bench: Bench) -> Checks:
    """The target of each token is the token after it: neither itself, nor the next but one."""
    pairs = [pair for piece in pieces(bench.batches) for pair in zip(piece.targets, piece.tokens[1:], strict=False)]
    asked = [(target, following) for target, following in pairs if target >= 0]
    right = sum(target == following for target, following in asked) / max(1, len(asked))
    yield at_least(right, 1.0, "share of targets that are the next token", "the targets are not shifted by exactly one")
    yield at_least(len(asked), 1, "targets looked at", "no token has a target")
    ends = {p.targets[-1] for p in pieces(bench.batches) if p.is_ended and p.targets[-1] >= 0} - {EOS, END}
    yield none_of(ends, "targets beyond a document's end", "a document's last target is not its end token")


def loss_mask(bench: Bench) -> Checks:
    """What is learned is all of a text, or the answers alone; never padding."""
    task = bench.config.task
    found = list(pieces(bench.batches))
    wrong = sum(map(sum, ([a != b for a, b in zip(p.wanted, learned(p, task), strict=True)] for p in found)))
    meaning = {"pretrain": "some of the text is not learned", "sft": "the loss is not taken of the answers alone"}
    yield none_of(
        wrong, "targets that are masked wrongly", meaning.get(task, "the loss is not taken of the last answer")
    )
    padding = sum(
        int((s.targets[s.tokens == PAD] >= 0).sum() + (s.targets == PAD).sum()) for b in bench.batches for s in sides(b)
    )
    yield none_of(padding, "learned padding", "the loss is taken of padding")


def documents(bench: Bench) -> Checks:
    """The rows hold the documents as the records and the tokenizer give them, with beginning and end."""
    wholes, found = encoded(bench), list(pieces(bench.batches))
    known, starts = set(wholes), [piece for piece in found if piece.is_begun]
    yield at_least(len(starts), 1, "documents looked at", "no row holds the beginning of a document")
    ended = [piece for piece in starts if piece.is_ended or piece.ids[-1] in (EOS, END)]
    foreign = [_told(piece) for piece in ended if piece.ids not in known]
    yield none_of(foreign, "foreign documents", "a document in a row is none of the records: ids, BOS or EOS differ")
    cut = [piece for piece in starts if piece not in ended]
    foreign = [_told(piece) for piece in cut if not any(whole[: len(piece.ids)] == piece.ids for whole in wholes)]
    yield none_of(foreign, "foreign documents", "what a row holds of a document is not the beginning of any record")
    wrong = sum(
        int(((s.document_ids[:, 1:] != s.document_ids[:, :-1]) != _parted(s.tokens)).sum())
        for b in bench.batches
        for s in sides(b)
        if s.document_ids is not None
    )
    yield none_of(wrong, "wrong borders of documents", "document_ids do not change where a document begins")
    for side, part in (("chosen", 0), ("rejected", 1)) if bench.config.task == "dpo" else ():
        own = {whole[: len(p.ids)] for p in _of(bench, side) for whole in wholes[part::2]}
        foreign = [_told(piece) for piece in _of(bench, side) if piece.ids not in own]
        yield none_of(foreign, f"{side} rows that are not", "chosen and rejected answers are mixed up")


def _of(bench: Bench, side: str) -> list[Piece]:
    """The pieces of one side of the pairs."""
    return list(pieces(getattr(batch, side) for batch in bench.batches))


def _told(piece: Piece) -> str:
    return str(list(piece.ids[:8]))


def _parted(tokens: torch.Tensor) -> torch.Tensor:
    padding = (tokens != PAD).flip(1).cumsum(1).flip(1) == 0
    return (tokens[:, 1:] == BOS) | (padding[:, 1:] & ~padding[:, :-1])


def split_overlap(bench: Bench) -> Checks:
    """Training and validation share no document, hardly a passage, and neither is empty."""
    data, task = bench.stepper({"data.shuffle": False}).data, bench.config.task
    n_batch = min(data.batches_per_epoch, _MOST_BATCHES)
    train, val = (list(pieces(found)) for found in (islice(data.train_batches(), n_batch), data.val_batches()))
    yield at_least(min(len(train), len(val)), 1, "documents of the smaller split", "a split is empty")
    ours, theirs = (set(identities(found, task)) for found in (train, val))
    yield at_least(min(len(ours), len(theirs)), 1, "documents compared", "a split holds no document from its beginning")
    yield none_of(len(ours & theirs), "documents in both splits", "validation measures what was trained on")
    share = _shared_passages(bench, ours, theirs)
    yield at_most(share, 0.5, "share of passages in both splits", "the splits hold nearly the same documents")
    yield none_of(shared_texts(bench.config.data), "texts in both files", "files of different splits share texts")


def _shared_passages(bench: Bench, train: set[Ids], val: set[Ids]) -> float:
    """The share of validation's passages of a fixed length that stand in the training text too."""
    ours, theirs = ("\n".join(bench.quiet.tokenizer.decode(ids) for ids in sorted(found)) for found in (train, val))
    passages = [theirs[at : at + _PASSAGE] for at in range(0, len(theirs) - _PASSAGE, _PASSAGE)][:_MOST_PASSAGES]
    return sum(passage in ours for passage in passages) / max(1, len(passages))


def data_order(bench: Bench) -> Checks:
    """Each epoch deals every row once, in an order of its own; a saved position gives the very next batch."""
    data = bench.stepper().data
    batches = data.train_batches()
    for _ in range(3):
        next(batches)
    state, following = data.state_dict(), next(batches)
    yield same(
        _rows(following) == _rows(_next_from(bench, state)), True, "a saved position goes on:", "a batch differs"
    )
    goes_round = state.get("rows", math.inf) <= 4 * len(sides(following)[0].tokens) or state.get("epoch", 0) > 0
    repeated = 0 if goes_round else len(_rows(following) & _rows(bench.batch))
    yield none_of(repeated, "rows dealt twice", "the same batch comes again and again")
    if "rows" not in state:
        return
    n_row = int(state["rows"])
    if n_row > 4000:
        yield unused("the data has too many rows for a second epoch")
        return
    line = list(islice(_line(bench.stepper().data), 2 * n_row))
    first, second = line[:n_row], line[n_row:]
    repeated = n_row - len(set(first))
    yield at_most(repeated, 0.02 * n_row, "rows dealt twice in an epoch", "rows are left out and others repeated")
    yield same(set(first) == set(second), True, "both epochs hold the same rows:", "rows are left out or repeated")
    differs = bench.config.data.shuffle and n_row > 8
    yield same(first != second, differs, "the order changes with the epoch:", "data.shuffle is not obeyed")
    twin = list(islice(_line(bench.stepper({"data.shuffle": False}).data), n_row))
    yield same(first != twin, differs, "the order is not the file's:", "data.shuffle is not obeyed")


def _next_from(bench: Bench, state: dict[str, object]) -> AnyBatch:
    data = bench.stepper().data
    data.load_state_dict(state)
    return next(data.train_batches())


def _line(data: DataModule) -> Iterator[tuple[int, ...]]:
    for batch in data.train_batches():
        yield from (tuple(row) for row in sides(batch)[0].tokens.tolist())


def _rows(batch: AnyBatch) -> set[tuple[int, ...]]:
    return {tuple(row) for row in rows_of(batch)}
