"""Stage debug: one epoch on the mini dataset, in a restricted process; what fails is repaired, and proven to be."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from agents.coder.debugging.account import execution, proven
from agents.coder.debugging.attempts import Mending
from agents.coder.debugging.by_model.proposals import diagnosed
from agents.coder.debugging.measure import measured
from agents.coder.debugging.past import owes_tests, settled, with_past
from agents.coder.debugging.playbook import Playbook
from agents.coder.debugging.training import Job, Seen
from agents.dataset.mini_dataset import make_mini
from agents.ops.project_environment import project_environment
from agents.ops.venv_spec import requirement_texts
from agents.reviewer.subject import package_of
from framework.artifacts.bugfix import Bounds, Bugfix, Checkpoint, ProbeRow
from framework.artifacts.build import BuildLog
from framework.artifacts.env_check import EnvCheck
from framework.artifacts.mini_dataset import MiniDataset
from framework.artifacts.project_rules import Rules
from framework.artifacts.records import Device
from framework.engines.base import Engine
from framework.errors import FoundryError
from framework.runtime.probing import probe
from framework.runtime.project_venvs import existing_project_venv
from framework.runtime.repair_journal import in_no_report
from framework.runtime.restricted import Limits
from framework.runtime.suites import Suite, run_tests
from framework.runtime.venvs import Venv
from framework.runtime.workspace import Workspace

SPEC = "DEBUG_CODE.md"
WHOLE = ["-q", "-n", "auto", "--dist", "loadfile"]
_GIB = 1024**3
_OF_THE_MACHINE = 0.9  # of its memory: something has to be left for everything else
_STEP = re.compile(r"^step \d+")
_SHARE = re.compile(r"\[ *(\d+)%\]$")  # at the end of pytest's lines of dots
_SUITE_LIMIT = 3600  # seconds


def run(workspace: Workspace, engine: Engine) -> None:
    """Write bugfix_report.md."""
    env, playbook = workspace.read(EnvCheck), workspace.spec(SPEC).parse(Playbook)
    device: Device = env.device or "cpu"
    venv = project_environment(workspace, device)
    previous = workspace.previous(Bugfix)
    left = in_no_report(workspace.files, previous.problems if previous else [])
    mending = Mending(
        job=_job(workspace, venv, env, playbook),
        playbook=playbook,
        proven=workspace.proven(),
        enforced=workspace.read(Rules).enforced,
        remake=partial(_remake, workspace, device),
        device=device,
        diagnose=partial(diagnosed, engine),
        owed=bool(left) or owes_tests(previous),
    )
    seen = mending.run()
    suites = [seen.suite] if seen.suite else []
    if seen.failure is None and mending.repaired and playbook.limits.final_tests == "all":
        suites.append(_whole_suite(mending.job))
    report = _report(workspace, env, mending, seen, suites)
    report = report.model_copy(update={"problems": [*settled(left, seen), *report.problems]})
    workspace.write(with_past(report, previous))


def _job(workspace: Workspace, venv: Venv, env: EnvCheck, playbook: Playbook) -> Job:
    log, mini, limits = workspace.read(BuildLog), workspace.read(MiniDataset), playbook.limits
    there = env.environment.machine.memory_gb if env.environment else limits.memory_gib
    memory = min(limits.memory_gib, there * _OF_THE_MACHINE)
    return Job(
        workspace=workspace,
        venv=venv,
        probe=partial(probe, workspace.files.root, log.family or "", package_of(workspace.code())),
        config=mini.config,
        overrides=tuple(mini.overrides),
        limits=Limits(wall_s=limits.seconds, memory_bytes=int(memory * _GIB)),
        tell=_progress(workspace),
    )


def _progress(workspace: Workspace) -> Callable[[str], None]:
    """The steps of a training, and how far the tests are, as they come."""

    def tell(line: str) -> None:
        if _STEP.match(line):
            workspace.announce("debug.progress", line=line)
        elif share := _SHARE.search(line.rstrip()):
            workspace.announce("debug.testing_share", percent=share.group(1))

    return tell


def _remake(workspace: Workspace, device: Device, what: str) -> Venv:
    """The environment as the project wants it now, and on demand the mini dataset made with it."""
    try:
        if what == "install":
            workspace.put(requirement_texts(workspace), "debug: requirements resolved again")
        venv = project_environment(workspace, device)
        if what == "mini_data":
            make_mini(workspace, venv)
    except FoundryError as error:  # then the repair was none, which the next look tells
        workspace.announce("debug.not_remade", why=error.message)
    return existing_project_venv(workspace.files.root, device)


def _whole_suite(job: Job) -> Suite:
    job.workspace.announce("debug.testing_all")
    limits = Limits(wall_s=_SUITE_LIMIT, memory_bytes=job.limits.memory_bytes)
    return run_tests(job.venv, job.workspace.files.root, WHOLE, limits, job.tell)


def _report(workspace: Workspace, env: EnvCheck, mending: Mending, seen: Seen, suites: list[Suite]) -> Bugfix:
    job, saved = mending.job, seen.epoch.saved if seen.epoch else None
    trained = execution(seen.trained)
    return Bugfix(
        project=env.project,
        device=mending.device,
        config=job.config,
        overrides=list(job.overrides),
        epoch=trained,
        bounds=Bounds.model_validate(seen.trained.isolation.model_dump()),
        problems=proven(mending.problems, seen),
        checks=seen.checks,
        probes=_probes(seen),
        probed=seen.probed.receipt if seen.probed else None,
        repaired=mending.repaired,
        final_tests=mending.playbook.limits.final_tests,
        tests=[suite.receipt for suite in suites],
        checkpoint=Checkpoint(path=saved.path, sha256=saved.sha256, step=saved.step) if saved else None,
        measures=measured(seen.epoch, trained, mending.device, env) if seen.epoch and trained.rc == 0 else None,
        warnings=mending.warnings(seen),
        questions=mending.questions,
    )


def _probes(seen: Seen) -> list[ProbeRow]:
    found = seen.probed.findings if seen.probed else []
    return [
        ProbeRow(name=one.name, passed=one.passed, measured=str(one.measured), limit=str(one.limit), why=one.why)
        for one in found
    ]
