"""`foundry stages` and `foundry graph`: the workflow as a table and as a drawing."""

from __future__ import annotations

from framework.cli.options import AsJson


def stages(as_json: AsJson = False) -> None:
    """Show the stages as a table."""
    from framework.cli.console import Console
    from framework.workflow.table import STAGES

    console = Console(as_json=as_json)
    rows = [
        {
            "name": stage.name,
            "agents": list(stage.agents),
            "steps": list(stage.steps),
            "reads": [kind.FILE for kind in stage.reads],
            "specs": list(stage.specs),
            "writes": [kind.FILE for kind in stage.writes],
            "gate": _first_line(stage.gate.__doc__),
            "asks": stage.check_answer is not None,
        }
        for stage in STAGES
    ]
    if as_json:
        console.document({"stages": rows})
        return
    console.table(
        [
            [(str(row["name"]), "bold cyan"), *(_joined(row[key]) for key in ("agents", "reads", "writes", "gate"))]
            for row in rows
        ],
        headers=[console.word(f"cli.column_{name}") for name in ("stage", "agents", "reads", "writes", "gate")],
    )


def graph() -> None:
    """Print the workflow as a Mermaid drawing."""
    from framework.cli.console import Console
    from framework.workflow.graph import mermaid

    Console().raw(mermaid())


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]


def _joined(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
