"""Probes of the model: where it begins, what its outputs depend on, and that its cache changes nothing."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from scratch_llm.models import Decoder, KVCache
from scratch_llm.probes import expected, reference
from scratch_llm.probes.bench import QUIET, Bench, disturb, twin
from scratch_llm.probes.finding import Checks, at_least, at_most, none_of, unused
from scratch_llm.tokenizers import BOS
from scratch_llm.training import Trainer

_BAND = 0.3
_LEAK = 1e-4  # of what a change does where it may
_EXACT = 1e-3  # of the spread of the logits
_RISE, _NEAR, _TELLING = 1e-3, 0.02, 3e-5  # of the loss, of the weight, of the loss
_SLOPE = 0.03


def initial_loss(bench: Bench) -> Checks:
    """Fresh weights know nothing: their loss is about ln(vocabulary)."""
    torch.manual_seed(bench.config.seed)
    fresh, rows = Decoder(bench.quiet.decoder.config).eval(), bench.rows
    with torch.no_grad():
        logits = fresh(rows.tokens, document_ids=rows.document_ids)[0]
        loss = float(-expected.log_probabilities(logits, rows.targets).sum() / (rows.targets >= 0).sum())
    shape = fresh.config
    knows_nothing, width = math.log(shape.vocab_size), shape.d_model
    std = min(shape.init_std, 0.03)
    # A tied output layer finds a token's own embedding again in the stream: it expects each token to repeat itself.
    own = math.exp(width * std) if shape.tie_embeddings else 0.0
    highest = math.log(shape.vocab_size * math.exp(width * std**2 / 2) + own) + _BAND
    reason = f"ln({shape.vocab_size}) = {knows_nothing:.2f}: the fresh weights are too large or too small"
    yield at_most(loss, highest, "loss", reason)
    yield at_least(loss, knows_nothing - _BAND, "loss", "fresh weights know what follows: the targets leak")


def gradients(bench: Bench) -> Checks:
    """Every weight gets a gradient from the project's loss; finite, not zero, and the right one."""
    trainer = bench.stepper()
    loss, _ = trainer.task.loss(trainer.module, bench.batch)
    loss.backward()  # type: ignore[no-untyped-call]
    named = dict(trainer.decoder.named_parameters())
    frozen = [name for name, weight in named.items() if not weight.requires_grad]
    yield none_of(frozen, "frozen weights", "a weight does not learn")
    dead = [n for n, w in named.items() if w.grad is None or not bool(w.grad.abs().sum() > 0)]
    yield none_of(dead, "weights without a gradient", "nothing that the loss sees depends on them")
    bad = [name for name, weight in named.items() if weight.grad is not None and not bool(weight.grad.isfinite().all())]
    yield none_of(bad, "gradients that are not finite", "nan or infinity")
    if bench.quiet.decoder.config.feed_forward != "moe":  # where experts are chosen the loss jumps
        yield from _slopes(bench)


def _slopes(bench: Bench) -> Checks:
    """Along each gradient the loss really rises as much as the gradient says: a path that was cut off shows here."""
    trainer = disturb(bench.stepper({"model.dropout": 0.0}))
    loss, _ = trainer.task.loss(trainer.module, bench.batch)
    loss.backward()  # type: ignore[no-untyped-call]
    scale = abs(float(loss.detach()))
    for name, weight in trainer.decoder.named_parameters():
        if weight.grad is None or not (steep := float(weight.grad.norm())):
            continue
        step = min(_RISE * scale / steep, _NEAR * float(weight.detach().norm()))
        if steep * step < _TELLING * scale:
            continue  # too little to tell from rounding
        way = weight.grad * (step / steep)
        seen = _rise(trainer, bench, weight, way) / (steep * step)
        yield at_most(abs(seen - 1), _SLOPE, f"error of the gradient of {name}", "a path to the loss is cut, or added")


def _rise(trainer: Trainer, bench: Bench, weight: Tensor, way: Tensor) -> float:
    """Half of what the loss differs by between one side of a weight and the other."""
    sums = []
    with torch.no_grad():
        for sign in (1.0, -1.0):
            weight.add_(way, alpha=sign)
            sums.append(float(trainer.task.loss(trainer.module, bench.batch)[0].double()))
            weight.sub_(way, alpha=sign)
    return (sums[0] - sums[1]) / 2


def formula(bench: Bench) -> Checks:
    """The model computes what its formulas say, in evaluation and in training."""
    trainer = disturb(bench.stepper({"model.dropout": 0.0}))
    model, tokens = trainer.decoder, bench.rows.tokens[:1, :48]
    weights = dict(model.named_parameters())
    if not reference.is_known(weights, model.config):
        yield unused("the model has parts that this probe has no formula for")
        return
    wanted, auxiliary = reference.logits(weights, model.config, tokens[0])
    for mode in ("evaluation", "training"):
        with torch.no_grad():
            found, loss = model.train(mode == "training")(tokens)
        gap = float((found[0] - wanted).abs().max() / wanted.std())
        yield at_most(gap, _EXACT, f"difference in {mode}", "norms, attention, positions or feed-forward are wrong")
        asked = auxiliary if mode == "training" else 0.0
        gap = abs(float(loss) - asked)
        yield at_most(
            gap, 1e-4, f"difference of the auxiliary loss in {mode}", f"{float(loss):.5f} should be {asked:.5f}"
        )


