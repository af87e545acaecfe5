"""The machines that figures are given for: the user's, or usual ones where the user names none."""

from __future__ import annotations

from dataclasses import dataclass

from agents.coder.need import Need
from agents.coder.policy import Policy
from framework.artifacts.tech import Machine, Precision
from framework.errors import UsageError
from framework.knowledge.catalog import Accelerator, find_accelerator
from framework.knowledge.names import memory_in
from framework.messages import say


@dataclass(frozen=True)
class Hardware:
    """The machines to compute for, the first one first, and what had to be assumed about them."""

    machines: tuple[Machine, ...]
    assumptions: tuple[str, ...] = ()
    unknown_gpu: str | None = None


def hardware_for(need: Need, policy: Policy) -> Hardware:
    """The user's machine, as far as it is known."""
    wanted = need.wanted
    gpus = wanted.texts("hardware.gpu")
    memory, count = wanted.number("hardware.vram_gb"), wanted.count("hardware.count") or 1
    if gpus:
        return _named(gpus, memory, count, need, policy)
    if wanted.flag("hardware.cpu_only"):
        return Hardware((_machine(find_accelerator("CPU"), None, 1, assumed=False),))
    if memory:
        return _by_memory(memory, count, need, policy)
    return _typical(count, need, policy)


def machine_named(name: str, count: int) -> Machine:
    """A machine of the catalog that the user did not name."""
    return _machine(find_accelerator(name), memory_in(name), count, assumed=True)


def _named(gpus: list[str], memory: float | None, count: int, need: Need, policy: Policy) -> Hardware:
    assumptions = []
    if len(gpus) > 1:
        assumptions.append(say(need.lang, "technology.assumed_first_gpu", first=gpus[0], all=", ".join(gpus)))
    try:
        accelerator = find_accelerator(gpus[0])
    except UsageError:
        found = _by_memory(memory, count, need, policy) if memory else _typical(count, need, policy)
        return Hardware(found.machines, (*assumptions, *found.assumptions), unknown_gpu=gpus[0])
    machine = _machine(accelerator, memory or memory_in(gpus[0]), count, assumed=False)
    if need.wanted.count("hardware.count") is None:
        assumptions.append(say(need.lang, "technology.assumed_one_card", name=machine.accelerator))
    if memory is None and memory_in(gpus[0]) is None and len(accelerator.memory_gb) > 1:
        variant = say(need.lang, "technology.assumed_variant", name=accelerator.name, memory=f"{machine.memory_gb:g}")
        assumptions.append(variant)
    return Hardware((machine,), tuple(assumptions))


def _by_memory(memory: float, count: int, need: Need, policy: Policy) -> Hardware:
    """A usual card of that size stands in for one that is known by its memory only."""
    steps = sorted(policy.machines.by_memory, key=lambda step: step.gb)
    fitting = [step for step in steps if step.gb <= memory]
    step = fitting[-1] if fitting else steps[0]
    machine = _machine(find_accelerator(step.name), memory, count, assumed=False)
    return Hardware((machine,), (say(need.lang, "technology.assumed_stand_in", memory=f"{memory:g}", name=step.name),))


def _typical(count: int, need: Need, policy: Policy) -> Hardware:
    """Nothing is known: several machines, so that the user finds one that is like theirs."""
    free = need.budget_usd == 0 or "notebook" in need.signals
    names = policy.machines.free if free else policy.machines.typical
    machines = tuple(machine_named(name, 1 if name == "CPU" else count) for name in names)
    key = "assumed_free_machines" if free else "assumed_machines"
    listed = ", ".join(machine.name for machine in machines)
    return Hardware(machines, (say(need.lang, f"technology.{key}", machines=listed),))


def _machine(accelerator: Accelerator, memory: float | None, count: int, *, assumed: bool) -> Machine:
    gb = float(memory or accelerator.memory_gb[0])
    return Machine(
        name=f"{count} x {accelerator.name} {gb:g} GB" if accelerator.kind != "cpu" else f"CPU, {gb:g} GB",
        accelerator=accelerator.name,
        kind=accelerator.kind,
        count=count,
        memory_gb=gb,
        precision=_precision(accelerator),
        assumed=assumed,
    )


def _precision(accelerator: Accelerator) -> Precision:
    if accelerator.half_tflops is None:
        return "fp32"
    return "bf16" if accelerator.bf16 else "fp16"
