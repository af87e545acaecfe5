"""Each bug, planted where users plant theirs, is found by the probe that is for it, and by its own name."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from scratch_llm.checkpoint import pretrained
from scratch_llm.data import DataModule, prepared, rows, sampler
from scratch_llm.data.batch import Batch
from scratch_llm.models import attention, decoder
from scratch_llm.models.decoder import Block, Decoder
from scratch_llm.models.norm import RMSNorm
from scratch_llm.probes import Finding, run_probes
from scratch_llm.tokenizers import chat
from scratch_llm.tokenizers.char import CharTokenizer
from scratch_llm.training import callbacks, engine, optimizers, run, state, tasks
from scratch_llm.training.engine import Trainer
from scratch_llm.training.optimizers import Optimizers

TINY = Path(__file__).parents[1] / "training" / "tiny.yaml"
SFT = ["task=sft", "data.dataset_name=synthetic_instructions", "model.context_length=128"]
DPO = ["task=dpo", "start_from=nowhere", "data.dataset_name=synthetic_preferences", "model.context_length=128"]
Plant = Callable[[pytest.MonkeyPatch], None]


def probed(probe: str, *overrides: str) -> Finding:
    start, finding = run_probes(TINY, overrides, [probe])
    assert start.passed, start.why
    return finding


def swap(place: Any, name: str, make: Callable[..., Any]) -> Plant:
    """Replace something by what `make` makes of it."""
    return lambda monkeypatch: monkeypatch.setattr(place, name, make(getattr(place, name)))


def _context(change: Callable[..., dict[str, Any]]) -> Plant:
    return swap(decoder, "Context", lambda old: lambda *parts, **named: old(*parts, **change(**named)))


def _blind_document(old: Callable[..., Any]) -> Callable[..., Any]:
    return lambda ids: torch.zeros_like(old(ids))


def _cut_off(old: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, x, *parts, **named: old(self, x.detach(), *parts, **named)


def _left_in_evaluation(old: Callable[..., Any]) -> Callable[..., Any]:
    def sample(self: callbacks.Samples, trainer: Trainer) -> None:
        old(self, trainer)
        trainer.decoder.eval()

    return sample


def _shifted(by: int) -> Callable[..., Any]:
    def make(old: Callable[..., Any]) -> Callable[..., Any]:
        def collate(*parts: Any, **named: Any) -> Batch:
            batch = old(*parts, **named)
            return Batch(batch.tokens, batch.targets.roll(by, 1), batch.document_ids)

        return collate

    return make


def _without_zero_grad(old: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self: None


def _mean(old: Callable[..., Any]) -> Callable[..., Any]:
    """As if all micro-batches had equally many targets."""

    def loss(self: Any, model: Any, batch: Any) -> tuple[Tensor, Tensor]:
        summed, count = old(self, model, batch)
        return summed / count * 60, count

    return loss


def _all_trained(old: Callable[..., Any]) -> Callable[..., Any]:
    return lambda turns, prompt: (made := old(turns, prompt))._replace(response_mask=[True] * len(made.ids))


def _no_eval(old: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, mode=True: old(self, True)


def _forgotten(old: Callable[..., Any]) -> Callable[..., Any]:
    return lambda parameters, config: old(parameters[1:], config)


def _decayed(old: Callable[..., Any]) -> Callable[..., Any]:
    def make(parameters: Any, config: Any) -> Any:
        made = old(parameters, config)
        made.param_groups[-1]["weight_decay"] = config.params.weight_decay
        return made

    return make


def _large(old: Callable[..., Any]) -> Callable[..., Any]:
    return lambda model, *, std, n_layer: old(model, std=50 * std, n_layer=n_layer)


def _untied(old: Callable[..., Any]) -> Callable[..., Any]:
    def build(self: Decoder, config: Any) -> None:
        old(self, config)
        self.head.weight = torch.nn.Parameter(self.embed.weight.detach().clone())

    return build


def _nothing(old: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *parts, **named: None


def _same_order(old: Callable[..., Any]) -> Callable[..., Any]:
    def row(self: sampler.RowSampler, place: int) -> int:
        return int(old(self, place % self.n_row))

    return row


def _off_by_one(old: Callable[..., Any]) -> Callable[..., Any]:
    def encode(self: CharTokenizer, texts: Any, *, bos: bool = False, eos: bool = False) -> list[list[int]]:
        found = old(self, texts, bos=bos, eos=eos)
        return [[i + 1 if 8 <= i < self.vocab_size - 1 else i for i in ids] for ids in found]

    return encode


def _without_scale(old: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, x: F.rms_norm(x, self.normalized_shape, None, self.eps)


def _always_train_split(old: Callable[..., Any]) -> Callable[..., Any]:
    return lambda folder, split: old(folder, "train")


def _lost_batch(old: Callable[..., Any]) -> Callable[..., Any]:
    def batches(self: DataModule) -> Iterator[Any]:
        found = old(self)
        for batch in found:
            next(found)
            yield batch

    return batches


def _first_alone(old: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, window: old(self, [window[0]] * len(window))


def _halved(old: Callable[..., Any]) -> Callable[..., Any]:
    return lambda path, weights: old(path, {name: weight.half().float() for name, weight in weights.items()})


def _cached_positions(old: Callable[..., Any]) -> Callable[..., Any]:
    def context(self: Decoder, window: Any) -> Any:
        found = old(self, window)
        n = window.n_token
        cos, sin = self.rotary.cos[:n, None], self.rotary.sin[:n, None]
        return decoder.Context(cos, sin, found.mask, found.is_causal, found.memories)

    return context


PLANTED: dict[str, tuple[str, Plant, list[str]]] = {
    "no causal mask": (
        "causality",
        _context(lambda **named: named | {"is_causal": False}),
        [],
    ),
    "documents see each other": ("packing", swap(decoder, "document_starts", _blind_document), []),
    "targets shifted by none": ("target_shift", swap(rows, "collate", _shifted(1)), []),
    "targets shifted by two": ("target_shift", swap(rows, "collate", _shifted(-1)), []),
    "prompt learned": ("loss_mask", swap(chat, "_assemble", _all_trained), SFT),
    "gradients kept": ("step_gradient", swap(Optimizers, "zero_grad", _without_zero_grad), []),
    "mean of means": ("accumulation", swap(tasks.LanguageModeling, "loss", _mean), []),
    "no schedule": ("schedule", swap(Optimizers, "set_lr", _nothing), []),
    "dropout in evaluation": (
        "eval_mode",
        swap(Block, "_drop", lambda old: lambda self, branch: F.dropout(branch, self.dropout)),
        [],
    ),
    "validation in training mode": ("eval_mode", swap(Decoder, "train", _no_eval), []),
    "weight forgotten": ("optimizer", swap(optimizers, "_adamw", _forgotten), []),
    "norms decayed": ("optimizer", swap(optimizers, "_adamw", _decayed), []),
    "weights too large": ("initial_loss", swap(decoder, "initialise", _large), []),
    "output layer untied": ("optimizer", swap(Decoder, "__init__", _untied), []),
    "not clipped": (
        "clipping",
        swap(engine, "clip_gradients", lambda old: lambda parameters, limit: old(parameters, 0.0)),
        [],
    ),
    "a path without its gradient": ("gradients", swap(attention.GroupedQueryAttention, "forward", _cut_off), []),
    "norm without its scale": ("gradients", swap(RMSNorm, "forward", _without_scale), []),
    "every epoch alike": ("data_order", swap(sampler.RowSampler, "_row", _same_order), []),
    "ids off by one": ("round_trip", swap(CharTokenizer, "encode_batch", _off_by_one), []),
    "validation on training data": ("split_overlap", swap(prepared, "open_corpus", _always_train_split), []),
    "never back from a sample": ("run_loop", swap(callbacks.Samples, "on_validation", _left_in_evaluation), []),
    "one micro-batch for all": ("run_loop", swap(Trainer, "train_step", _first_alone), []),
    "every second batch lost": ("data_order", swap(DataModule, "train_batches", _lost_batch), []),
    "cache forgets positions": ("cache", swap(Decoder, "_cached_context", _cached_positions), []),
    "no positions": ("formula", swap(attention, "rotate", lambda old: lambda x, cos, sin: x), []),
    "random numbers not restored": ("resume", swap(state, "restore_rng", _nothing), []),
    "optimizer not restored": ("resume", swap(Optimizers, "load_state_dict", _nothing), []),
    "weights saved in half precision": ("resume", swap(pretrained, "write_weights", _halved), []),
    "nothing learned": ("overfit", swap(Optimizers, "step", _nothing), []),
    "beta ignored": (
        "preference_start",
        swap(
            tasks.PreferenceOptimization,
            "__init__",
            lambda old: lambda self, reference, beta: old(self, reference, 2 * beta),
        ),
        DPO,
    ),
    "not seeded": ("seed", swap(run, "seed_all", _nothing), []),
}


QUICK = ("no causal mask",)


CASES = [
    pytest.param(*planted, id=bug, marks=[pytest.mark.fast] if bug in QUICK else []) for bug, planted in PLANTED.items()
]


@pytest.mark.parametrize(("probe", "plant", "overrides"), CASES)
def test_a_planted_bug_is_found(
    monkeypatch: pytest.MonkeyPatch, probe: str, plant: Plant, overrides: list[str]
) -> None:
    assert probed(probe, *overrides).passed
    plant(monkeypatch)
    finding = probed(probe, *overrides)
    assert not finding.passed
    assert finding.why
    assert finding.measured != "an error"
