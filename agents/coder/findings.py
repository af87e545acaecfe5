"""Everything that is known when the report is written: need, machines, ranked drafts and the few that were chosen."""

from __future__ import annotations

from dataclasses import dataclass

from agents.coder.finalists import Judged
from agents.coder.machines import Hardware
from agents.coder.need import Need
from agents.coder.plan import Workshop
from agents.coder.policy import Policy
from framework.artifacts.tech import Machine
from framework.messages import Lang


@dataclass(frozen=True)
class Findings:
    """The whole situation, after the choice."""

    workshop: Workshop
    hardware: Hardware
    ranked: list[Judged]
    chosen: list[Judged]
    best: Judged

    @property
    def need(self) -> Need:
        return self.workshop.need

    @property
    def policy(self) -> Policy:
        return self.workshop.policy

    @property
    def lang(self) -> Lang:
        return self.need.lang

    @property
    def machine(self) -> Machine:
        """The one that the candidates' figures are for."""
        return self.best.draft.machine

    def named(self) -> list[Judged]:
        """Every way to use what the user named."""
        return [one for one in self.ranked if one.draft.option.named]

    def wish(self) -> Judged | None:
        """What the user asked for, as literally as it can be taken: the model, size and method that they named."""
        need = self.need
        if not need.named and not need.params and not need.methods:
            return None
        return max(self.ranked, key=lambda one: (one.parts.wish, one.draft.option.named, one.score))
