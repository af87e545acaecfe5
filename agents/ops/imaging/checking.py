"""Looking inside: the image's own program tells what is in it, loads the model and lets it write one token."""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass

from agents.ops.imaging.subject import Subject
from framework.artifacts.base import sha256
from framework.artifacts.container_check import ContainerCheck, parse_log
from framework.artifacts.image import FOLDER
from framework.artifacts.ledger import now
from framework.artifacts.receipts import CommandReceipt
from framework.runtime.docker import Engine, Mount, labels_of
from framework.runtime.restricted import Limits
from framework.runtime.weights import Weights
from framework.runtime.workspace import Workspace

_GIB = 1 << 30
_SECONDS = 600  # for large weights on a slow disk
_LAST_LINES = 20
_PROGRAM = "check.py"


@dataclass(frozen=True)
class Checked:
    """What was seen, and the log that says so."""

    seen: ContainerCheck
    log: str
    receipt: CommandReceipt


def check_inside(workspace: Workspace, docker: Engine, subject: Subject, tag: str, weights: Weights) -> Checked:
    """Run the program in a container of the image, as bounded as the service will be."""
    workspace.announce("image.checking", tag=tag)
    run = subject.policy.run
    began = time.monotonic()
    ran = docker.run(
        tag,
        ["python", f"docker/{_PROGRAM}"],
        memory_bytes=round(run.memory_gb.of(subject.device) * _GIB),
        cpus=run.cpus,
        pids=run.pids,
        tmpfs_mb=run.tmpfs_mb,
        gpus=subject.device == "gpu",
        mounts=mounts(subject, weights),
        labels=labels_of(subject.project.name, workspace.stage, workspace.files.root),
        timeout_s=_SECONDS,
    )
    command = typed(subject, tag, weights)
    log = f"# {shlex.join(command)}\n{ran.output.rstrip()}\n"
    seen = parse_log(log)
    rc = ran.rc if ran.rc or seen.complete else 1
    proved = "out of memory" if ran.oom_killed else "too slow" if ran.timed_out else f"exit {rc}"
    receipt = CommandReceipt(
        command=command,
        rc=rc,
        output_hash=sha256(log),
        proved=proved,
        tail="" if rc == 0 else last_lines(ran.output),
        seconds=round(time.monotonic() - began, 3),
        at=now(),
    )
    return Checked(seen, log, receipt)


def check_loads(workspace: Workspace, subject: Subject, weights: Weights) -> CommandReceipt:
    """The same program here, before anything is built: whether the project's code can use the weights."""
    workspace.announce("image.loading", folder=weights.folder.name)
    limits = Limits(_SECONDS, round(subject.policy.run.memory_gb.of(subject.device) * _GIB))
    command = ["python", f"{FOLDER}/{_PROGRAM}", f"--checkpoint={place_of(workspace, weights)}"]
    ran = workspace.restricted(subject.venv, command, limits)
    seen = parse_log(ran.stdout)
    rc = ran.rc if ran.rc or seen.complete else 1
    return CommandReceipt(
        command=command,
        rc=rc,
        output_hash=sha256(f"{seen.weights_sha256} {len(seen.token)}"),
        proved=f"exit {rc}",
        tail="" if rc == 0 else seen.failed or last_lines(ran.stdout + ran.stderr),
        seconds=ran.seconds,
        at=now(),
    )


def place_of(workspace: Workspace, weights: Weights) -> str:
    """Their folder, within the project or absolute."""
    root = workspace.files.root.absolute()
    inside = weights.folder.is_relative_to(root)
    return weights.folder.relative_to(root).as_posix() if inside else str(weights.folder)


def mounts(subject: Subject, weights: Weights) -> list[Mount]:
    """The weights, where they are not in the image."""
    return [Mount(weights.folder, "/model")] if subject.policy.image.weights == "mounted" else []


def typed(subject: Subject, tag: str, weights: Weights) -> list[str]:
    """The command as a person types it."""
    bound = [word for one in mounts(subject, weights) for word in ("-v", f"{one.source}:{one.target}:ro")]
    gpus = ["--gpus", "all"] if subject.device == "gpu" else []
    closed = ["--network", "none", "--read-only", "--tmpfs", "/tmp"]  # noqa: S108 - the container's own
    return ["docker", "run", "--rm", *closed, *gpus, *bound, "--entrypoint", "python", tag, f"docker/{_PROGRAM}"]


def last_lines(output: str) -> str:
    """The end of what was printed."""
    return "\n".join(output.strip().splitlines()[-_LAST_LINES:])
