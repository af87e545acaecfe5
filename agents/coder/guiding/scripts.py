"""The files of deploy/train: the guidance's values in the project's own commands."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from agents.coder.guiding.full_run import FULL, FullRun
from agents.coder.guiding.hardware import CARD_24, EIGHT, NODES, OWN
from agents.coder.guiding.moving import moved
from agents.planner.family import FAMILY
from framework.artifacts.base import Strict
from framework.artifacts.guidance import DEPLOY, Plan
from framework.artifacts.tech_figures import gb
from framework.knowledge.catalog import find_accelerator
from framework.messages import Lang
from framework.rendering.deploy import DeployTemplates

_TEMPLATE_PACKAGE = "scratch_llm"
LAUNCHED = (OWN, CARD_24, EIGHT)
PYTHON = ("first_hour.py", "check_commands.py")
_CPUS_PER_CARD = 8
_GB_PER_CARD = 64  # of the host's memory
_DISK_GB = 100  # the system, the packages and the data, beside the checkpoints
_WARMUP = 0.05  # of the steps, where the configuration's own warm-up is longer than the run
_SPARE_TIME = 1.2
_PREPARED_PER_S = 100_000  # tokens of data that one process cleans and encodes, where it is slow
# What of the settings a single step feels.
_FELT = ("training.activation_checkpointing=", "training.precision=")
# As SkyPilot calls them, where it is not the catalog's name without blanks.
_RENTED = {"A100": "A100-80GB", "A6000": "RTXA6000", "A10": "A10G"}


class Carried(Strict):
    """The user's own data: where it lies, and where it is put on another machine."""

    source: str
    target: str
    is_outside: bool
    command: str


class Launch(Strict):
    """One machine's script."""

    machine: str
    config: str
    fits: bool
    needed_gb: str
    room_gb: str
    launcher: list[str]
    overrides: list[str]
    environments: list[str]


class Replica(Strict):
    """A kind of pod."""

    name: str
    count: int


class Cluster(Strict):
    """Several nodes, however they are joined."""

    slug: str
    machine: str
    config: str
    nodes: int
    cards: int
    cpus: int
    memory: str
    time: str
    step_sequences: int
    overrides: list[str]
    environments: list[str]
    replicas: list[Replica]
    image: str
    claim: str
    own: Carried | None


class Rented(Strict):
    """A machine that SkyPilot rents."""

    slug: str
    machine: str
    accelerators: str
    environments: list[str]
    disk_gb: int
    script: str
    config: str
    prepares: bool
    own: Carried | None


class ReadMe(Strict):
    """Which file to take."""

    machine: str
    advised: str
    rows: list[list[str]]
    own: Carried | None


