"""An option worked out on a machine: its data, its run, and what the estimator says that this takes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from agents.coder.data import Supply, supply_for
from agents.coder.need import Need
from agents.coder.options import Option
from agents.coder.policy import Policy, figure_for
from agents.coder.serving import infer_memory, serving_on
from framework.artifacts.tech import Figures, Machine, Objective, Serving, Training
from framework.knowledge.catalog import efficiency_of, find_accelerator
from framework.knowledge.estimate import Estimate, EstimateRequest, estimate
from framework.knowledge.memory import Method as EstimatedMethod
from framework.messages import say

_ESTIMATED: dict[str, EstimatedMethod] = {"lora": "lora", "qlora": "qlora"}
_PAIR = 2  # a preference example is two sequences


@dataclass(frozen=True)
class Draft:
    """One option with its figures."""

    option: Option
    machine: Machine
    supply: Supply
    figures: Figures
    estimate: Estimate | None
    training: Training | None
    serving: Serving | None
    usable_gb: float
    share: float = 1.0  # of the run that was planned, where time or money cut it

    @property
    def name(self) -> str:
        """What the candidate is called."""
        return self.option.name


@dataclass(frozen=True)
class _Run:
    """An option on a machine, with the data and the tokens that it is to work through."""

    option: Option
    machine: Machine
    supply: Supply
    tokens: int
    share: float = 1.0

    @property
    def paired(self) -> bool:
        return self.option.objective == "dpo"

    @property
    def trains(self) -> bool:
        return self.option.method != "as_is"


@dataclass(frozen=True)
class Workshop:
    """Works options out; data is looked up once for each objective."""

    need: Need
    policy: Policy
    _supplies: dict[tuple[Objective, int | None], Supply] = field(default_factory=dict)

    def draft(self, option: Option, machine: Machine) -> Draft:
        """The option on that machine."""
        supply = self._supply(option)
        usable = machine.memory_gb * efficiency_of(find_accelerator(machine.accelerator)).usable
        if option.architecture is None:
            return Draft(option, machine, supply, self._unknown(option), None, None, None, usable)
        planned = _Run(option, machine, supply, self._tokens(option, supply))
        run = self._within_limits(planned, self._estimated(planned, None))
        estimated = self._with_largest_batch(run, usable, self._estimated(run, 1))
        sharded = run.trains and self._shares(run, estimated)
        return Draft(
            option=option,
            machine=machine,
            supply=run.supply,
            figures=self._figures(run, estimated, usable, sharded),
            estimate=estimated,
            training=self._training(run, estimated, sharded) if run.trains else None,
            serving=serving_on(machine, option, estimated, self.policy),
            usable_gb=usable,
            share=run.share,
        )

    def _supply(self, option: Option) -> Supply:
        tokens = self._wished_tokens(option) if option.method == "scratch" else None
        key = (option.objective, tokens)
        if key not in self._supplies:
            self._supplies[key] = supply_for(self.need, self.policy, option.objective, tokens)
        return self._supplies[key]

    def _wished_tokens(self, option: Option) -> int:
        params = option.params or 1
        return round(params * figure_for(self.policy.scratch.tokens_per_parameter, params))

    def _tokens(self, option: Option, supply: Supply) -> int:
        """Tokens that the run works through, repetitions included."""
        if option.method == "scratch":
            return min(self._wished_tokens(option), supply.tokens * self.policy.scratch.most_epochs)
        if option.method == "as_is":
            return 1
        return supply.tokens * self.policy.tuning.epochs.of(option.objective)

    def _within_limits(self, run: _Run, whole: Estimate) -> _Run:
        """Public data is used only as far as time and money go, though not below what is worth a run."""
        own = run.supply.needs.full.own
        if not run.trains or (own and run.option.method != "scratch"):
            return run
        share = min(1.0, self._affordable(run, whole))
        if run.option.method == "scratch":
            share = max(share, self.policy.scratch.least_share)
            return replace(run, tokens=round(run.tokens * share), share=share)
        least = self.policy.data.good.of(run.option.objective) / (run.supply.examples or 1)
        share = max(share, min(1.0, least))
        supply = run.supply.cut(share)
        return replace(run, supply=supply, tokens=self._tokens(run.option, supply), share=share)

    def _affordable(self, run: _Run, whole: Estimate) -> float:
        """How much of the run surely fits into the limits; a fine-tuning without limits should be done overnight."""
        patience = None if run.option.method == "scratch" else self.policy.comfortable_hours
        limits = [(self.need.time_limit_h or patience, whole.wall_hours), (self.need.budget_usd, whole.cost_usd)]
        return min((limit / span[1] for limit, span in limits if limit), default=1.0)

    def _context(self, option: Option) -> int:
        """As the user says, or as is usual, or as much as the model can take."""
        longest = option.architecture.context if option.architecture else None
        if self.need.context_stated:
            return (
                self.need.context
                if option.method == "scratch"
                else min(self.need.context, longest or self.need.context)
            )
        usual: int = getattr(self.policy.context, option.objective)
        return min(usual, longest or usual)

    def _with_largest_batch(self, run: _Run, usable: float, best: Estimate) -> Estimate:
        """By powers of two, as long as the wished room is left; one sequence where not even that fits."""
        room = usable * (1 - self.policy.memory_headroom)
        most = min(self.policy.batch.on_card.of(run.option.objective), self._in_step(run)) if run.trains else 1
        batch = 1
        while 2 * batch <= most and best.train_vram_gb <= room:
            larger = self._estimated(run, 2 * batch)
            if larger.train_vram_gb > room or (larger.checkpointing and not best.checkpointing):
                break
            batch, best = 2 * batch, larger
        return best

    def _in_step(self, run: _Run) -> int:
        """Sequences in one step of the optimizer: as is usual, or fewer where little text would make too few steps."""
        usual = self.policy.batch.in_step.of(run.option.objective)
        if run.option.method != "scratch":
            return usual
        sequences = run.tokens // self._context(run.option)
        return max(1, min(usual, sequences // self.policy.batch.least_steps))

    def _estimated(self, run: _Run, batch: int | None, cards: int | None = None) -> Estimate:
        option, tuning = run.option, self.policy.tuning
        reference = tuning.dpo_reference_factor if run.paired else 1.0
        return estimate(
            EstimateRequest(
                architecture=option.architecture,
                accelerator=run.machine.accelerator,
                count=cards or run.machine.count,
                memory_gb=run.machine.memory_gb,
                method=_ESTIMATED.get(option.method, "full"),
                tokens=max(1, round(run.tokens * reference)),
                context=self._context(option),
                batch=batch and batch * (_PAIR if run.paired else 1),
                checkpointing=True if option.objective in tuning.checkpointing else None,
                rank=tuning.lora_rank,
                lang=self.need.lang,
            )
        )

    def _shares(self, run: _Run, estimated: Estimate) -> bool:
        """Whether the cards split the weights (FSDP) and do not each hold a copy."""
        if run.machine.count == 1:
            return False
        return estimated.training.weights < self._estimated(run, 1, cards=1).training.weights

    def _figures(self, run: _Run, estimated: Estimate, usable: float, sharded: bool) -> Figures:
        serving_gb = infer_memory(run.option, estimated, self.policy)
        if not run.trains:
            return Figures(
                train_vram_gb=None,
                infer_vram_gb=serving_gb,
                gpu_hours=None,
                wall_hours=None,
                cost_usd=None,
                fits=serving_gb <= usable * run.machine.count,
                unknown_because=say(self.need.lang, "technology.nothing_trained"),
            )
        train_gb = round(estimated.train_vram_gb + _reference_gb(run, estimated, sharded), 2)
        return Figures(
            train_vram_gb=train_gb,
            infer_vram_gb=serving_gb,
            gpu_hours=estimated.gpu_hours,
            wall_hours=estimated.wall_hours,
            cost_usd=estimated.cost_usd,
            fits=train_gb <= usable,
        )

    def _unknown(self, option: Option) -> Figures:
        return Figures(
            train_vram_gb=None,
            infer_vram_gb=None,
            gpu_hours=None,
            wall_hours=None,
            cost_usd=None,
            fits=False,
            unknown_because=say(self.need.lang, "technology.size_unknown", name=option.title),
        )

    def _training(self, run: _Run, estimated: Estimate, sharded: bool) -> Training:
        batch = max(1, estimated.batch // (_PAIR if run.paired else 1))
        return Training(
            context=estimated.context,
            batch=batch,
            accumulation=max(1, round(self._in_step(run) / (batch * run.machine.count))),
            epochs=float(f"{run.tokens / run.supply.tokens:.3g}"),
            tokens=run.tokens,
            learning_rate=self._learning_rate(run.option),
            lora_rank=self.policy.tuning.lora_rank if run.option.method in ("lora", "qlora") else None,
            checkpointing=estimated.checkpointing,
            sharded=sharded,
            precision=run.machine.precision,
        )

    def _learning_rate(self, option: Option) -> float:
        rates = self.policy.tuning.learning_rate
        if option.method == "scratch":
            return figure_for(self.policy.scratch.learning_rate, option.params or 1)
        if option.objective == "dpo":
            return rates.dpo
        if option.encodes:
            return rates.encoder
        return {"lora": rates.lora, "qlora": rates.qlora}.get(option.method, rates.full)


def _reference_gb(run: _Run, estimated: Estimate, sharded: bool) -> float:
    """The frozen reference of DPO. With LoRA it is the model itself, with the adapter switched off."""
    if not run.paired or run.option.method != "full":
        return 0.0
    return 2 * estimated.params / 1e9 / (estimated.count if sharded else 1)
