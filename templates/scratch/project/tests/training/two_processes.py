"""What torchrun starts in test_distributed.py: several small runs by two processes, one after the other."""

import json
import math
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor, nn

from scratch_llm.config import load_config
from scratch_llm.data import Batch
from scratch_llm.training import cli, train
from scratch_llm.training.run import build_trainer
from scratch_llm.training.tasks import LanguageModeling
from scratch_llm.utils.distributed import World, gather, join_world

TINY = Path(__file__).with_name("tiny.yaml")
COMMON = ["model.dropout=0", "training.max_steps=4", "training.save_every=2", "optimizer.name=muon"]
# Balance is a matter of each process's own batch, so with it two processes cannot equal one.
MOE = ["model.feed_forward=moe", "model.moe.balance_weight=0"]
SAMPLES = "logging.sample_prompts=[Once]"
DPO = ["task=dpo", "data.dataset_name=synthetic_preferences", "model.context_length=256", "training.max_steps=2"]


def run(name: str, folder: Path, *overrides: str, resume: Path | None = None) -> None:
    """Train the tiny config with half of the single process's rows in each process."""
    places = [f"output_folder={folder}", f"data.folder={folder / 'data'}"]
    config = load_config(TINY, [*COMMON, *places, "training.batch_size=2", *overrides])
    train(config, experiment=name, resume=resume)


class InfiniteInOne(LanguageModeling):
    """A loss that is infinite in the second process."""

    def loss(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        """Spoil the loss."""
        summed, counted = super().loss(model, batch)
        return summed * (math.inf if dist.get_rank() else 1), counted


def spoil_one_loss(folder: Path, world: World) -> None:
    """Make a step with a loss scaler, as fp16 does, and write down which processes take it for a bad one."""
    config = load_config(TINY, [*COMMON, f"output_folder={folder}", f"data.folder={folder / 'data'}"])
    trainer = build_trainer(config, "scaled", world, None)
    trainer.scaler, trainer.task = torch.amp.GradScaler("cpu"), InfiniteInOne()
    trainer.train_step([next(trainer.data.train_batches())])
    verdicts = gather(float(trainer.bad_in_a_row))
    if world.is_first:
        (folder / "verdicts.json").write_text(json.dumps(verdicts))


def main(folder: Path) -> None:
    """Make all runs that the tests compare."""
    run("ddp", folder, "training.accumulate=2")
    run("fsdp2", folder, "training.accumulate=2", "training.strategy=fsdp2")
    run("ddp_moe", folder, *MOE)
    (middle,) = folder.glob("ddp/*/checkpoints/step_000002")
    run("fsdp2_from_ddp", folder, "training.accumulate=2", "training.strategy=fsdp2", resume=middle)
    places = [f"output_folder={folder / 'cli'}", f"data.folder={folder / 'data'}"]
    cli.main(["--config", str(TINY), *places, "training.max_steps=1", "training.strategy=fsdp2", SAMPLES])
    run("dpo_fsdp2", folder, *DPO, f"start_from={folder / 'base'}", "training.strategy=fsdp2")


if __name__ == "__main__":
    with join_world() as joined:
        main(Path(sys.argv[1]))
        spoil_one_loss(Path(sys.argv[1]), joined)
