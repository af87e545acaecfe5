"""The report of a deployment, put together from what was started and what was seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agents.ops.deploying.asking import Seen
from agents.ops.deploying.figures import asked_percentile, sla_rows
from agents.ops.deploying.files import chosen
from agents.ops.deploying.openings import openings
from agents.ops.deploying.starting import Start
from agents.ops.deploying.subject import Subject
from framework.artifacts.deployment import FOLDER, LOCAL, Deployment, Engine, Service
from framework.artifacts.env_check import Machine
from framework.artifacts.laid_file import LaidFile
from framework.artifacts.ledger import now
from framework.artifacts.requirements import Requirements
from framework.messages import say
from framework.runtime.docker import EngineFacts


@dataclass(frozen=True)
class Told:
    """All that there is to tell."""

    subject: Subject
    start: Start
    seen: Seen
    files: list[LaidFile]
    wanted: Requirements
    engine: EngineFacts


def deployment_of(told: Told, machine: Machine) -> Deployment:
    """deploy_report.md."""
    subject, start, seen, wanted = told.subject, told.start, told.seen, told.wanted
    unproven = _unproven(subject, wanted)
    return Deployment(
        project=subject.project,
        outcome="running" if start.runs and seen.works else "failed",
        device=subject.device,
        at=now(),
        service=_service(told),
        engine=Engine(endpoint=told.engine.endpoint, node=told.engine.node, version=told.engine.server_version),
        machine=machine,
        files=told.files,
        started_s=start.seconds,
        attempts=start.attempts,
        smoke=seen.smoke,
        answers=seen.answers,
        equal_answers=subject.policy.deploy.equal_answers,
        clients=subject.policy.deploy.clients,
        percentile=asked_percentile(wanted),
        new_tokens=subject.policy.deploy.new_tokens,
        levels=seen.levels,
        sla=sla_rows(wanted, seen.levels, subject.lang, unproven) if seen.levels else [],
        remarks=list(_remarks(told)),
        receipts=seen.receipts,
    )


def _service(told: Told) -> Service:
    subject, engine, running = told.subject, told.engine, told.start.container
    program, *words = engine.compose
    address, port = told.start.published(subject.policy.run.address)
    return Service(
        image=subject.image,
        image_id=subject.image_id,
        weights=subject.weights,
        mounted=subject.mounted,
        compose_project=subject.compose_project,
        compose=" ".join([program.rpartition("/")[2], *words]),
        compose_version=engine.compose_version,
        files=[f"{FOLDER}/{name}" for name in chosen(subject)],
        labels=dict(subject.labels),
        address=address,
        port=port,
        keyed=bool(subject.policy.run.key_file),
        bounds=told.start.settings.bounds,
        openings=openings(running.open, subject.policy.run.address) if running else [],
    )


def _unproven(subject: Subject, wanted: Requirements) -> str:
    """Why figures of this machine say nothing about the promised one; empty where they do."""
    promised = wanted.text("hardware.gpu")
    if subject.device == "cpu" and promised and not wanted.flag("hardware.cpu_only"):
        return say(subject.lang, "deploy.unproven_device", gpu=promised)
    return ""


def _remarks(told: Told) -> Iterator[str]:
    """What the figures do not show."""
    subject = told.subject
    if subject.mini:
        yield say(subject.lang, "deploy.remark_mini", weights=subject.weights)
    if any(one.state == "absent" for one in told.seen.smoke):
        absent = ", ".join(one.name for one in told.seen.smoke if one.state == "absent")
        yield say(subject.lang, "deploy.remark_absent", names=absent)
    for opening in _service(told).openings:
        yield say(subject.lang, f"deploy.opening_{opening.kind}", detail=opening.detail)
    address, _ = told.start.published(subject.policy.run.address)
    if address != LOCAL:
        yield say(subject.lang, "deploy.remark_open", address=address)
    if not told.wanted.number("sla.latency_ms") and not told.wanted.throughput():
        yield say(subject.lang, "deploy.remark_no_sla")
