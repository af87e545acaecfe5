"""Do the parts of the machine and its software go together?"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.planner.understanding.conflicts.facts import Facts
from agents.planner.understanding.conflicts.options import option
from agents.planner.understanding.conflicts.rules import tables
from agents.planner.understanding.model import Conflict, Option
from framework.artifacts.slots import Value
from framework.messages import Lang, say

_TOLERANCE = 0.1
_ANY_MEMORY = frozenset({"apple", "cpu", "tpu"})
_NVIDIA = frozenset({"consumer", "datacentre"})


def machine_conflicts(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """CPU against GPU, memory against card, software against both, and two ways of training at once."""
    yield from _cpu_and_gpu(facts, lang)
    yield from _memory_of_card(facts, lang)
    yield from _software(facts, lang)
    yield from _quantized_on_cpu(facts, lang)
    yield from _old_cuda(facts, lang)
    yield from _python(facts, lang)
    yield from _two_methods(facts, lang)


def _cpu_and_gpu(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    if not facts.flag("hardware.cpu_only") or "hardware.gpu" not in facts.values:
        return
    gpu = facts.texts("hardware.gpu")[0]
    without: dict[str, Value | None] = {"hardware.gpu": None, "hardware.count": None, "hardware.vram_gb": None}
    options = [
        option(lang, "option_use_gpu", {"hardware.cpu_only": None}, gpu=gpu),
        option(lang, "option_use_cpu", {**without, "hardware.cpu_only": True}),
    ]
    yield Conflict(
        slots=["hardware.cpu_only", "hardware.gpu"],
        why=say(lang, "contradiction.cpu_and_gpu", gpu=gpu),
        options=options,
    )


def _memory_of_card(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """A card is sold with the memory that it is sold with."""
    stated, card = facts.number("hardware.vram_gb"), facts.card
    if (
        stated is None
        or card is None
        or card.kind in _ANY_MEMORY
        or len(facts.texts("hardware.gpu")) != 1
        or "laptop" in facts.marks
    ):
        return
    if card.name != facts.texts("hardware.gpu")[0] or any(
        abs(stated - known) <= _TOLERANCE * known for known in card.memory_gb
    ):
        return
    usual = card.memory_gb[0]
    known = " / ".join(str(memory) for memory in card.memory_gb)
    options = [
        option(lang, "option_usual_memory", {"hardware.vram_gb": usual}, gpu=card.name, memory=usual),
        option(lang, "option_other_card", {"hardware.gpu": None}, memory=f"{stated:g}"),
    ]
    why = say(lang, "contradiction.card_memory", gpu=card.name, known=known, stated=f"{stated:g}")
    yield Conflict(slots=["hardware.gpu", "hardware.vram_gb"], why=why, options=options)


def _software(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """CUDA on a Mac, MLX on NVIDIA."""
    card = facts.card
    if card is None:
        return
    machine_slot = "hardware.cpu_only" if card.kind == "cpu" else "hardware.gpu"
    if "cuda" in facts.marks and card.kind not in tables().needs["CUDA"]:
        options = [_fitting_card(["consumer"], "CUDA", lang)]
        why = say(lang, "contradiction.software", name="CUDA", gpu=card.name)
        yield Conflict(slots=["compatibility", machine_slot], why=why, options=options)
    for slot in ("stack", "compatibility"):
        for name in facts.texts(slot):
            classes = tables().needs.get("CUDA" if name.startswith("CUDA") else name)
            too_old = name == "FlashAttention" and card.kind in _NVIDIA and not card.bf16
            if classes is None or (card.kind in classes and not too_old):
                continue
            rest = [one for one in facts.texts(slot) if one != name]
            options = [
                option(lang, "option_drop_software", {slot: _one_or_many(rest)}, name=name, gpu=card.name),
                _fitting_card(classes, name, lang),
            ]
            why = say(lang, "contradiction.software", name=name, gpu=card.name)
            yield Conflict(slots=[slot, machine_slot], why=why, options=options)


def _quantized_on_cpu(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """QLoRA unpacks its 4-bit weights with CUDA kernels."""
    methods = facts.texts("method")
    if "qlora" not in methods or not facts.flag("hardware.cpu_only"):
        return
    plain = list(dict.fromkeys("lora" if name == "qlora" else name for name in methods))
    options = [
        option(lang, "option_only_adapter", {"method": _one_or_many(plain)}, method="lora"),
        option(
            lang,
            "option_fitting_card",
            {"hardware.cpu_only": None, "hardware.gpu": "RTX 4090"},
            gpu="RTX 4090",
            name="QLoRA",
        ),
    ]
    why = say(lang, "contradiction.software", name="QLoRA", gpu="CPU")
    yield Conflict(slots=["method", "hardware.cpu_only"], why=why, options=options)


def _old_cuda(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """A card that came out after the CUDA that is demanded."""
    for name in facts.texts("compatibility"):
        version = re.fullmatch(r"CUDA (\d+(?:\.\d+)?)", name)
        for gpu in facts.texts("hardware.gpu") if version else []:
            least = next((least for start, least in tables().cuda.items() if gpu.startswith(start)), None)
            if version is None or least is None or float(version[1]) >= least:
                continue
            rest = [one for one in facts.texts("compatibility") if one != name]
            options = [
                option(
                    lang, "option_newer_cuda", {"compatibility": _one_or_many([*rest, f"CUDA {least}"])}, least=least
                ),
                option(lang, "option_older_card", {"hardware.gpu": "RTX 3090", "hardware.vram_gb": 24}, name=name),
            ]
            why = say(lang, "contradiction.old_cuda", gpu=gpu, least=least, name=name)
            yield Conflict(slots=["hardware.gpu", "compatibility"], why=why, options=options)


def _one_or_many(values: list[str]) -> Value | None:
    return (values if len(values) > 1 else values[0]) if values else None


def _fitting_card(classes: list[str], name: str, lang: Lang) -> Option:
    gpu, memory = ("M2 Max", 64) if classes == ["apple"] else ("RTX 4090", 24)
    sets: dict[str, Value | None] = {"hardware.gpu": gpu, "hardware.vram_gb": memory, "hardware.cpu_only": None}
    return option(lang, "option_fitting_card", sets, gpu=gpu, name=name)


def _python(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """A Python that the libraries no longer run on."""
    wished = facts.values.get("python")
    if not isinstance(wished, str):
        return
    too_new = {
        name: least for name in facts.texts("stack") if (least := tables().python.get(name)) and _older(wished, least)
    }
    if not too_new:
        return
    name, least = max(too_new.items(), key=lambda pair: _parts(pair[1]))
    rest = [one for one in facts.texts("stack") if one not in too_new]
    options = [
        option(lang, "option_newer_python", {"python": least}, least=least),
        option(lang, "option_container", {"python": least}, least=least),
        option(lang, "option_drop_stack", {"stack": _one_or_many(rest)}, names=", ".join(too_new)),
    ]
    why = say(lang, "contradiction.python", name=name, least=least, wished=wished)
    yield Conflict(slots=["python", "stack"], why=why, options=options)


def _older(version: str, least: str) -> bool:
    return _parts(version) < _parts(least)


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _two_methods(facts: Facts, lang: Lang) -> Iterator[Conflict]:
    """Full training and adapters exclude each other in one run."""
    methods = facts.texts("method")
    adapters = [name for name in methods if name in ("lora", "qlora")]
    if "full" not in methods or not adapters:
        return
    rest = [name for name in methods if name not in ("full", *adapters)]
    keep = [[adapters[0], *rest], ["full", *rest]]
    options = [
        option(lang, f"option_only_{key}", {"method": kept if len(kept) > 1 else kept[0]}, method=adapters[0])
        for key, kept in zip(("adapter", "full"), keep, strict=True)
    ]
    yield Conflict(slots=["method"], why=say(lang, "contradiction.two_methods", method=adapters[0]), options=options)
