"""The stages as a LangGraph state machine: per stage a worker, a gate and, where a human is asked, a question node.

State is JSON primitives only; what counts is on disk. A node returns what happened and a declared path map says where
that leads, so that a typing error in a route fails at compile time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Protocol, TypedDict

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import interrupt

from framework.artifacts.base import sha256
from framework.artifacts.files import ProjectFiles
from framework.workflow.machine import Machine
from framework.workflow.table import Stage


class State(TypedDict):
    """Where the run is; nothing here is needed to know what is done."""

    stage: str
    happened: str


Graph = CompiledStateGraph[State, None, State, State]


class Node(Protocol):
    """What happens at one place of the graph."""

    def __call__(self, state: State) -> State:
        """Act, and say what happened."""


BEGIN: State = {"stage": "", "happened": "begun"}


def build(machine: Machine, saver: BaseCheckpointSaver[str] | None = None, until: str | None = None) -> Graph:
    """The graph over the machine's stages; it ends after `until`."""
    graph = StateGraph(State)
    names = [stage.name for stage in machine.stages]
    for index, stage in enumerate(machine.stages):
        following = END if stage.name == until or stage is machine.stages[-1] else names[index + 1]
        _add_stage(graph, machine, stage, following)
    entries: dict[Hashable, str] = {name: name for name in names}
    graph.add_conditional_edges(START, lambda _: _entry(machine, until), {**entries, "done": END})
    return graph.compile(checkpointer=saver)


def _entry(machine: Machine, until: str | None) -> str:
    stage = machine.entry(until)
    return stage.name if stage else "done"


def _add_stage(graph: StateGraph[State, None, State, State], machine: Machine, stage: Stage, following: str) -> None:
    gate = gate_node(stage)
    worked = gate
    graph.add_node(stage.name, _worker(machine, stage))
    graph.add_node(gate, _gate(machine, stage))
    if stage.check_answer:
        worked = question_node(stage)
        graph.add_node(worked, _question(machine, stage))
        graph.add_conditional_edges(worked, _happened, {"settled": gate, "answered": stage.name})
    graph.add_conditional_edges(stage.name, _happened, {"worked": worked, "fresh": following})
    graph.add_conditional_edges(gate, _happened, {"passed": following, "failed": END, "tried": END})


def gate_node(stage: Stage) -> str:
    """The name of the node that judges the stage."""
    return f"{stage.name}_gate"


def question_node(stage: Stage) -> str:
    """The name of the node that waits for a human."""
    return f"{stage.name}_questions"


def _happened(state: State) -> str:
    return state["happened"]


def _worker(machine: Machine, stage: Stage) -> Node:
    def work(state: State) -> State:
        return {"stage": stage.name, "happened": "worked" if machine.work(stage) else "fresh"}

    return work


def _question(machine: Machine, stage: Stage) -> Node:
    def ask(state: State) -> State:
        # After the interrupt this node runs again from its top; before it there is nothing but a read.
        if open_now := machine.open_questions(stage):
            interrupt([question.id for question in open_now])
        return {"stage": stage.name, "happened": "settled" if machine.answers_are_in(stage) else "answered"}

    return ask


def _gate(machine: Machine, stage: Stage) -> Node:
    def judge(state: State) -> State:
        if not machine.judge(stage).passed:
            return {"stage": stage.name, "happened": "failed"}
        # Code edited by hand was tried before the stages that judge it: they come next, from the beginning.
        return {"stage": stage.name, "happened": "passed" if machine.is_fresh(stage) else "tried"}

    return judge


def topology(graph: Graph) -> str:
    """A hash of the nodes and edges: a cursor of another topology is not followed."""
    return sha256(graph.get_graph().draw_mermaid())[:12]


def mermaid() -> str:
    """The workflow as a drawing."""
    return build(_idle_machine(Path.cwd())).get_graph().draw_mermaid()


async def studio(config: dict[str, Any]) -> Graph:
    """For LangGraph Studio, which brings its own checkpointer: the graph over the project in its configuration."""
    root = Path(config.get("configurable", {}).get("project", "."))
    return await asyncio.to_thread(lambda: build(_idle_machine(root)))  # its event loop forbids reading files


def _idle_machine(root: Path) -> Machine:
    return Machine(ProjectFiles(root.resolve()), listener=lambda _: None)
