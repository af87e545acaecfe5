"""What all probes share: the config made small, its trainers, and a few of its batches."""

import copy
import dataclasses
import json
import warnings
from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from scratch_llm.checkpoint import resolve, save_model
from scratch_llm.config import ModelConfig, TrainConfig, load_config
from scratch_llm.data import Batch, PreferenceBatch, tokenizer_for
from scratch_llm.models import Decoder
from scratch_llm.probes import expected
from scratch_llm.training import Callback, Trainer
from scratch_llm.training.run import build_trainer
from scratch_llm.training.start import with_vocabulary
from scratch_llm.utils.distributed import World
from scratch_llm.utils.errors import CheckpointError

N_DOCUMENT, N_ROW, N_PAIR, LENGTH = 1000, 4, 2, 256
Keys = dict[str, Any]
AnyBatch = Batch | PreferenceBatch
# Where nothing is random and nothing is added to the loss, training and evaluation compute the same.
QUIET: Keys = {"model.dropout": 0.0, "model.moe.balance_weight": 0.0, "model.moe.z_weight": 0.0}
UNCLIPPED: Keys = QUIET | {"training.grad_clip": 0.0}


class Bench:
    """Makes trainers of one config by the project's own way, each as a run would begin."""

    def __init__(self, config: TrainConfig, small: TrainConfig, folder: Path) -> None:
        self.config, self.small, self.folder = config, small, folder
        self.learned: tuple[Trainer, AnyBatch, list[float]] | None = None  # what two probes look at

    def vary(self, keys: Keys) -> TrainConfig:
        """The small config with other values; what it leaves open stays open."""
        return changed(self.small, keys)

    def trainer(
        self, keys: Keys | None = None, resume: Path | None = None, callbacks: Sequence[Callback] = ()
    ) -> Trainer:
        """A trainer at its first step, or where `resume` was, with the callbacks of a run."""
        return build_trainer(self.vary(keys or {}), "probe", World(), resume, callbacks)

    def stepper(self, keys: Keys | None = None) -> Trainer:
        """A trainer that only makes steps: no callbacks, nothing written."""
        trainer = self.trainer(keys)
        trainer.callbacks = []
        return trainer

    @cached_property
    def batches(self) -> list[AnyBatch]:
        """The first batches of a run."""
        return list(islice(self.stepper().data.train_batches(), 4))

    @property
    def batch(self) -> AnyBatch:
        """The first batch of a run."""
        return self.batches[0]

    @property
    def rows(self) -> Batch:
        """The first batch as plain rows: of pairs, the chosen answers."""
        return plain(self.batch)

    @cached_property
    def quiet(self) -> Trainer:
        """A trainer to look at; nobody may change it."""
        return self.stepper(UNCLIPPED)


def set_up(path: Path, overrides: Sequence[str], folder: Path) -> Bench:
    """Read a config and make it small enough for seconds on a CPU; the shape of the model stays."""
    warnings.simplefilter("ignore")  # such as: not all of the data is read
    torch.manual_seed(0)
    config = load_config(path, overrides)
    data, loop = config.data, config.training
    small: Keys = {
        "device": "cpu",
        "output_folder": str(folder / "outputs"),
        "model.context_length": min(config.model.context_length, LENGTH),
        "tokenizer.train_documents": min(config.tokenizer.train_documents, N_DOCUMENT),
        "data.folder": str(folder / "data"),
        "data.n_documents": min(data.n_documents, N_DOCUMENT),
        "data.val_share": max(data.val_share, 0.05),
        "data.prepare_workers": 1,
        "data.loader_workers": 0,
        "training.batch_size": min(loop.batch_size, N_PAIR if config.task == "dpo" else N_ROW),
        "training.accumulate": 1,
        "training.precision": "fp32",
        "training.compile": False,
        "training.strategy": "auto",
        "training.backup_folder": None,
        "training.eval_batches": min(loop.eval_batches, 3),
        "training.early_stop": 0,
        "logging.tensorboard": False,
        "logging.progress": False,
        "logging.sample_prompts": [],
    }
    (folder / "data").mkdir()
    if (raw := data.folder / "raw").is_dir():  # downloads are not fetched again
        (folder / "data" / "raw").symlink_to(raw.resolve())
    if config.start_from is not None:
        small["start_from"] = str(_beginning(config, changed(config, small | {"start_from": None}), folder))
    bench = Bench(config, changed(config, small), folder)
    _ = bench.quiet  # what stands in the way of every probe is told once, here
    return bench


