"""Stage guidance: how the full training is run, on which hardware, by scripts that were proven to start it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agents.coder.guiding.advice import assumptions_of, limits_of, steps_of, tunings_of, unverified_of
from agents.coder.guiding.amounts import Subject, amount_of, schedule_of
from agents.coder.guiding.explaining import explained
from agents.coder.guiding.full_run import FULL, MINI, FullRun
from agents.coder.guiding.hardware import hardware_for
from agents.coder.guiding.holding import held_in
from agents.coder.guiding.measuring import measured_in
from agents.coder.guiding.mixing import mixture_of
from agents.coder.guiding.plain_words import in_plain_words
from agents.coder.guiding.plans import Margins, checkpoints_of, plan_for
from agents.coder.guiding.scripts import Deployment
from agents.coder.guiding.standing import compared, package_of, scripts_in
from agents.coder.guiding.watching import alarms_for, drills_for
from agents.coder.policy import Policy
from agents.ops.policy import Policy as VenvPolicy
from agents.planner.family import with_family
from framework.artifacts.bugfix import Bugfix
from framework.artifacts.guidance import DEPLOY, Guidance, Measured, Plan, Tuning
from framework.artifacts.guidance_figures import differences
from framework.artifacts.mini_dataset import MiniDataset
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.requirements import Requirements
from framework.artifacts.tech import Tech
from framework.engines.base import Engine
from framework.errors import InvalidDocument
from framework.messages import say
from framework.rendering.standing import Standing
from framework.runtime.codetree import CodeTree
from framework.runtime.project_venvs import existing_project_venv
from framework.runtime.restricted import Limits
from framework.runtime.shells import read_scripts
from framework.runtime.venvs import Venv
from framework.runtime.workspace import Workspace

SPEC, VENVS = "ML.md", "VENV_CONFIG.md"
_TORCHRUN = [
    *("torchrun", "--standalone", "--nproc_per_node=2", "main.py", "--config", MINI, "device=cpu"),
    *("output_folder=outputs/guidance", "training.max_steps=3", "training.batch_size=2", "training.eval_batches=1"),
    *("data.n_documents=200", "data.dataset_name=synthetic_stories", "logging.tensorboard=false"),
]
_LIMITS = Limits(wall_s=900, memory_bytes=16 << 30)
_CHECK = ["python", f"{DEPLOY}/check_commands.py"]


@dataclass(frozen=True)
class Advised:
    """Everything that the figures are made from."""

    wanted: Requirements
    tech: Tech
    tunings: list[Tuning]
    subject: Subject
    plans: list[Plan]
    measured: Measured | None
    headroom: float


def run(workspace: Workspace, engine: Engine) -> None:
    """Write deploy/train, prove what can be proven here, and write full_train_guidance.md."""
    bugfix = workspace.read(Bugfix)
    venv = existing_project_venv(workspace.files.root, bugfix.device)
    guidance = guide(workspace, bugfix, venv, workspace.read(MiniDataset))
    workspace.write(in_plain_words(engine, guidance))


def guide(workspace: Workspace, bugfix: Bugfix | None, venv: Venv, mini: MiniDataset | None = None) -> Guidance:
    """The scripts, and the report of the figures, with an environment that is given."""
    tree = workspace.code()
    advised = advise(workspace, tree, bugfix, mini)
    standing = compared(scripts_for(workspace, tree, advised), tree, workspace.previous(Guidance))
    for path in standing.kept:
        workspace.announce("guidance.kept", file=path)
    workspace.put(standing.written, "guidance: scripts of the full training", over=tree)
    workspace.announce("guidance.proving")
    return guidance_of(advised, standing, _proven(workspace, venv, standing.texts))


def advise(workspace: Workspace, tree: CodeTree, bugfix: Bugfix | None, mini: MiniDataset | None = None) -> Advised:
    """The run on every kind of hardware."""
    wanted, tech = workspace.read(Requirements), workspace.read(Tech)
    served = with_family(wanted, tech)
    if served is None or served.choice is None or not served.machines:
        raise InvalidDocument(
            say(tech.language, "guidance.no_run", name=tech.recommended), say(tech.language, "guidance.no_run_hint")
        )
    policy = workspace.spec(SPEC).parse(Policy)
    run = FullRun.read(tree)
    held = held_in(mini, run, served.choice.data.full, policy.scratch.bytes_per_token)
    subject = Subject(run, served.choice, served.machines[0].count, tech.language, held)
    measured = measured_in(bugfix)
    margins = Margins(
        headroom=policy.memory_headroom,
        memory_extra_gb=measured.memory_extra_gb if measured else 0.0,
        speed_factor=(measured and measured.speed_factor) or 1.0,
    )
    plans = [plan_for(subject, hardware, margins) for hardware in hardware_for(served)]
    tunings = tunings_of(tree, served.machines[0].count)
    return Advised(wanted, served, tunings, subject, plans, measured, policy.memory_headroom)


def scripts_for(workspace: Workspace, tree: CodeTree, advised: Advised) -> dict[str, str]:
    """The files of deploy/train by their paths."""
    folders = workspace.spec(VENVS).parse(VenvPolicy).environments
    return Deployment(
        slug=advised.tech.project.slug,
        package=package_of(tree),
        run=advised.subject.run,
        plans=advised.plans,
        environments=[folders.gpu, ".venv", folders.cpu],
        disk_gb=checkpoints_of(advised.subject).disk_gb,
        lang=advised.tech.language,
        data_tokens=advised.subject.dataset_tokens or 0,
    ).texts


def _proven(workspace: Workspace, venv: Venv, texts: Mapping[str, str]) -> list[CommandReceipt]:
    """Scripts are read by bash and shellcheck, commands by the project's own parser; two processes train for real."""
    scripts = sorted(path for path in texts if path.endswith((".sh", ".sbatch")))
    read = read_scripts(workspace.files.root, scripts)
    return [*read, *workspace.prove(venv, [_CHECK, _TORCHRUN], _LIMITS)]


def guidance_of(advised: Advised, standing: Standing, receipts: list[CommandReceipt]) -> Guidance:
    """The report."""
    subject, plans = advised.subject, advised.plans
    amount, schedule = amount_of(subject), schedule_of(subject)
    rows = differences(advised.tech, subject.candidate, amount, schedule, plans)
    checked = any(receipt.command[0] == "shellcheck" for receipt in receipts)
    return Guidance(
        project=advised.tech.project,
        candidate=subject.candidate.name,
        config=FULL,
        amount=amount,
        plans=plans,
        schedule=schedule,
        checkpoints=checkpoints_of(subject),
        mixture=mixture_of(subject),
        measured=advised.measured,
        alarms=alarms_for(subject, plans[0]),
        drills=drills_for(subject.lang),
        tunings=advised.tunings,
        limits=limits_of(advised.wanted, plans[0], subject.lang),
        differences=[explained(row, subject, plans, advised.measured) for row in rows],
        steps=steps_of(subject, plans[0], advised.tunings),
        scripts=scripts_in(standing, subject.lang),
        receipts=receipts,
        unverified=unverified_of(subject, plans, shellchecked=checked),
        assumptions=assumptions_of(subject, plans, advised.headroom),
    )
