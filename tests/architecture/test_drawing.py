"""The workflow as others see it: the drawing in docs/ and the graph for LangGraph Studio."""

from __future__ import annotations

import asyncio
import json
from importlib import import_module
from inspect import iscoroutinefunction

from langgraph.graph.state import CompiledStateGraph

from framework.workflow.graph import mermaid
from framework.workflow.table import STAGES
from tests.architecture.house import ROOT


def test_the_drawing_in_docs_is_the_graph_that_runs() -> None:
    page = (ROOT / "docs/workflow.md").read_text(encoding="utf-8")
    drawn = page.partition("<!-- graph:begin -->")[2].partition("<!-- graph:end -->")[0]
    assert drawn.strip() == f"```mermaid\n{mermaid().strip()}\n```", "out of date: run `make drawing`"


def test_langgraph_studio_finds_a_graph_that_it_can_open() -> None:
    settings = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))
    file, _, attribute = settings["graphs"]["foundry"].partition(":")
    assert (ROOT / file).is_file()
    factory = getattr(import_module(file.removeprefix("./").removesuffix(".py").replace("/", ".")), attribute)
    assert iscoroutinefunction(factory), "the Studio calls it on its event loop and forbids reading files there"
    graph = asyncio.run(factory({"configurable": {"project": str(ROOT)}}))
    assert isinstance(graph, CompiledStateGraph)
    assert graph.checkpointer is None, "the Studio brings its own"
    assert {stage.name for stage in STAGES} <= graph.get_graph().nodes.keys()


def test_the_table_of_stages_in_the_specs_says_which_exist() -> None:
    rows = (line.split("|") for line in (ROOT / "specs/workflow.md").read_text(encoding="utf-8").splitlines())
    existing = [cells[1].strip(" `") for cells in rows if len(cells) == 7 and cells[5].strip() == "yes"]
    assert existing == [stage.name for stage in STAGES]
