"""The mini dataset of the stage `environment`: its source and its columns are decided here, the project's own script
draws it, and what the script says is counted again."""

from __future__ import annotations

from agents.dataset.columns import QUESTION, ask, question
from agents.dataset.sources import SYNTHETIC, Source, config_of, remarks, rule_words, source_for
from framework.artifacts.env_check import EnvCheck
from framework.artifacts.mini_dataset import Drawn, MiniDataset, MiniFacts, Notice
from framework.artifacts.project_rules import Rules
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.tech import Tech
from framework.artifacts.venv_spec import VenvSpec
from framework.engines.base import Engine
from framework.errors import FoundryError
from framework.messages import say
from framework.runtime.mini_data import Wanted, compare, draw, draw_from_hub, explore, refuse_within
from framework.runtime.project_venvs import existing_project_venv
from framework.runtime.userdata import DataFacts
from framework.runtime.venvs import Venv
from framework.runtime.workspace import Workspace

Made = tuple[MiniFacts, CommandReceipt]


def run(workspace: Workspace, engine: Engine) -> None:
    """Draw it, look at it, and write mini_dataset.md; while the device is an open question there is nothing to do."""
    device = workspace.read(EnvCheck).device
    if not device:
        spec = workspace.read(VenvSpec)
        workspace.write(MiniDataset(project=spec.project, wanted=spec.mini.source))
        return
    workspace.write(make_mini(workspace, existing_project_venv(workspace.files.root, device), engine))


def make_mini(workspace: Workspace, venv: Venv, engine: Engine | None = None) -> MiniDataset:
    """Draw the mini dataset into data/mini and show it; without an engine the rule decides what is not clear."""
    spec, root = workspace.read(VenvSpec), workspace.files.root
    answer = workspace.answers.answers.get(QUESTION)
    data = workspace.user_data()
    facts, receipt = _decided(workspace, venv, spec, engine, data, answer.text if answer else None)
    workspace.announce("mini_data.exploring")
    return MiniDataset(
        project=spec.project,
        wanted=spec.mini.source,
        drawn=Drawn(
            facts=facts,
            data_digest=data.digest if data and facts.kind == "own" else "",
            overlap=compare(root, facts),
            receipt=receipt,
            exploration=explore(venv, root),
        ),
        questions=question(facts.columns, workspace.run.lang, answer),
    )


def _decided(
    workspace: Workspace, venv: Venv, spec: VenvSpec, engine: Engine | None, own: DataFacts | None, columns: str | None
) -> Made:
    """Draw from the source that counts. Where the columns leave a doubt, the engine may decide otherwise."""
    if own is not None:
        refuse_within(workspace.files.root, own.path)
    tech = workspace.read(Tech)
    downloads = workspace.read(Rules).enforced.downloads
    config, source = config_of(workspace.code()), source_for(tech, spec, own, downloads=downloads)
    workspace.announce("mini_data.drawing")
    facts, receipt = _drawn(workspace, venv, spec, config, source, columns)
    if engine is not None and not facts.columns.clear:
        chosen = engine.decide(ask(facts.columns)).columns
        if chosen in {option.columns for option in facts.columns.options} - {facts.columns.chosen}:
            again, receipt = _drawn(workspace, venv, spec, config, source, chosen)
            facts = again.model_copy(update={"columns": facts.columns.model_copy(update={"chosen": chosen})})
    if facts.config != config:
        raise FoundryError(f"{config} was asked for, and the mini dataset is for {facts.config}.")
    return _with_notices(facts, remarks(tech, own, downloads=downloads)), receipt


def _drawn(workspace: Workspace, venv: Venv, spec: VenvSpec, config: str, source: Source, columns: str | None) -> Made:
    """From the source; where the hub cannot be had in time, from what the project makes itself."""
    wanted = _wanted(spec, config, source, columns)
    root = workspace.files.root
    if source.kind != "hub":
        return draw(venv, root, wanted)
    workspace.announce("mini_data.asking_hub", source=spec.mini.source)
    if made := draw_from_hub(venv, root, wanted):
        return made
    facts, receipt = draw(venv, root, _wanted(spec, config, SYNTHETIC, None))
    why = say(workspace.run.lang, "mini_data.too_slow")
    return _with_notices(facts, [Notice(about="hub", fields={"source": spec.mini.source, "why": why})]), receipt


def _wanted(spec: VenvSpec, config: str, source: Source, columns: str | None) -> Wanted:
    said = (f"--columns={columns}",) if columns else ()
    return Wanted((*source.words, *said, "--config", config, *rule_words(spec.mini.rules)), source.places)


def _with_notices(facts: MiniFacts, more: list[Notice]) -> MiniFacts:
    return facts.model_copy(update={"notices": [*facts.notices, *more]})
