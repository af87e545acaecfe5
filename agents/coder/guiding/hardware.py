"""The machines that the full run is worked out for: the user's own, and the usual sizes that can be rented."""

from __future__ import annotations

from dataclasses import dataclass

from agents.coder.machines import machine_named
from framework.artifacts.tech import Machine, Tech

OWN, CARD_24, CARD_80, EIGHT, NODES = "own_machine", "one_24gb_card", "one_80gb_card", "eight_cards", "several_nodes"
_SMALL, _LARGE = "RTX 4090", "A100 80G"
_NODES = 2
_IN_NODE = 8
_LARGE_GB = 80


@dataclass(frozen=True)
class Hardware:
    """One machine, or several joined."""

    key: str
    machine: Machine
    nodes: int = 1
    own: bool = False


def hardware_for(tech: Tech) -> list[Hardware]:
    """The user's machines first; their kind of large card stands for the large ones."""
    own, *others = tech.machines
    large = own.accelerator if own.kind == "datacentre" and own.memory_gb >= _LARGE_GB else _LARGE
    return [
        Hardware(OWN, own, own=not own.assumed),
        *(Hardware(f"other_machine_{number}", other) for number, other in enumerate(others, 1)),
        Hardware(CARD_24, machine_named(_SMALL, 1)),
        Hardware(CARD_80, machine_named(large, 1)),
        Hardware(EIGHT, machine_named(large, _IN_NODE)),
        Hardware(NODES, machine_named(large, _NODES * _IN_NODE), nodes=_NODES),
    ]
