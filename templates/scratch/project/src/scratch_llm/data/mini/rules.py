"""The rules that a mini dataset is drawn by."""

from dataclasses import dataclass, field
from typing import Final

from scratch_llm.data.folders import Split
from scratch_llm.utils.errors import ConfigError

SPLITS: Final[tuple[Split, ...]] = ("train", "validation", "test")


def _usual() -> dict[Split, float]:
    return {"train": 0.8, "validation": 0.1, "test": 0.1}


@dataclass(frozen=True)
class Rules:
    """How much, of what, and how it is parted. `shares` of `train` and `validation` must be there."""

    most_rows: int = 1000
    tokens: int = 100_000
    seed: int = 17
    shares: dict[Split, float] = field(default_factory=_usual)
    least_per_class: int = 2

    def __post_init__(self) -> None:
        known = {"train", "validation"} <= set(self.shares) <= set(SPLITS)
        whole = abs(sum(self.shares.values()) - 1) < 1e-6
        if not (known and whole and all(share > 0 for share in self.shares.values())):
            shown = ",".join(f"{name}={share:g}" for name, share in self.shares.items())
            raise ConfigError(
                f"shares {shown}: train, validation and, if wanted, test must be above 0 and add up to 1",
                "say for example train=0.8,validation=0.1,test=0.1",
            )
        for name, least in (("most_rows", len(self.shares)), ("tokens", 100), ("least_per_class", 1)):
            if getattr(self, name) < least:
                raise ConfigError(f"{name} is {getattr(self, name)}, and must be at least {least}")

    @property
    def splits(self) -> list[Split]:
        """The parts that are wanted, in their usual order."""
        return [name for name in SPLITS if name in self.shares]
