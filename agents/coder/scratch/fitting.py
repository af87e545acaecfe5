"""Which of the stated settings go together, with each other and with what tech.md plans; why the others do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.coder.scratch.case import Case, Refused
from agents.coder.scratch.runs import planned_steps
from agents.coder.scratch.settings import SETTINGS, Name, Stated
from agents.coder.scratch.shape import heads_for, model_of, parameters_of, tokenizer_of
from framework.artifacts.tech_figures import params

_SHAPE: tuple[Name, ...] = ("layers", "width", "d_ff", "vocab")
_ROOM = 1.5  # as much as tech.md allows a size to be off


def fitted(case: Case, stated: Sequence[Stated]) -> Case:
    """The case with the settings that can be had; each check sees what the ones before it left."""
    first = {one.name: one for one in reversed(stated)}
    second = [Refused(one, "twice", {"first": first[one.name].words}) for one in stated if one is not first[one.name]]
    case = replace(case, settings={name: first[name] for name in SETTINGS if name in first}, refused=tuple(second))
    for check in (_ranges, _evenness, _size, _heads, _kv_heads, _batch, _length, _warmup):
        refused = check(case)
        gone = {one.stated.name for one in refused}
        kept = {name: setting for name, setting in case.settings.items() if name not in gone}
        case = replace(case, settings=kept, refused=(*case.refused, *refused))
    return case


def _refuse(case: Case, name: Name, key: str, **fields: object) -> list[Refused]:
    return [Refused(case.settings[name], key, fields)] if name in case.settings else []


def _ranges(case: Case) -> list[Refused]:
    absurd = [name for name, stated in case.settings.items() if not SETTINGS[name].allows(stated.value)]
    bounds = {name: (f"{SETTINGS[name].least:g}", f"{SETTINGS[name].most:,.9g}") for name in absurd}
    return [
        one for name, (least, most) in bounds.items() for one in _refuse(case, name, "range", least=least, most=most)
    ]


def _evenness(case: Case) -> list[Refused]:
    width = case.whole("width") or 0
    return _refuse(case, "width", "odd", nearest=width + 1) if width % 2 else []


def _heads(case: Case) -> list[Refused]:
    """Every head has the same even width."""
    heads, width = case.whole("heads"), model_of(case).d_model
    if heads is None or width % (2 * heads) == 0:
        return []
    return _refuse(case, "heads", "heads", width=width, nearest=heads_for(width, heads))


def _kv_heads(case: Case) -> list[Refused]:
    heads, shared = model_of(case).n_head, case.whole("kv_heads")
    if shared is None:
        return []
    attention = model_of(case).attention
    if attention != "gqa":
        return _refuse(case, "kv_heads", "kv_named", attention=attention)
    return _refuse(case, "kv_heads", "kv_heads", heads=heads) if heads % shared else []


def _size(case: Case) -> list[Refused]:
    """A model that is far larger than the one of tech.md may fit neither the machine nor the time."""
    plain = replace(case, settings={name: one for name, one in case.settings.items() if name not in _SHAPE})
    planned, wished = (parameters_of(model_of(one), tokenizer_of(one).vocab_size) for one in (plain, case))
    if wished <= _ROOM * planned:
        return []
    fields = {"wished": params(wished), "planned": params(planned)}
    return [one for name in _SHAPE for one in _refuse(case, name, "size", **fields)]


def _batch(case: Case) -> list[Refused]:
    """Each card gets the same share of a step."""
    batch, cards = case.whole("batch"), case.machine.count
    if batch is None or batch % cards == 0:
        return []
    return _refuse(case, "batch", "batch", cards=cards, nearest=max(1, round(batch / cards)) * cards)


def _length(case: Case) -> list[Refused]:
    return _refuse(case, "epochs", "epochs") if "steps" in case.settings else []


def _warmup(case: Case) -> list[Refused]:
    """A run whose length is counted in epochs is as long as its data, which nobody has counted yet."""
    steps, warmup = planned_steps(case), case.whole("warmup")
    if warmup is None or warmup < steps or "epochs" in case.settings:
        return []
    return _refuse(case, "warmup", "warmup", steps=steps, nearest=max(1, steps // 50))
