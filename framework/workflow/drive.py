"""One drive of the graph: go on from LangGraph's cursor where it agrees with the receipts, else begin a new thread."""

from __future__ import annotations

from langchain_core.runnables import RunnableConfig

from framework.workflow.cursor import forget_threads, newest_thread, open_cursor
from framework.workflow.graph import BEGIN, Graph, build, gate_node, question_node, topology
from framework.workflow.machine import Machine
from framework.workflow.table import Stage


def drive(machine: Machine, until: str | None) -> None:
    """Run the graph until it ends or a question stops it. What came of it is read from the receipts, not from here."""
    with open_cursor(machine.files.cursor, machine.listener) as saver:
        graph = build(machine, saver, until)
        prefix = f"run:{topology(graph)}:"
        number = newest_thread(saver, prefix)
        if number and _agrees(graph, _config(prefix, number), machine.entry(until), machine):
            graph.invoke(None, _config(prefix, number), durability="sync")
            return
        forget_threads(saver)
        graph.invoke(BEGIN, _config(prefix, number + 1), durability="sync")


def _config(prefix: str, number: int) -> RunnableConfig:
    return {"configurable": {"thread_id": f"{prefix}{number}"}}


def _agrees(graph: Graph, config: RunnableConfig, entry: Stage | None, machine: Machine) -> bool:
    """Whether the cursor stands at a node of the stage at which the receipts say that work goes on."""
    if entry is None:
        return False
    ready = graph.get_state(config).next
    if ready == (entry.name,):
        return True
    return ready in [(gate_node(entry),), (question_node(entry),)] and machine.has_work(entry)
