"""What filled sheets say: which model is better, how surely, and how far the raters agree."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scratch_llm.evaluation.bootstrap import Interval, interval, sign_test
from scratch_llm.evaluation.human.agreement import (
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
)
from scratch_llm.evaluation.human.items import HIGHEST, LOWEST, SCALES
from scratch_llm.evaluation.human.sheets import Rating
from scratch_llm.evaluation.results import markdown_table
from scratch_llm.utils.files import write_text


@dataclass(frozen=True)
class Agreement:
    """How far raters agree on one scale; None where the number of raters does not allow it."""

    scale: str
    krippendorff: float | None
    fleiss: float | None
    cohen: float | None


@dataclass(frozen=True)
class Duel:
    """Two models on the same prompts: the mean of all raters and scales decides each prompt."""

    first: str
    second: str
    wins: int
    losses: int
    ties: int
    difference: Interval
    p_value: float

    @property
    def winner(self) -> str | None:
        """The better model, or None where the interval of the difference holds zero."""
        if self.difference.low > 0:
            return self.first
        return self.second if self.difference.high < 0 else None


@dataclass(frozen=True)
class Verdict:
    """Everything that a human evaluation found."""

    n_rater: int
    n_item: int
    means: dict[str, dict[str, Interval]]  # model -> scale -> mean
    agreement: tuple[Agreement, ...]
    duels: tuple[Duel, ...]

    def save(self, folder: Path) -> None:
        """Write `verdict.md`."""
        write_text(folder / "verdict.md", self.markdown())

    def markdown(self) -> str:
        """Give the verdict as tables for people."""
        means = [(model, *(str(scales[scale]) for scale in SCALES)) for model, scales in self.means.items()]
        agreement = [
            (line.scale, _number(line.krippendorff), _number(line.fleiss), _number(line.cohen))
            for line in self.agreement
        ]
        return "\n\n".join(
            [
                f"# Human evaluation\n\n{self.n_rater} raters, {self.n_item} prompts; 95 % intervals over prompts.",
                "## Means\n\n" + markdown_table(("model", *SCALES), means),
                "## Winners\n\n" + markdown_table(_DUEL_HEAD, [_duel_row(duel) for duel in self.duels]),
                "## Agreement of the raters\n\n" + markdown_table(_AGREEMENT_HEAD, agreement),
                "An alpha below 0.667 is too low to conclude from; from 0.8 on it is reliable (Krippendorff).\n",
            ]
        )


def judge(ratings: Sequence[Rating], seed: int = 0) -> Verdict:
    """Find means, winners and agreement of complete ratings."""
    models = sorted({rating.model for rating in ratings})
    items = sorted({rating.item for rating in ratings})
    means = {
        model: {scale: interval(_by_item(ratings, model, (scale,)), seed=seed) for scale in SCALES} for model in models
    }
    duels = tuple(_duel(ratings, *pair, seed) for pair in itertools.combinations(models, 2))
    agreement = tuple(_agreement(ratings, scale) for scale in SCALES)
    n_rater = len({rating.rater for rating in ratings})
    return Verdict(n_rater, len(items), means, agreement, duels)


_DUEL_HEAD = ("models", "wins", "losses", "ties", "difference", "sign test p", "winner")
_AGREEMENT_HEAD = ("scale", "Krippendorff's alpha (ordinal)", "Fleiss' kappa", "Cohen's kappa (quadratic)")


def _duel(ratings: Sequence[Rating], first: str, second: str, seed: int) -> Duel:
    differences = _by_item(ratings, first, SCALES) - _by_item(ratings, second, SCALES)
    outcome = Counter(np.sign(np.round(differences, 9)).tolist())
    wins, losses = outcome[1.0], outcome[-1.0]
    found = interval(differences, seed=seed)
    return Duel(first, second, wins, losses, outcome[0.0], found, sign_test(wins, losses))


def _by_item(ratings: Sequence[Rating], model: str, scales: Sequence[str]) -> np.ndarray:
    """Mean of a model's values for each item, over raters and scales."""
    values: dict[int, list[int]] = {}
    for rating in ratings:
        if rating.model == model:
            values.setdefault(rating.item, []).extend(rating.values[scale] for scale in scales)
    return np.array([np.mean(values[item]) for item in sorted(values)])


def _agreement(ratings: Sequence[Rating], scale: str) -> Agreement:
    by_rater: dict[str, dict[tuple[int, str], int]] = {}
    for rating in ratings:
        by_rater.setdefault(rating.rater, {})[rating.item, rating.model] = rating.values[scale]
    answers = sorted(next(iter(by_rater.values())))
    rows = [[given[answer] for answer in answers] for given in by_rater.values()]
    counts = [[column.count(value) for value in range(LOWEST, HIGHEST + 1)] for column in zip(*rows, strict=True)]
    return Agreement(
        scale,
        krippendorff=krippendorff_alpha(rows) if len(rows) > 1 else None,
        fleiss=fleiss_kappa(counts) if len(rows) > 1 else None,
        cohen=cohen_kappa(rows[0], rows[1], weights="quadratic") if len(rows) == 2 else None,
    )


def _duel_row(duel: Duel) -> tuple[str, ...]:
    counts = (str(duel.wins), str(duel.losses), str(duel.ties))
    winner = duel.winner or "not decided"
    return (f"{duel.first} against {duel.second}", *counts, str(duel.difference), f"{duel.p_value:.3g}", winner)


def _number(value: float | None) -> str:
    return "does not apply" if value is None else f"{value:.3f}"