def _beginning(config: TrainConfig, fresh: TrainConfig, folder: Path) -> Path:
    """The checkpoint that the config starts from; where it is not made yet, a small model stands for it."""
    try:
        return resolve(config.start_from or Path()).resolve()
    except CheckpointError:
        asked = fresh.model.model_dump(exclude_unset=True)
        shape = ModelConfig.model_validate({"n_layer": 2, "d_model": 128, "n_head": 4} | asked)
        tokenizer = tokenizer_for(fresh)
        save_model(folder / "base", Decoder(with_vocabulary(shape, tokenizer)), tokenizer)
        return folder / "base"


def changed(config: TrainConfig, keys: Keys) -> TrainConfig:
    """A config with other values by dotted keys; keys that nobody set stay unset."""
    tree = json.loads(config.model_dump_json(exclude_unset=True))
    for key, value in keys.items():
        *sections, last = key.split(".")
        place = tree
        for section in sections:
            place = place.setdefault(section, {})
        place[last] = value
    return TrainConfig.model_validate(tree)


def plain(batch: AnyBatch) -> Batch:
    """The rows of a batch: of pairs, the chosen answers."""
    return batch.chosen if isinstance(batch, PreferenceBatch) else batch


def rows_of(batch: AnyBatch) -> list[list[int]]:
    """The tokens of a batch, to be compared."""
    both = [batch.chosen, batch.rejected] if isinstance(batch, PreferenceBatch) else [batch]
    return [row for side in both for row in side.tokens.tolist()]


def with_targets(batch: AnyBatch, targets: torch.Tensor) -> Batch:
    """The rows of a batch with other targets."""
    return dataclasses.replace(plain(batch), targets=targets)


def cut(batch: AnyBatch) -> list[AnyBatch]:
    """A batch as batches of one row."""
    if isinstance(batch, PreferenceBatch):
        sides = zip(cut(batch.chosen), cut(batch.rejected), strict=True)
        return [PreferenceBatch(plain(chosen), plain(rejected)) for chosen, rejected in sides]
    ids = batch.document_ids
    return [
        Batch(batch.tokens[i : i + 1], batch.targets[i : i + 1], None if ids is None else ids[i : i + 1])
        for i in range(len(batch.tokens))
    ]


def expected_loss(trainer: Trainer, batch: AnyBatch) -> torch.Tensor:
    """The summed loss of a batch as it should be, of the trainer's weights as they are now."""
    decoder = trainer.decoder
    was_training = decoder.training
    decoder.eval()
    if isinstance(batch, PreferenceBatch):
        loss = expected.preference_loss(decoder, _reference(trainer), batch, trainer.config.dpo.beta)
    else:
        loss = expected.cross_entropy(decoder, batch)
    decoder.train(was_training)
    return loss


def _reference(trainer: Trainer) -> Any:
    return trainer.task.reference  # type: ignore[attr-defined]


def expected_gradients(trainer: Trainer, window: Sequence[AnyBatch]) -> expected.Gradients:
    """The gradient of a window's mean loss as it should be, of the trainer's weights as they are now."""
    count = sum(n_item(batch) for batch in window)
    loss = torch.stack([expected_loss(trainer, batch) for batch in window]).sum() / max(count, 1)
    return expected.gradients(loss, trainer.decoder)


def n_item(batch: AnyBatch) -> int:
    """What the loss is a mean over: targets, or pairs."""
    return len(batch.chosen.tokens) if isinstance(batch, PreferenceBatch) else int((batch.targets >= 0).sum())


def watch_gradients(trainer: Trainer) -> list[expected.Gradients]:
    """A list that gets the gradients of each step, as the optimizers see them."""
    names = {id(weight): name for name, weight in trainer.decoder.named_parameters()}
    seen: list[expected.Gradients] = []

    def keep(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        first = optimizer is trainer.optimizers.members[0]
        found = {
            names[id(weight)]: torch.zeros_like(weight) if weight.grad is None else weight.grad.detach().clone()
            for group in optimizer.param_groups
            for weight in group["params"]
        }
        if first:
            seen.append(found)
        else:
            seen[-1] |= found

    for member in trainer.optimizers.members:
        member.register_step_pre_hook(keep)
    return seen


def weights_of(trainer: Trainer) -> dict[str, torch.Tensor]:
    """A copy of all weights by name."""
    return {name: weight.detach().clone() for name, weight in trainer.decoder.named_parameters()}


def twin(trainer: Trainer) -> Decoder:
    """A copy of a trainer's model, to be tried out in eval mode."""
    return copy.deepcopy(trainer.decoder).eval()


def disturb(trainer: Trainer) -> Trainer:
    """Move all weights away from where they begin: what multiplies by 1 or adds nearly nothing cannot hide then."""
    noise = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, weight in trainer.decoder.named_parameters():
            factor = 1 + 0.5 * torch.randn(weight.shape, generator=noise)
            weight.mul_(factor * (4.0 if name.startswith("blocks.") and weight.ndim > 1 else 1.0))
    return trainer
