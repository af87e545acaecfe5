"""How the learning rate moves: a pure function of the step, so that nothing of it needs saving."""

import math

from scratch_llm.config import SchedulerConfig


def lr_factor(step: int, total: int, config: SchedulerConfig) -> float:
    """The learning rate of a step as a share of its peak.

    Args:
        step: From 0 to total - 1.
        total: Steps of the whole run.
        config: Kind of schedule; warm-up is linear in all of them.
    """
    warmup = min(config.warmup_steps, total)
    if step < warmup:
        return (step + 1) / warmup
    if config.name == "constant":
        return 1.0
    decay = total - warmup if config.name == "cosine" else min(total - warmup, round(config.decay_share * total))
    done = (step + 1 - (total - decay)) / max(1, decay)  # in (0, 1] while decaying
    if done <= 0:
        return 1.0
    remaining = (1 + math.cos(math.pi * done)) / 2 if config.name == "cosine" else 1 - done
    return config.min_lr_ratio + (1 - config.min_lr_ratio) * remaining
