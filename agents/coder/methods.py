"""The ways to do the job, side by side: what each is good and bad for, and what speaks for or against it here."""

from __future__ import annotations

from agents.coder.findings import Findings
from framework.artifacts.tech import Method, MethodRow, Objective
from framework.artifacts.tech_figures import gb
from framework.messages import say

_ROWS: dict[Objective, tuple[str, ...]] = {
    "pretrain": ("scratch", "continued", "small_base", "prompting"),
    "sft": ("full", "lora", "qlora", "retrieval", "prompting"),
    "dpo": ("sft_only", "dpo", "ppo", "orpo"),
    "classification": ("encoder", "decoder_lora", "prompting", "linear"),
    "embedding": ("untouched", "contrastive", "reranker", "lexical"),
    "serve": ("serve_bf16", "serve_int4", "serve_smaller", "serve_gguf"),
}
_COMPUTED: dict[str, Method] = {"full": "full", "lora": "lora", "qlora": "qlora"}


def compared_methods(known: Findings) -> list[MethodRow]:
    """The table for the recommended candidate's job."""
    return [_row(known, key) for key in _ROWS[known.need.objective]]


def _row(known: Findings, key: str) -> MethodRow:
    lang = known.lang
    return MethodRow(
        method=say(lang, f"technology.way_{key}"),
        strengths=say(lang, f"technology.way_{key}_good"),
        weaknesses=say(lang, f"technology.way_{key}_bad"),
        here=_computed(known, key) or say(lang, f"technology.way_{key}_here"),
    )


def _computed(known: Findings, key: str) -> str | None:
    """For the three ways to fine-tune, the estimate for the model at hand."""
    method = _COMPUTED.get(key)
    tries = [one for one in known.ranked if one.title == known.best.title and one.draft.option.method == method]
    if not tries or tries[0].draft.figures.train_vram_gb is None:
        return None
    one = tries[0]
    needed = one.draft.figures.train_vram_gb or 0.0
    fields = {"name": one.title, "needed": gb(needed), "usable": gb(one.draft.usable_gb)}
    verdict = (
        "way_chosen" if one.name == known.best.name else ("way_fits" if one.draft.figures.fits else "way_too_large")
    )
    return say(known.lang, f"technology.{verdict}", **fields)
