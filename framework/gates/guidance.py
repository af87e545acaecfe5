"""The gate of full_train_guidance.md (W-T4): figures agree with tech.md or say why not; scripts were proven."""

from __future__ import annotations

from collections.abc import Iterator

from framework.artifacts.base import Strict, sha256
from framework.artifacts.document import parse_mapping
from framework.artifacts.files import ProjectFiles, read_text
from framework.artifacts.guidance import DEPLOY, Difference, Guidance
from framework.artifacts.guidance_figures import differences
from framework.artifacts.guidance_manifests import Predictions, PyTorchJob, SkyTask
from framework.artifacts.records import Finding, Verdict
from framework.artifacts.tech import Range, Tech
from framework.errors import InvalidDocument
from framework.messages import say

FORMATS: dict[str, type[Strict]] = {
    "kubernetes_pytorchjob.yaml": PyTorchJob,
    "skypilot.yaml": SkyTask,
    "predictions.json": Predictions,
}
SHELL = (
    "own_machine.sh",
    "one_24gb_card.sh",
    "eight_cards.sh",
    "several_nodes.sh",
    "slurm.sbatch",
    "first_hour_on_gpu.sh",
)
OTHER = ("first_hour.py", "check_commands.py", "README.md")
FILES = tuple(f"{DEPLOY}/{name}" for name in (*SHELL, *FORMATS, *OTHER))
_CHECK, _TORCHRUN = f"{DEPLOY}/check_commands.py", "torchrun"


def judge(files: ProjectFiles) -> Verdict:
    """Figures lie in tech.md's ranges or say why not; the scripts are there as written, and were proven."""
    guidance, tech = files.read_artifact(Guidance), files.read_artifact(Tech)
    found = [
        *_figures(guidance, tech),
        *_memory(guidance),
        *_rates(guidance),
        *_scripts(files, guidance),
        *_proofs(guidance),
    ]
    return Verdict(findings=found)


def _error(g: Guidance, where: str, key: str, **fields: object) -> Finding:
    return Finding(severity="error", where=where, message=say(g.language, f"guidance.gate_{key}", **fields))


def _figures(g: Guidance, tech: Tech) -> Iterator[Finding]:
    candidate = next((one for one in tech.candidates if one.name == g.candidate), None)
    if candidate is None:
        yield _error(g, "candidate", "candidate", name=g.candidate)
        return
    stated = {(one.figure, one.machine): one for one in g.differences}
    for one in differences(tech, candidate, g.amount, g.schedule, g.plans):
        said = stated.get((one.figure, one.machine))
        fields = {"figure": say(g.language, f"guidance.difference_{one.figure}"), "machine": one.machine or "-"}
        if said is None or not _same(said, one):
            found = "-" if said is None else f"{_shown(said.tech)}, {_shown(said.here)}"
            wanted = f"{_shown(one.tech)}, {_shown(one.here)}"
            yield _error(g, "differences", "figures", wanted=wanted, found=found, **fields)
        elif not one.inside and not said.why.strip():
            yield _error(g, "differences", "unexplained", here=_shown(one.here), tech=_shown(one.tech), **fields)


def _same(said: Difference, computed: Difference) -> bool:
    return (said.tech, said.here) == (computed.tech, computed.here)


def _shown(span: Range) -> str:
    return f"{span[0]:g} - {span[1]:g}"


def _memory(g: Guidance) -> Iterator[Finding]:
    for plan in g.plans:
        if plan.fits and plan.memory_gb > plan.usable_gb:
            fields = {"machine": plan.machine.name, "taken": f"{plan.memory_gb:g}", "usable": f"{plan.usable_gb:g}"}
            yield _error(g, plan.key, "memory", **fields)


def _rates(g: Guidance) -> Iterator[Finding]:
    """Every rate that is advised, of a machine or for another step, lies where the search for it does."""
    low, high = g.schedule.rate.low, g.schedule.rate.high
    rows = [(plan.machine.name, plan.step_sequences, plan.learning_rate) for plan in g.plans]
    rows += [("-", one.step_sequences, one.rate) for one in g.schedule.scaled]
    for machine, sequences, rate in rows:
        if not low <= rate <= high:
            fields = {"low": f"{low:g}", "high": f"{high:g}", "rate": f"{rate:g}", "sequences": f"{sequences:,}"}
            yield _error(g, "plans", "rate", machine=machine, **fields)


def _scripts(files: ProjectFiles, g: Guidance) -> Iterator[Finding]:
    for missing in sorted(set(FILES) - {script.path for script in g.scripts}):
        yield _error(g, "scripts", "lacks", file=missing)
    for script in g.scripts:
        path = files.root / script.path
        if not path.is_file():
            yield _error(g, script.path, "missing", file=script.path)
        elif (found := sha256(path.read_bytes())) != script.sha256:
            yield _error(g, script.path, "changed", file=script.path, found=found, wanted=script.sha256)
        elif kind := FORMATS.get(path.name):
            yield from _format(g, kind, script.path, read_text(path))


def _format(g: Guidance, kind: type[Strict], path: str, text: str) -> Iterator[Finding]:
    try:
        parse_mapping(kind, text, path)
    except InvalidDocument as error:
        yield _error(g, path, "broken", file=path, rule=error.message)


def _proofs(g: Guidance) -> Iterator[Finding]:
    for receipt in g.receipts:
        if not receipt.passed:
            command = " ".join(receipt.command)
            yield _error(g, "receipts", "failed", command=command, rc=receipt.rc, tail=receipt.tail)
    shown = {word for receipt in g.receipts for word in receipt.command}
    scripts = {script.path for script in g.scripts if script.path.endswith((".sh", ".sbatch"))}
    for what in sorted({*scripts, _CHECK, _TORCHRUN} - shown):
        yield _error(g, "receipts", "unproven", what=what)
