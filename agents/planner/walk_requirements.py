"""Stage monitor, second step: every requirement is walked to its evidence, and the README says what came of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from framework.artifacts.build import Trace, TraceRow
from framework.artifacts.deployment import Deployment, SlaRow
from framework.artifacts.image import Image
from framework.artifacts.requirements import Requirements
from framework.artifacts.running import Fulfilment, Running, Served, Walked
from framework.artifacts.running_body import facts_of, headline, served_told, walked_table
from framework.engines.base import Engine
from framework.gates.running import BEGIN, END
from framework.messages import Lang, say
from framework.runtime.served_weights import served_weights
from framework.runtime.workspace import Workspace

_SECTION = re.compile(rf"{BEGIN}\n.*?{END}", re.DOTALL)
_AFTER = ("<!-- sla:end -->\n", "<!-- verified:end -->\n")
_OF_LATENCY = "sla.percentile"  # is measured with it
# What only the weights that answer can show, whatever the project is set to.
_LEARNED = ("goal", "problem", "output", "domain", "language_of_data", "dataset", "base_model", "success_metric")
_SHAPED = ("params", "context_len")
_OF_GPU = ("hardware.gpu", "hardware.count")
_NEAR = 1.5  # as much as tech.md allows a size to be off
_STATES: dict[str, Fulfilment] = {
    "verified": "met",
    "configured": "configured",
    "failed": "unmet",
    "unmet": "unmet",
    "unverified": "unverified",
}


def run(workspace: Workspace, engine: Engine) -> None:
    """Complete docker_running_report.md, and put its table into the README."""
    served = served_weights(workspace.files, workspace.read(Image))
    walked(workspace, workspace.read(Trace), workspace.read(Deployment), served)


def walked(workspace: Workspace, trace: Trace, deployment: Deployment, served: Served | None = None) -> None:
    """The same with what the build and the deployment have left, and the weights as far as they are known."""
    running, wanted = workspace.read(Running), workspace.read(Requirements)
    found = {"served": served, "walked": walk(wanted, trace, deployment, served)}
    running = running.model_copy(update=found)
    texts = workspace.code().texts
    readmes = {name: text for name, text in texts.items() if re.fullmatch(r"README[.\w]*\.md", name)}
    workspace.put(with_walk(readmes, running), "monitor: the requirements, one by one")
    workspace.write(running)


def walk(wanted: Requirements, trace: Trace, deployment: Deployment, served: Served | None) -> list[Walked]:
    """A row for each value, in the order of the requirements; then what the request says beyond the slots."""
    rows = {(row.slot, row.value): row for row in trace.rows}
    known = list(_values(wanted))
    told = {(slot, value) for slot, value, _ in known}
    beyond = [(row.slot, row.value, row.provenance) for key, row in rows.items() if key not in told]
    walker = _Walker(deployment, served, wanted.count("params"))
    return [walker.walked(slot, value, from_, rows.get((slot, value))) for slot, value, from_ in [*known, *beyond]]


def _values(wanted: Requirements) -> Iterator[tuple[str, str, str]]:
    for item in wanted.items:
        for value in item.value if isinstance(item.value, list) else [str(item.value)]:
            yield item.slot, value, item.provenance


@dataclass(frozen=True)
class _Walker:
    """One service: what is said of it is true of the very weights that answer there."""

    deployment: Deployment
    served: Served | None
    size: int | None  # that is wanted of the model, in parameters

    def walked(self, slot: str, value: str, provenance: str, row: TraceRow | None) -> Walked:
        """What was measured on the running service counts more than what was proven in the code."""
        if found := self._measures.get(slot):
            state, evidence = self._measured(found)
            source = f"reports/{Deployment.FILE}"
        elif row is None:
            state, evidence, source = "unverified", self._say("nothing_known"), ""
        else:
            state, evidence = self._traced(row)
            source = f"reports/{Trace.FILE}"
        return Walked(slot=slot, value=value, provenance=provenance, state=state, evidence=evidence, source=source)

    @property
    def _measures(self) -> dict[str, SlaRow]:
        measured = {row.slot: row for row in self.deployment.sla}
        latency = measured.get("sla.latency_ms")
        return {_OF_LATENCY: latency, **measured} if latency else measured

    def _measured(self, found: SlaRow) -> tuple[Fulfilment, str]:
        """A figure of another model than the promised one is no fulfilment; that even it is too slow is a breach."""
        fields = {"wanted": found.wanted, "measured": found.measured, "clients": found.clients}
        said = f"{self._say('measured', **fields)} {found.why}".strip()
        if found.kept is None:
            return "unverified", said
        if self._is_the_model:
            return "met" if found.kept else "unmet", said
        state: Fulfilment = "unmet" if not found.kept else "small" if self._is_small else "configured"
        return state, f"{said} {self._other()}"

    def _traced(self, row: TraceRow) -> tuple[Fulfilment, str]:
        """What was proven of the project; of the service only where what answers is the same."""
        state = _STATES[row.evidence]
        if state != "met":
            return state, row.how
        proven = f"{row.how} ({', '.join(row.tests)})" if row.tests else row.how
        if row.slot in _OF_GPU and self.deployment.device == "cpu":
            return "configured", self._say("set_to", proven=proven, but=self._say("on_cpu"))
        if row.slot in _SHAPED:
            return self._shaped(row, proven)
        if row.slot not in _LEARNED:
            return "met", proven
        if self.served and self.served.learned and self._is_the_model:
            return "met", f"{proven} {self._say('learned', **facts_of(self.served, self._lang))}"
        return "configured", self._say("set_to", proven=proven, but=self._other())

    def _shaped(self, row: TraceRow, proven: str) -> tuple[Fulfilment, str]:
        """What can be counted in the weights."""
        if self._is_small or self.served is None:
            return "configured", self._say("set_to", proven=proven, but=self._other())
        if row.slot == "params":
            seen, kept = self.served.parameters, self._is_the_model
        else:
            seen, kept = self.served.context, self.served.context is not None and self.served.context >= int(row.value)
        if seen is None:
            return "configured", self._say("set_to", proven=proven, but=self._other())
        counted = self._say(f"counted_{row.slot}", seen=f"{seen:,}", path=self.served.path)
        return ("met", f"{counted} {proven}") if kept else ("unmet", counted)

    @property
    def _is_small(self) -> bool:
        return self.served is not None and self.served.small

    @property
    def _is_the_model(self) -> bool:
        """Whether it is as large as the wanted one: a smaller one may be fast, and shows nothing."""
        served = self.served
        if served is None or served.small or served.parameters is None:
            return False
        if self.size is None:
            return served.shaped
        return served.shaped or max(served.parameters, self.size) <= _NEAR * min(served.parameters, self.size)

    def _other(self) -> str:
        """Which weights answer, where they are not those that the project is made for."""
        if self.served is None:
            return self._say("served_unknown")
        return self._say("but_small" if self._is_small else "but_other", **facts_of(self.served, self._lang))

    @property
    def _lang(self) -> Lang:
        return self.deployment.language

    def _say(self, key: str, **fields: object) -> str:
        return say(self._lang, f"monitor.{key}", **fields)


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
    return "\n\n".join(
        [f"## {say(lang, 'monitor.readme_title')}", headline(told), served_told(told), walked_table(told)]
    )