def causality(bench: Bench) -> Checks:
    """A later token changes nothing before it, and something after it: in evaluation and in training."""
    tokens = bench.rows.tokens[:2, :64]
    for name, model in (("evaluation", twin(bench.quiet)), ("training", twin(bench.quiet).train())):
        for place in (tokens.shape[1] // 2, tokens.shape[1] - 1):
            before, after = _effect(model, tokens, place)
            yield at_most(before, _LEAK, f"effect of token {place} on earlier logits in {name}", "the future is seen")
            yield at_least(after, 1e-6, f"effect of token {place} on itself in {name}", "a token has no effect")
        _, later = _effect(model, tokens, 0, skip=1)
        yield at_least(later, 1e-6, f"effect of token 0 on later logits in {name}", "the past is not seen")


def _effect(model: Decoder, tokens: Tensor, place: int, skip: int = 0) -> tuple[float, float]:
    """How far the logits move before and from a changed token on; the former as a share of the latter."""
    other = tokens.clone()
    other[:, place] = (other[:, place] + 1) % model.config.vocab_size
    with torch.no_grad():
        moved = (model(tokens)[0] - model(other)[0]).abs()
    after = float(moved[:, place + skip :].max())
    before = float(moved[:, :place].max()) if place else 0.0
    return before / max(after, 1e-12), after


def packing(bench: Bench) -> Checks:
    """Documents that share a row do not see each other, and each begins at position 0."""
    model, rows = twin(bench.quiet), bench.rows
    if rows.document_ids is None:
        yield unused("no two documents share a row, or this config lets them see each other")
        return
    place, row = _border(rows.tokens)
    if not place:
        yield unused("no row of the first batch holds two documents")
        return
    tokens, ids = rows.tokens[row : row + 1], rows.document_ids[row : row + 1]
    other = tokens.clone()
    other[:, 1:place] = (other[:, 1:place] + 1) % model.config.vocab_size
    with torch.no_grad():
        packed, moved = model(tokens, document_ids=ids)[0], model(other, document_ids=ids)[0]
        alone = model(tokens[:, place:], document_ids=ids[:, place:])[0]
    scale = float((packed[:, :place] - moved[:, :place]).abs().max()) or 1e-12
    leak = float((packed[:, place:] - moved[:, place:]).abs().max())
    yield at_most(leak / scale, _LEAK, "effect on the next document", "packed documents see each other")
    gap = float((packed[:, place:] - alone).abs().max() / alone.std())
    yield at_most(gap, _EXACT, "difference to the document alone", "positions do not begin again with a document")


def _border(tokens: Tensor) -> tuple[int, int]:
    """Where the second document of a row begins, and which row it is."""
    found = ((tokens == BOS) & (torch.arange(tokens.shape[1]) > 1)).nonzero().tolist()
    return (found[0][1], found[0][0]) if found else (0, 0)


def cache(bench: Bench) -> Checks:
    """Continuing from the cache gives the logits of reading everything at once."""
    model, tokens = disturb(bench.stepper(QUIET)).decoder.eval(), bench.rows.tokens[:2, :24]
    with torch.no_grad():
        whole = model(tokens)[0]
    for name, way in {"one by one": _one_by_one, "in pieces": _in_pieces, "ragged": _ragged}.items():
        gap = float(way(model, tokens, whole) / whole.std())
        yield at_most(gap, _EXACT, f"difference {name}", "the cache changes the logits: positions, mask or storage")


def _one_by_one(model: Decoder, tokens: Tensor, whole: Tensor) -> Tensor:
    kept = KVCache(model.config, len(tokens), tokens.shape[1])
    steps = [tokens[:, :8], *(tokens[:, n : n + 1] for n in range(8, tokens.shape[1]))]
    return _gap(lambda part: model(part, cache=kept)[0], steps, whole)


def _in_pieces(model: Decoder, tokens: Tensor, whole: Tensor) -> Tensor:
    kept = KVCache(model.config, len(tokens), tokens.shape[1])
    return _gap(lambda part: model(part, cache=kept)[0], [tokens[:, :5], tokens[:, 5:14], tokens[:, 14:]], whole)


def _gap(read: Callable[[Tensor], Tensor], parts: list[Tensor], whole: Tensor) -> Tensor:
    return (torch.cat([read(part) for part in parts], dim=1) - whole).abs().max()


def _ragged(model: Decoder, tokens: Tensor, whole: Tensor) -> Tensor:
    """Rows that begin alike, go on by different lengths, padded, and then by a token each."""
    kept, lengths, gaps = KVCache(model.config, 2, tokens.shape[1]), [6, 6], []
    model(tokens[:, :6], cache=kept)
    for steps in ([3, 7], [1, 1], [4, 2], [1, 1]):
        rows = [tokens[row, n : n + max(steps)] for row, n in enumerate(lengths)]
        logits = model(torch.stack(rows), cache=kept, n_new=steps)[0]
        for row, step in enumerate(steps):
            gaps.append((logits[row, :step] - whole[row, lengths[row] : lengths[row] + step]).abs().max())
        lengths = [n + step for n, step in zip(lengths, steps, strict=True)]
    return torch.stack(gaps).max()
