"""Evaluation by people: blind rating sheets, agreement of the raters, and a verdict."""

from scratch_llm.evaluation.human.agreement import (
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
)
from scratch_llm.evaluation.human.items import RatingItem, Study, make_study
from scratch_llm.evaluation.human.sheets import (
    Rating,
    read_key,
    read_ratings,
    write_sheets,
)
from scratch_llm.evaluation.human.verdict import Verdict, judge

__all__ = [
    "Rating",
    "RatingItem",
    "Study",
    "Verdict",
    "cohen_kappa",
    "fleiss_kappa",
    "judge",
    "krippendorff_alpha",
    "make_study",
    "read_key",
    "read_ratings",
    "write_sheets",
]
