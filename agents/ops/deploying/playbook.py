"""What is wrong with a service that does not start, by its state and its words; and what to try then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.ops.deploying.subject import Subject
from agents.ops.docker_policy import DeployPolicy
from framework.artifacts.deployment import Attempt, Bounds, Repair, Trouble
from framework.runtime.docker import ContainerFacts
from framework.runtime.loopback import free_port

_PATIENCE: tuple[Repair, ...] = ("start_again", "more_time")  # one of them, once: each takes as long as the first try
_KILLED = 137
_LONGEST_SIGN = 300
_MORE = 2
_CLOSING = ("encountered errors while bringing up the project.",)  # compose v1's last word, whatever the failure was


@dataclass(frozen=True)
class Settings:
    """What a start can be tried with."""

    port: int
    bounds: Bounds
    ready_s: float


@dataclass(frozen=True)
class Failure:
    """A start that went wrong: what compose said, the container if there is one, its log."""

    said: str
    container: ContainerFacts | None
    log: str
    waited: bool = False  # the time was over, and nothing had gone wrong yet
    health: int | None = None  # the status of /health then


def diagnosed(failure: Failure, policy: DeployPolicy) -> tuple[Trouble, str]:
    """The trouble, and what it was seen by: what the engine knows first, then the words, then the mere state."""
    found, log = failure.container, failure.log.splitlines()
    if found and _ran_out_of_memory(found):
        return "out_of_memory", f"exit {found.exit_code}, OOMKilled"
    ended = found is None or found.state != "running" or found.restarts
    for lines in (log if ended else [], [found.error] if found else [], failure.said.splitlines()):
        if known := _signed(lines, policy):
            return known
    if found is None or failure.said:
        return "compose_failed", _last(failure.said.splitlines())
    if failure.waited and failure.health is None:
        return "slow_start", found.health or found.state
    if found.state == "running" and not found.restarts:
        return "unhealthy", f"/health {failure.health or found.health}"
    how = f"{found.restarts} restarts" if found.state == "running" else f"exit {found.exit_code}"
    return "exited", f"{how}: {_last(log)}"


def _ran_out_of_memory(found: ContainerFacts) -> bool:
    """A container that was started again has forgotten that it was killed, but not how it ended."""
    return found.oom_killed or (found.exit_code == _KILLED and found.restarts > 0)


def _signed(lines: Sequence[str], policy: DeployPolicy) -> tuple[Trouble, str] | None:
    """The last line that shows a known trouble: what came before it may have been got over."""
    for line in reversed(lines):
        words = line.casefold()
        for known in policy.playbook:
            if any(sign.casefold() in words for sign in known.signs):
                return known.trouble, line.strip()[:_LONGEST_SIGN]
    return None


def _last(lines: Sequence[str]) -> str:
    """The last line that says something; where all of them are the end of every failure, that one."""
    told = [line.strip()[:_LONGEST_SIGN] for line in lines if line.strip()]
    saying = [line for line in told if line.casefold() not in _CLOSING]
    return next(reversed(saying or told), "")


def next_try(
    subject: Subject, tried: Sequence[Attempt], trouble: Trouble, settings: Settings, room_mb: int
) -> tuple[Repair, Settings]:
    """The repair of the playbook and the settings that it makes; `none` where there is nothing left to try."""
    policy = subject.policy.deploy
    repair = policy.repair_of(trouble)
    if len(tried) >= policy.repairs or (repair in _PATIENCE and any(one.repair in _PATIENCE for one in tried)):
        return "none", settings
    if repair == "next_port":
        return repair, replace(settings, port=free_port(settings.port + 1, subject.policy.run.address))
    if repair == "more_time":
        return repair, replace(settings, ready_s=_MORE * settings.ready_s)
    if repair == "more_memory":
        more = min(_MORE * settings.bounds.memory_mb, subject.most_memory_mb, room_mb)
        if more <= settings.bounds.memory_mb:
            return "none", settings
        return repair, replace(settings, bounds=settings.bounds.model_copy(update={"memory_mb": more}))
    return repair, settings


def told(repair: Repair, settings: Settings) -> str:
    """The value that a repair has changed, for people."""
    values = {
        "next_port": str(settings.port),
        "more_memory": f"{settings.bounds.memory_mb} MiB",
        "more_time": f"{settings.ready_s:g} s",
    }
    return values.get(repair, "")
