"""What an estimate assumes and what a reader should know of it, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from framework.knowledge.case import TOKENS_PER_PARAMETER, Case
from framework.knowledge.catalog import price_evidence, utilisation
from framework.knowledge.memory import Memory
from framework.knowledge.names import memory_in
from framework.knowledge.parameters import count_parameters
from framework.messages import say

Remark = tuple[str, dict[str, object]]


def assumptions(case: Case, checkpointing: bool) -> list[str]:
    """Everything that the figures rest on and that nobody stated."""
    remarks = [*_filled_gaps(case), *_training(case, checkpointing), *_time_and_money(case)]
    remarks.append(("serving", {"context": case.context, "batch": case.request.serve_batch}))
    remarks.append(("gigabytes", {}))
    return [say(case.request.lang, f"knowledge.assumed_{key}", **fields) for key, fields in remarks]


def notes(case: Case, training: Memory) -> list[str]:
    """What is out of the ordinary: a guessed family, a context that is too long, a model that does not fit."""
    return [say(case.request.lang, f"knowledge.{key}", **fields) for key, fields in _notes(case, training)]


def _filled_gaps(case: Case) -> Iterator[Remark]:
    asked, accelerator = case.request, case.accelerator
    if asked.tokens is None:
        kind = "tokens_from_scratch" if case.from_scratch else "tokens_fine_tuning"
        yield kind, {"tokens": f"{case.tokens:,}", "ratio": TOKENS_PER_PARAMETER}
    if asked.context is None:
        yield "context", {"context": case.context}
    if asked.memory_gb is None and memory_in(asked.accelerator) is None and len(accelerator.memory_gb) > 1:
        yield "variant", {"name": accelerator.name, "memory": f"{case.memory_gb:g}"}


def _training(case: Case, checkpointing: bool) -> Iterator[Remark]:
    asked = case.request
    yield f"method_{asked.method}" + ("" if case.half else "_fp32"), {"rank": asked.rank}
    yield "checkpointing_on" if checkpointing else "checkpointing_off", {}
    if asked.count > 1:
        yield "sharding", {"count": asked.count}


def _time_and_money(case: Case) -> Iterator[Remark]:
    accelerator = case.accelerator
    share = utilisation(accelerator, count_parameters(case.architecture).active)
    peak = {"peak": accelerator.train_tflops, "name": accelerator.name}
    yield "utilisation", {"low": share.low, "high": share.high, **peak}
    price = accelerator.usd_per_hour
    ends = {"typical": f"{price.typical:.2g}", "low": price.low, "high": price.high}
    yield f"price_{price.basis}", {**ends, "date": price_evidence().date}


def _notes(case: Case, training: Memory) -> Iterator[Remark]:
    architecture = case.architecture
    for note in architecture.notes:
        yield note.key, dict(note.fields)
    if architecture.context and case.context > architecture.context:
        yield "context_too_long", {"context": case.context, "longest": architecture.context}
    if architecture.experts:
        yield "experts", {"active": f"{count_parameters(architecture).active:,}"}
    if training.total > case.usable_gb:
        yield "does_not_fit", {"needed": f"{training.total:.1f}", "usable": f"{case.usable_gb:.1f}"}
    if case.model and case.model.license_note:
        yield "license", {"license": case.model.license, "note": case.model.license_note[case.request.lang]}
