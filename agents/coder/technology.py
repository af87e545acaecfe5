"""Stage technology: models, data and machines are worked out and compared, and one candidate is recommended."""

from __future__ import annotations

from collections.abc import Sequence

from agents.coder.beyond import beyond_the_catalog
from agents.coder.finalists import Judged, finalists, judged
from agents.coder.findings import Findings
from agents.coder.machines import Hardware, hardware_for
from agents.coder.need import Need, read_need
from agents.coder.options import Told, options_for, proposed_options
from agents.coder.plan import Workshop
from agents.coder.policy import Policy
from agents.coder.recommend import Card, Choice, recommend, sheet_of
from agents.coder.report import write_report
from agents.coder.scoring import level_of
from agents.coder.sizes import size_in
from framework.artifacts.requirements import Requirements
from framework.artifacts.tech import Tech
from framework.artifacts.tech_figures import gb, hours, money
from framework.engines.base import Engine
from framework.runtime.userdata import DataFacts
from framework.runtime.workspace import Workspace

SPEC = "ML.md"
_WISHES = ("base_model", "params", "method", "dataset", "hardware.gpu", "time_limit_h", "budget_usd", "license")


def run(workspace: Workspace, engine: Engine) -> None:
    """Read requirements.md and ML.md, write tech.md."""
    wanted = workspace.read(Requirements)
    policy = workspace.spec(SPEC).parse(Policy)
    workspace.announce("technology.computing")
    workspace.write(choose(wanted, policy, engine, workspace.user_data()))


def choose(wanted: Requirements, policy: Policy, engine: Engine, facts: DataFacts | None = None) -> Tech:
    """The technology for the requirements. `facts` are those of the data given by `--data`."""
    need = read_need(wanted, policy, facts)
    hardware = hardware_for(need, policy)
    workshop = Workshop(need, policy)
    told = beyond_the_catalog(engine, need)
    ranked = _on_best_machine(workshop, hardware, told)
    chosen = finalists(_with_proposed(ranked, workshop, told), need, policy)
    decision, stands = recommend(engine, _choice(need, policy, chosen))
    by_name = {one.name: one for one in chosen}
    ordered = [by_name[name] for name in decision.order]
    known = Findings(workshop, hardware, ranked, ordered, by_name[decision.recommended])
    return write_report(known, decision, overruled=not stands)


def _with_proposed(ranked: list[Judged], workshop: Workshop, told: Sequence[Told]) -> list[Judged]:
    """What was proposed is worked out on the machine that suits the others."""
    drafts = [workshop.draft(option, ranked[0].draft.machine) for option in proposed_options(workshop.need, told)]
    proposed = judged(workshop.need, workshop.policy, drafts)
    return sorted([*ranked, *proposed], key=lambda one: one.place)


def _on_best_machine(workshop: Workshop, hardware: Hardware, told: Sequence[Told]) -> list[Judged]:
    """Where the machine is open, the first of the usual ones on which something works that is worth having."""
    options = options_for(workshop.need, workshop.policy, told)
    tries = []
    for machine in hardware.machines:
        drafts = [workshop.draft(option, machine) for option in options]
        ranked = judged(workshop.need, workshop.policy, drafts)
        if not ranked[0].stops and _as_wished(ranked[0], workshop.need):
            return ranked
        tries.append(ranked)
    return min(tries, key=lambda ranked: (len(ranked[0].stops), -ranked[0].score))


def _as_wished(best: Judged, need: Need) -> bool:
    computable = [entry for entry in need.named if entry.model or size_in(entry.text)]
    return best.draft.option.named or not computable


def _choice(need: Need, policy: Policy, chosen: list[Judged]) -> Choice:
    items = [item for slot in _WISHES if (item := need.wanted.item(slot)) and item.provenance != "defaulted"]
    wishes = {item.slot: need.wanted.text(item.slot) or "" for item in items}
    cards = [
        Card(
            name=one.name,
            objective=one.draft.option.objective,
            method=one.draft.option.method,
            params=one.draft.option.params,
            named_by_user=one.draft.option.named,
            proposed=one.draft.option.told is not None,
            figures=_figures(need, one),
            stops=[conflict.key for conflict in one.stops],
            warnings=[conflict.key for conflict in one.conflicts if conflict.severity == "warning"],
            parts=one.parts,
            score=one.score,
            excess=one.excess,
            level=level_of(policy, one.draft),
        )
        for one in chosen
    ]
    return Choice(
        task=need.task, objective=need.objective, lang=need.lang, wishes=wishes, cards=cards, sheet=sheet_of(cards)
    )


def _figures(need: Need, one: Judged) -> str:
    """In the words of the report, so that whoever reads them can repeat them."""
    figures = one.draft.figures
    parts = [f"train {gb(figures.train_vram_gb)} GB", f"serve {gb(figures.infer_vram_gb)} GB"]
    return ", ".join([*parts, hours(need.lang, figures.wall_hours), money(figures.cost_usd)])
