"""deploy_report.md for people: where it runs, what it did, how fast, and what went wrong on the way."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from framework.artifacts.markdown import bullets, table, text
from framework.artifacts.requirements_body import slot_name
from framework.messages import say

if TYPE_CHECKING:
    from framework.artifacts.deployment import Deployment, SlaRow


def render(deployment: Deployment) -> str:
    """The whole report."""
    title = f"# {_say(deployment, 'title', title=text(deployment.project.title))}"
    parts = _running(deployment) if deployment.outcome == "running" else _failed(deployment)
    return "\n\n".join([title, headline(deployment), *parts])


def headline(deployment: Deployment) -> str:
    """Its result in one line."""
    if deployment.outcome == "failed":
        trouble = deployment.trouble
        what = _say(deployment, f"short_{trouble.trouble}") if trouble else ""
        return _say(deployment, "headline_failed", what=what, report=deployment.error_report)
    passed = sum(one.state == "passed" for one in deployment.smoke)
    broken = sum(row.kept is False for row in deployment.sla)
    kept = _say(deployment, "headline_broken", count=broken) if broken else ""
    counts = {"passed": passed, "checks": len(deployment.smoke), "url": deployment.service.url}
    return _say(deployment, "headline", seconds=f"{deployment.started_s:g}", **counts) + kept


def measured_tables(deployment: Deployment) -> list[str]:
    """What was measured and where: in the report, and in the README."""
    machine = deployment.machine
    cards = ", ".join(card.name for card in machine.gpus) or "-"
    where = _say(
        deployment,
        "measured_on",
        os=text(machine.os),
        cores=machine.cores,
        memory=f"{machine.memory_gb:g}",
        cards=text(cards),
        at=deployment.at,
        image=f"`{deployment.service.image}`",
        limit=deployment.service.bounds.memory_mb,
        tokens=deployment.new_tokens,
    )
    parts = [where, table(_heads(deployment, *_LEVEL), _levels(deployment))]
    if deployment.sla:
        parts.append(table(_heads(deployment, *_SLA), (_promise(deployment, row) for row in deployment.sla)))
    if deployment.remarks:
        parts.append(bullets(text(remark) for remark in deployment.remarks))
    return parts


_LEVEL = ("clients", "requests", "errors", "latency", "first", "tokens", "rate", "cpu", "memory")
_SLA = ("promise", "wanted", "measured", "clients", "kept")


def _say(deployment: Deployment, key: str, **fields: object) -> str:
    return say(deployment.language, f"deploy.{key}", **fields)


def _heads(deployment: Deployment, *keys: str) -> list[str]:
    return [_say(deployment, f"head_{key}") for key in keys]


def _running(deployment: Deployment) -> Iterator[str]:
    yield table(_heads(deployment, "what", "value"), _facts(deployment))
    yield f"## {_say(deployment, 'section_use')}"
    yield _use(deployment)
    yield f"## {_say(deployment, 'section_smoke')}"
    yield table(_heads(deployment, "check", "result", "seen"), _smoke(deployment))
    yield f"## {_say(deployment, 'section_figures')}"
    yield _say(deployment, "figures", tokens=deployment.new_tokens)
    yield from measured_tables(deployment)
    yield f"## {_say(deployment, 'section_answers')}"
    yield _answers(deployment)
    yield from _attempts(deployment)
    yield from _files(deployment)
    yield f"## {_say(deployment, 'section_receipts')}"
    yield bullets(f"`{' '.join(one.command)}`: {one.proved}" for one in deployment.receipts)


def _failed(deployment: Deployment) -> Iterator[str]:
    yield _say(deployment, "failed", report=deployment.error_report, issue=deployment.issue, log=deployment.log)
    if deployment.smoke:
        yield table(_heads(deployment, "check", "result", "seen"), _smoke(deployment))
    yield from _attempts(deployment)
    yield from _files(deployment)


def _facts(deployment: Deployment) -> Iterator[list[str]]:
    service, bounds = deployment.service, deployment.service.bounds
    cpus = f"{bounds.cpus:g}" if bounds.cpus else _say(deployment, "all_cpus")
    rows = {
        "url": service.url,
        "published": f"{service.address}:{service.port}",
        "image": f"{service.image} ({service.image_id[:19]})",
        "weights": f"{service.weights} ({_say(deployment, 'mounted' if service.mounted else 'copied')})",
        "bounds": _say(
            deployment, "bounds", memory=bounds.memory_mb, cpus=cpus, pids=bounds.pids, tmpfs=bounds.tmpfs_mb
        ),
        "closed": _say(deployment, "closed_by_you" if any(one.diff for one in deployment.files) else "closed"),
        "key": _say(deployment, "keyed" if service.keyed else "unkeyed"),
        "engine": f"{deployment.engine.version}, {deployment.engine.node}, {deployment.engine.endpoint}",
        "compose": f"{service.compose} {service.compose_version}, -p {service.compose_project}",
        "started": f"{deployment.started_s:g} s",
    }
    for key, value in rows.items():
        yield [_say(deployment, f"row_{key}"), text(value)]


def _use(deployment: Deployment) -> str:
    service = deployment.service
    files = " ".join(f"-f {file}" for file in service.files)
    compose = f"{service.compose} -p {service.compose_project} {files}"
    key = ' -H "Authorization: Bearer $(cat KEY_FILE)"' if service.keyed else ""
    model = next((one.seen for one in deployment.smoke if one.name == "models"), "")
    body = shlex.quote(json.dumps({"model": model, "prompt": "...", "max_tokens": 32}))
    lines = [
        f"curl {service.url}/health",
        f"curl {service.url}/v1/completions{key} -H 'Content-Type: application/json' -d {body}",
        f"{compose} logs --tail 50",
        f"{compose} down",
    ]
    return "```bash\n" + "\n".join(lines) + "\n```"


def _smoke(deployment: Deployment) -> Iterator[list[str]]:
    for one in deployment.smoke:
        yield [_say(deployment, f"check_{one.name}"), _say(deployment, f"state_{one.state}"), text(one.seen)]


def _levels(deployment: Deployment) -> Iterator[list[str]]:
    for one in deployment.levels:
        latency, first = one.latency_ms, one.first_token_ms
        yield [
            str(one.clients),
            str(one.requests),
            f"{one.error_share:.1%}",
            f"{latency.p50:g} / {latency.p95:g} / {latency.p99:g}",
            f"{first.p50:g} / {first.p95:g} / {first.p99:g}",
            f"{one.tokens_per_s:g}",
            f"{one.requests_per_s:g}",
            f"{one.cpu_cores:g}",
            f"{one.memory_mb:g}",
        ]


def _promise(deployment: Deployment, row: SlaRow) -> list[str]:
    state = "unproven" if row.kept is None else "kept" if row.kept else "broken"
    kept = _say(deployment, f"sla_{state}")
    name = slot_name(row.slot, deployment.language)
    return [name, text(row.wanted), text(row.measured), str(row.clients), f"{kept} {text(row.why)}".strip()]


def _answers(deployment: Deployment) -> str:
    found = deployment.answers
    if found is None:
        return _say(deployment, "answers_none")
    counts = {"equal": found.equal, "prompts": found.prompts, "tokens": found.new_tokens}
    return "\n\n".join([_say(deployment, "answers", **counts), bullets(text(one) for one in found.differing)]).strip()


def _attempts(deployment: Deployment) -> Iterator[str]:
    if deployment.attempts:
        yield f"## {_say(deployment, 'section_attempts')}"
        yield bullets(
            f"{_say(deployment, f'short_{one.trouble}')}: {text(one.sign)} — "
            + _say(deployment, f"tried_{one.repair}", value=one.value)
            for one in deployment.attempts
        )


def _files(deployment: Deployment) -> Iterator[str]:
    changed = [file for file in deployment.files if file.diff]
    if changed:
        yield f"## {_say(deployment, 'section_files')}"
        for file in changed:
            yield _say(deployment, "yours", file=file.path)
            yield "\n".join(f"    {line}" for line in file.diff.splitlines())
