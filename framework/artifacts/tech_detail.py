"""One candidate of tech.md in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from framework.artifacts.markdown import bullets, text
from framework.artifacts.tech_figures import number, params
from framework.messages import Lang, say

if TYPE_CHECKING:
    from framework.artifacts.tech import Candidate, Serving, Shape, Training


_FEW_EPOCHS = 0.01


def details(candidate: Candidate, lang: Lang) -> str:
    """A heading and a list of what is known."""
    lines = [
        _line(lang, "model", _model(candidate)),
        _line(lang, "shape", _shape(candidate.shape, lang)) if candidate.shape else "",
        _line(lang, "license", _license(candidate, lang)),
        _line(lang, "run", _run(candidate.training, lang)) if candidate.training else "",
        _line(lang, "speed", _speed(candidate.serving, lang)) if candidate.serving else "",
        _line(lang, "quality", f"{_say(lang, f'level_{candidate.quality}')}: {text(candidate.quality_why)}"),
        _line(lang, "good", "; ".join(text(remark.text) for remark in candidate.strengths)),
        _line(lang, "bad", "; ".join(text(remark.text) for remark in candidate.weaknesses)),
        _line(lang, "conflicts", "; ".join(text(conflict.text) for conflict in candidate.conflicts)),
    ]
    return f"### {candidate.rank}. {text(candidate.name)}\n\n{bullets(line for line in lines if line)}"


def _say(lang: Lang, key: str, **fields: object) -> str:
    return say(lang, f"technology.{key}", **fields)


def _line(lang: Lang, key: str, content: str) -> str:
    return f"**{_say(lang, f'detail_{key}')}**: {content}" if content else ""


def _model(candidate: Candidate) -> str:
    size = f"{params(candidate.params)} ({candidate.params:,})" if candidate.params else params(None)
    languages = ", ".join(candidate.languages)
    return ", ".join(text(part) for part in (candidate.repo or candidate.model, size, languages) if part)


def _shape(shape: Shape, lang: Lang) -> str:
    data = shape.model_dump() | {"attention": shape.attention.upper(), "vocab": f"{shape.vocab:,}"}
    return _say(lang, "detail_shape_text", **data)


def _license(candidate: Candidate, lang: Lang) -> str:
    return f"{text(candidate.license)} ({_say(lang, f'permission_{candidate.commercial}')})"


def _run(run: Training, lang: Lang) -> str:
    parts = [
        _say(
            lang,
            "detail_run_text",
            context=f"{run.context:,}",
            batch=run.batch,
            accumulation=run.accumulation,
            epochs=f"{run.epochs:g}" if run.epochs >= _FEW_EPOCHS else f"< {_FEW_EPOCHS:g}",
            tokens=params(run.tokens),
            rate=f"{run.learning_rate:g}",
            precision=run.precision,
        ),
        _say(lang, "detail_lora", rank=run.lora_rank) if run.lora_rank else "",
        _say(lang, "detail_checkpointing") if run.checkpointing else "",
        _say(lang, "detail_sharded") if run.sharded else "",
    ]
    return ", ".join(part for part in parts if part)


def _speed(serving: Serving, lang: Lang) -> str:
    (low, high), (first, last) = serving.latency_ms, serving.requests_per_s
    spans = {"low": number(low), "high": number(high), "first": number(first), "last": number(last)}
    return _say(lang, "detail_speed_text", **spans)
