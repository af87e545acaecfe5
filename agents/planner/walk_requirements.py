"""Stage monitor, second step: every requirement is walked to its evidence, and the README says what came of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from framework.artifacts.build import Trace, TraceRow
from framework.artifacts.deployment import Deployment, SlaRow
from framework.artifacts.requirements import Requirements
from framework.artifacts.running import Fulfilment, Running, Walked
from framework.artifacts.running_body import headline, walked_table
from framework.engines.base import Engine
from framework.gates.running import BEGIN, END
from framework.messages import Lang, say
from framework.runtime.workspace import Workspace

_SECTION = re.compile(rf"{BEGIN}\n.*?{END}", re.DOTALL)
_AFTER = ("<!-- sla:end -->\n", "<!-- verified:end -->\n")
_OF_LATENCY = "sla.percentile"  # is measured with it
_STATES: dict[str, Fulfilment] = {
    "verified": "met",
    "configured": "configured",
    "failed": "unmet",
    "unmet": "unmet",
    "unverified": "unverified",
}


def run(workspace: Workspace, engine: Engine) -> None:
    """Complete docker_running_report.md, and put its table into the README."""
    walked(workspace, workspace.read(Trace), workspace.read(Deployment))


def walked(workspace: Workspace, trace: Trace, deployment: Deployment) -> None:
    """The same with what the build and the deployment have left."""
    running, wanted = workspace.read(Running), workspace.read(Requirements)
    running = running.model_copy(update={"walked": walk(wanted, trace, deployment)})
    texts = workspace.code().texts
    readmes = {name: text for name, text in texts.items() if re.fullmatch(r"README[.\w]*\.md", name)}
    workspace.put(with_walk(readmes, running), "monitor: the requirements, one by one")
    workspace.write(running)


def walk(wanted: Requirements, trace: Trace, deployment: Deployment) -> list[Walked]:
    """A row for each value, in the order of the requirements; then what the request says beyond the slots."""
    rows = {(row.slot, row.value): row for row in trace.rows}
    measured = {row.slot: row for row in deployment.sla}
    if latency := measured.get("sla.latency_ms"):
        measured.setdefault(_OF_LATENCY, latency)
    known = list(_values(wanted))
    of_slots = [
        _walked(deployment, slot, value, from_, rows.get((slot, value)), measured) for slot, value, from_ in known
    ]
    told = {(slot, value) for slot, value, _ in known}
    beyond = [row for key, row in rows.items() if key not in told]
    return of_slots + [_traced(row, row.slot, row.value, row.provenance) for row in beyond]


def _values(wanted: Requirements) -> Iterator[tuple[str, str, str]]:
    for item in wanted.items:
        for value in item.value if isinstance(item.value, list) else [str(item.value)]:
            yield item.slot, value, item.provenance


def _walked(
    deployment: Deployment, slot: str, value: str, provenance: str, row: TraceRow | None, measured: Mapping[str, SlaRow]
) -> Walked:
    """What was measured on the running service counts more than what was proven in the code."""
    if found := measured.get(slot):
        return _measured(deployment, found, slot, value, provenance)
    if row is None:
        why = say(deployment.language, "monitor.nothing_known")
        return Walked(slot=slot, value=value, provenance=provenance, state="unverified", evidence=why, source="")
    return _traced(row, slot, value, provenance)


def _measured(deployment: Deployment, found: SlaRow, slot: str, value: str, provenance: str) -> Walked:
    state: Fulfilment = "unverified" if found.kept is None else "met" if found.kept else "unmet"
    fields = {"wanted": found.wanted, "measured": found.measured, "clients": found.clients}
    said = say(deployment.language, "monitor.measured", **fields)
    return Walked(
        slot=slot,
        value=value,
        provenance=provenance,
        state=state,
        evidence=f"{said} {found.why}".strip(),
        source=f"reports/{Deployment.FILE}",
    )


def _traced(row: TraceRow, slot: str, value: str, provenance: str) -> Walked:
    tests = f" ({', '.join(row.tests)})" if row.tests and row.evidence == "verified" else ""
    return Walked(
        slot=slot,
        value=value,
        provenance=provenance,
        state=_STATES[row.evidence],
        evidence=f"{row.how}{tests}",
        source=f"reports/{Trace.FILE}",
    )


def with_walk(readmes: Mapping[str, str], running: Running) -> dict[str, str]:
    """The READMEs with their sections filled; only those that change."""
    filled = {name: _filled(text, running, _lang(name, running)) for name, text in readmes.items()}
    return {name: text for name, text in filled.items() if text != readmes[name]}


def _filled(readme: str, running: Running, lang: Lang) -> str:
    section = f"{BEGIN}\n{_content(running, lang)}\n{END}"
    if _SECTION.search(readme):
        return _SECTION.sub(lambda _: section, readme, count=1)
    mark = next((mark for mark in _AFTER if mark in readme), None)
    if mark is None:
        return f"{readme.rstrip()}\n\n{section}\n"
    head, found, rest = readme.partition(mark)
    return f"{head}{found}\n{section}\n{rest}"


def _lang(name: str, running: Running) -> Lang:
    """README.zh.md is Chinese, README.en.md English, README.md in the project's language."""
    suffix = name.removeprefix("README").removesuffix(".md").strip(".")
    return "zh" if suffix == "zh" else "en" if suffix == "en" else running.language


def _content(running: Running, lang: Lang) -> str:
    """In the language of the document; what was proven is told in that of the project."""
    told = running.model_copy(update={"project": running.project.model_copy(update={"language": lang})})
    return "\n\n".join([f"## {say(lang, 'monitor.readme_title')}", headline(told), walked_table(told)])
