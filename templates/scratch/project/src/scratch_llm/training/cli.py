"""The command line of training: `main.py` and `scripts/train.py` are this."""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from scratch_llm.config import TrainConfig, experiment_name, load_config
from scratch_llm.training.run import RunResult, train
from scratch_llm.training.start import find_resume
from scratch_llm.utils.distributed import join_world
from scratch_llm.utils.errors import ConfigError


def main(arguments: Sequence[str] | None = None, default_config: Path | None = None) -> int:
    """Parse the command line and train.

    Args:
        arguments: Words of the command line; the process's own where None.
        default_config: What to run where no --config is given.
    """
    options = _parser(default_config).parse_intermixed_args(arguments)
    config, experiment = _read(options, default_config)
    if options.fast_dev_run:
        config, experiment = shortened(config), f"{experiment}_dev"
    with join_world() as world:
        result = train(config, experiment=experiment, resume=options.resume, profile=options.profile)
    if world.is_first:
        _tell_end(result)
    return 0


def _tell_end(result: RunResult) -> None:
    print(f"{_ending(result.stop_reason)} after step {result.steps}: {result.folder}")
    print(_losses(result))
    if result.stop_reason == "signal":
        print(f"go on with: --resume {result.folder}")


def shortened(config: TrainConfig) -> TrainConfig:
    """The same run in three steps, with everything that a run does: validation, samples, checkpoints, logs."""
    loop = config.training.model_copy(update={"max_steps": 3, "eval_every": 2, "eval_batches": 1, "save_every": 2})
    data = config.data.model_copy(update={"n_documents": min(config.data.n_documents, 200)})
    logging = config.logging.model_copy(update={"every": 1})
    return config.model_copy(update={"training": loop, "data": data, "logging": logging})


def _parser(default_config: Path | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Train a model: pretrain, sft or dpo, as the config says.",
        epilog="example: --config configs/pretrain/debug.yaml optimizer.params.lr=5e-5 model.n_layer=4",
    )
    parser.add_argument("--config", type=Path, help=f"YAML file below configs/ (default: {default_config})")
    parser.add_argument("--resume", type=Path, metavar="RUN", help="run folder or checkpoint to go on from exactly")
    parser.add_argument("--epochs", type=float, help="passes over the data, in place of the config's")
    parser.add_argument("--profile", action="store_true", help="record a few steps with PyTorch's profiler")
    parser.add_argument(
        "--fast_dev_run", "--fast-dev-run", action="store_true", help="three steps of everything, to see that it works"
    )
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="dotted overrides of the config")
    return parser


def _read(options: argparse.Namespace, default_config: Path | None) -> tuple[TrainConfig, str]:
    overrides = list(options.overrides)
    if options.epochs is not None:
        overrides += [f"training.epochs={options.epochs}", "training.max_steps=0"]
    if options.resume is not None and options.config is None:
        # A resumed run needs nothing but its folder: its config lies in the checkpoint.
        step_folder, _ = find_resume(options.resume)
        return load_config(step_folder / "config.yaml", overrides), step_folder.resolve().parents[2].name
    path = options.config or default_config
    if path is None:
        raise ConfigError("no config is given", "add --config configs/pretrain/debug.yaml or another one of configs/")
    return load_config(path, overrides), experiment_name(path)


def _losses(result: RunResult) -> str:
    best = f" (best {result.best_val_loss:.4f})" if math.isfinite(result.best_val_loss) else ""
    if math.isnan(result.train_loss):
        return f"no step was left to make{best}; to go on, raise training.max_steps or training.epochs"
    measured = f"  validation loss {result.val_loss:.4f}{best}" if math.isfinite(result.val_loss) else ""
    return f"train loss {result.train_loss:.4f}{measured}"


def _ending(stop_reason: str) -> str:
    return {"": "finished", "early stop": "stopped early", "signal": "stopped by a signal, state saved"}[stop_reason]