@dataclass(frozen=True)
class Deployment:
    """What the files are made from."""

    slug: str
    package: str
    run: FullRun
    plans: list[Plan]
    environments: list[str]
    disk_gb: float
    lang: Lang
    data_tokens: int = 0  # are prepared before the first step

    @property
    def own(self) -> Carried | None:
        """The user's own data, where it is that which is trained on."""
        data = moved(self.run)
        if data is None:
            return None
        return Carried(source=data.source, target=data.target, is_outside=data.is_outside, command=data.command)

    def plan(self, key: str) -> Plan:
        """The plan for a kind of hardware."""
        return next(plan for plan in self.plans if plan.key == key)

    @property
    def texts(self) -> dict[str, str]:
        """Every file by its path in the project."""
        templates = DeployTemplates(FAMILY, _TEMPLATE_PACKAGE)
        cluster = self._cluster(self.plan(NODES))
        files = {f"{key}.sh": templates.fill("launch.sh", self._launch(self.plan(key))) for key in LAUNCHED}
        for name in ("several_nodes.sh", "slurm.sbatch", "kubernetes_pytorchjob.yaml"):
            files[name] = templates.fill(name, cluster)
        files["skypilot.yaml"] = templates.fill("skypilot.yaml", self._rented())
        files["first_hour_on_gpu.sh"] = templates.fill("first_hour_on_gpu.sh", cluster)
        files |= {name: templates.code(name, self.package) for name in PYTHON}
        files["predictions.json"] = json.dumps(self._predictions(), indent=2) + "\n"
        files["README.md"] = templates.fill(f"README.{self.lang}.md", self._readme())
        return {f"{DEPLOY}/{name}": text for name, text in files.items()}

    def _launch(self, plan: Plan) -> Launch:
        cards = plan.machine.count
        alone = ["python"] if cards == 1 else ["torchrun", "--standalone", f"--nproc_per_node={cards}"]
        return Launch(
            machine=label(plan),
            config=FULL,
            fits=plan.fits,
            needed_gb=gb(plan.memory_gb),
            room_gb=gb(plan.usable_gb),
            launcher=alone,
            overrides=overrides_of(self.run, plan),
            environments=self.environments[::-1] if plan.machine.kind == "cpu" else self.environments,
        )

    def _cluster(self, plan: Plan) -> Cluster:
        masters = [Replica(name="Master", count=1)]
        workers = [Replica(name="Worker", count=plan.nodes - 1)] if plan.nodes > 1 else []
        return Cluster(
            slug=self.slug,
            machine=label(plan),
            config=FULL,
            nodes=plan.nodes,
            cards=plan.cards,
            cpus=_CPUS_PER_CARD * plan.cards,
            memory=f"{_GB_PER_CARD * plan.cards}Gi",
            time=slurm_time(plan.wall_hours[1] * _SPARE_TIME + self.data_tokens / _PREPARED_PER_S / 3600),
            step_sequences=plan.step_sequences,
            overrides=overrides_of(self.run, plan),
            environments=self.environments,
            replicas=[*masters, *workers],
            image=f"registry.example/{self.slug}:latest",
            claim=f"{self.slug[:55]}-work",
            own=self.own,
        )

    def _rented(self) -> Rented:
        """The user's kind of card where it is one; else the cheapest machine on which the run fits."""
        own = self.plan(OWN)
        rented = [self.plan(key) for key in (CARD_24, EIGHT)]
        fitting = sorted((plan for plan in rented if plan.fits), key=lambda plan: plan.cost_usd[1])
        gpu = own.machine.kind in ("consumer", "datacentre") and own.fits
        plan = own if gpu else (fitting or rented[-1:])[0]
        name = find_accelerator(plan.machine.accelerator).name
        called = _RENTED.get(name, name.replace(" ", ""))
        return Rented(
            slug=self.slug,
            machine=label(plan),
            accelerators=f"{called}:{plan.machine.count}",
            environments=self.environments,
            disk_gb=_DISK_GB + math.ceil(self.disk_gb),
            script=f"{plan.key}.sh",
            config=FULL,
            prepares=not self.run.data.streaming,
            own=self.own,
        )

    def _predictions(self) -> dict[str, object]:
        return {"config": FULL, "hardware": {plan.key: _predicted(self.run, plan) for plan in self.plans}}

    def _readme(self) -> ReadMe:
        own = self.plan(OWN)
        fitting = [plan for plan in self.plans if plan.fits and plan.key in (CARD_24, EIGHT)]
        advised = own if own.fits else (fitting or [own])[0]
        rows = [[f"{key}.sh", label(self.plan(key))] for key in LAUNCHED]
        return ReadMe(machine=label(own), advised=f"{advised.key}.sh", rows=rows, own=self.own)


def label(plan: Plan) -> str:
    """The machine by the catalog's names: what a person wrote into a report goes into no script."""
    name = find_accelerator(plan.machine.accelerator).name
    return f"{plan.machine.count} x {name}, {plan.machine.memory_gb:g} GB"


def overrides_of(run: FullRun, plan: Plan) -> list[str]:
    """What the plan says beside the configuration."""
    loop = run.training
    wanted: Mapping[str, object] = {
        "training.batch_size": plan.batch.best,
        "training.accumulate": plan.accumulation,
        "training.activation_checkpointing": "true" if plan.checkpointing else "false",
        "training.strategy": "auto" if plan.sharing.strategy == "one_process" else plan.sharing.strategy,
        "training.precision": "fp16" if plan.precision == "fp16" else loop.precision,
        "training.save_every": plan.save_every.best,
        "training.max_steps": plan.steps if loop.max_steps else 0,
        "optimizer.params.lr": f"{plan.learning_rate:g}",
    }
    if plan.steps <= run.scheduler.warmup_steps:  # larger steps are fewer, and the rate must come to its peak
        wanted = {**wanted, "scheduler.warmup_steps": max(1, round(_WARMUP * plan.steps))}
    return [f"{key}={value}" for key, value in wanted.items()]


def slurm_time(hours: float) -> str:
    """Days, hours and minutes; a quarter of an hour at least."""
    minutes = max(15, math.ceil(hours * 60))
    days, rest = divmod(minutes, 24 * 60)
    return f"{days}-{rest // 60:02}:{rest % 60:02}:00"


def _predicted(run: FullRun, plan: Plan) -> dict[str, object]:
    cards = plan.machine.count
    return {
        "machine": label(plan),
        "overrides": [word for word in overrides_of(run, plan) if word.startswith(_FELT)],
        "advised": plan.batch.best,
        "batch": [plan.batch.low, plan.batch.high],
        "share": plan.batch.best * plan.accumulation,
        "memory": plan.memory_gb,
        "speed": [round(value / cards, 1) for value in plan.tokens_per_s],
        "mfu": list(plan.mfu),
    }
