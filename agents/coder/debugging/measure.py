"""The mini run against the estimator: what was predicted for it, what was measured, and the factor of this machine."""

from __future__ import annotations

from math import sqrt
from statistics import median

from agents.coder.guiding.full_run import FullRun
from framework.artifacts.bugfix import Execution, Figure, Measures
from framework.artifacts.env_check import EnvCheck
from framework.artifacts.records import Device
from framework.errors import UsageError
from framework.knowledge.catalog import find_accelerator
from framework.knowledge.compute import training_flops_per_token
from framework.knowledge.estimate import Estimate, EstimateRequest, estimate
from framework.runtime.epochs import Epoch

_HOUR = 3600
GB = 1e9


def measured(epoch: Epoch, trained: Execution, device: Device, env: EnvCheck) -> Measures | None:
    """The figures; None where the catalog does not know the machine, so that nothing could be predicted."""
    name = accelerator(device, env)
    if name is None or epoch.saved is None or not epoch.speeds:
        return None
    run = FullRun.model_validate(epoch.config)
    guess = estimate(
        EstimateRequest(
            architecture=run.architecture,
            accelerator=name,
            tokens=max(1, epoch.tokens),
            context=run.context,
            batch=run.training.batch_size,
            checkpointing=run.training.activation_checkpointing,
        )
    )
    speed = median(epoch.speeds)
    figures = [
        _figure("parameters", guess.params, epoch.saved.parameters),
        _figure("tokens_per_s", epoch.tokens / _seconds(guess), speed),
        _figure("seconds", _seconds(guess), trained.seconds),
    ]
    if device == "cpu":  # what a card's memory took, the process does not show
        figures.insert(1, _figure("memory_gb", guess.train_vram_gb, trained.peak_bytes / GB))
    return Measures(
        machine=_machine(device, env),
        threads=epoch.threads,
        device=device,
        figures=figures,
        flops_per_s=speed * training_flops_per_token(run.architecture, "full", run.context, 0),
        training_share=min(1.0, epoch.tokens / speed / trained.seconds),
    )


def accelerator(device: Device, env: EnvCheck) -> str | None:
    """The machine as the catalog names it; None for a card that it does not know."""
    if device == "cpu":
        return "CPU"
    cards = env.environment.machine.gpus if env.environment else []
    for card in cards:
        try:
            return find_accelerator(card.name).name
        except UsageError:
            continue
    return None


def _seconds(guess: Estimate) -> float:
    """The middle of a range whose ends lie some times apart."""
    low, high = guess.wall_hours
    return sqrt(low * high) * _HOUR


def _figure(name: str, predicted: float, found: float) -> Figure:
    return Figure(name=name, predicted=predicted, measured=found, factor=found / predicted)


def _machine(device: Device, env: EnvCheck) -> str:
    if env.environment is None:
        return device
    machine = env.environment.machine
    cards = ", ".join(card.name for card in machine.gpus)
    return cards if device == "gpu" else f"{machine.architecture}, {machine.cores} cores, {machine.memory_gb:g} GiB"
