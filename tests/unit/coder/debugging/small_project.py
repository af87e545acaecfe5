"""A project without PyTorch that runs like a real one: it trains, evaluates, saves, can be probed, and has tests."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from textwrap import dedent

from agents.coder.debugging.attempts import Mending
from agents.coder.debugging.playbook import Playbook
from agents.coder.debugging.training import Job
from framework.artifacts.base import sha256
from framework.artifacts.document import parse_mapping
from framework.artifacts.files import ProjectFiles
from framework.artifacts.ledger import now
from framework.artifacts.project_rules import Enforced
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.records import Answer, Answers, RunRecord, Settings
from framework.runtime import history
from framework.runtime.events import Event
from framework.runtime.probing import Finding, Probed
from framework.runtime.restricted import Limits, run_restricted
from framework.runtime.venvs import Venv
from framework.runtime.workspace import Workspace
from framework.workflow.skills import load_role

HERE = Venv(Path(sys.prefix), "tests")
LIMITS = Limits(wall_s=30, memory_bytes=1 << 30)
CONFIG = "configs/mini.yaml"

FILES = {
    "configs/mini.yaml": """
        model: {context_length: 4}
        training: {batch_size: 2, accumulate: 1}
        rate: 0.5
    """,
    "src/small/__init__.py": "",
    "src/small/model.py": '''
        """A model of one number."""


        def loss_of(weight: float, rate: float) -> float:
            """It falls as the weight grows."""
            return 1.0 / (weight + rate)


        def next_weight(weight: float) -> float:
            return weight + 1.0
    ''',
    "src/small/run.py": '''
        """One epoch, written down as a real run is."""

        import hashlib
        import json
        import time
        from pathlib import Path

        import yaml

        from small.model import loss_of, next_weight

        ROWS = 8


        def train(config: dict) -> None:
            number = len(list(Path("outputs").glob("*"))) if Path("outputs").exists() else 0
            folder = Path("outputs") / f"run_{number:03d}"
            folder.mkdir(parents=True)
            (folder / "config.yaml").write_text(yaml.safe_dump(config))
            (folder / "data.json").write_text(json.dumps({"train": {"rows": ROWS}}))
            (folder / "environment.json").write_text(json.dumps({"threads": 1}))
            steps = ROWS // config["training"]["batch_size"]
            weight = 1.0
            with (folder / "metrics.jsonl").open("w") as metrics:
                for step in range(1, steps + 1):
                    loss = loss_of(weight, config["rate"])
                    weight = next_weight(weight)
                    tokens = step * config["training"]["batch_size"] * config["model"]["context_length"]
                    speed = tokens / time.perf_counter()
                    line = {"step": step, "loss": loss, "tokens": tokens, "tokens_per_second": speed}
                    metrics.write(json.dumps(line) + "\\n")
                    print(f"step {step}/{steps}")
                metrics.write(json.dumps({"step": steps, "val_loss": loss_of(weight, config["rate"])}) + "\\n")
            save(folder / "checkpoints" / f"step_{steps:06d}", weight)


        def save(folder: Path, weight: float) -> None:
            folder.mkdir(parents=True)
            header = json.dumps({"w": {"shape": [1]}}).encode()
            data = len(header).to_bytes(8, "little") + header + str(weight).encode()
            (folder / "model.safetensors").write_bytes(data)
            manifest = {"model.safetensors": hashlib.sha256(data).hexdigest()}
            (folder / "manifest.json").write_text(json.dumps(manifest))
    ''',
    "scripts/train.py": """
        import sys
        from pathlib import Path

        import yaml

        from small.run import train

        if __name__ == "__main__":
            train(yaml.safe_load(Path(sys.argv[sys.argv.index("--config") + 1]).read_text()))
    """,
    "scripts/generate.py": """
        import sys
        from pathlib import Path

        print(Path(sys.argv[sys.argv.index("--checkpoint") + 1], "model.safetensors").read_bytes()[-3:])
    """,
    "scripts/probe.py": """
        import json
        import sys
        from pathlib import Path

        from small.model import next_weight

        moves = next_weight(1.0) > 1.0
        Path(sys.argv[1]).write_text(json.dumps([{"name": "update", "passed": moves, "why": "the weight stays"}]))
        sys.exit(0 if moves else 1)
    """,
    "tests/test_model.py": """
        import pytest

        from small.model import loss_of, next_weight

        @pytest.mark.fast
        def test_loss() -> None:
            assert loss_of(1.0, 1.0) == 0.5

        @pytest.mark.fast
        def test_next() -> None:
            assert next_weight(1.0) == 2.0
    """,
    "pyproject.toml": """
        [project]
        name = "small"
        [tool.pytest.ini_options]
        markers = ["fast: quick"]
        addopts = "-p no:hypothesispytest -p no:anyio"
    """,
    ".gitignore": "outputs/\n__pycache__/\n",
}


def make(root: Path, **broken: tuple[str, str, str]) -> Workspace:
    """The project as it was proven, and then with bugs: (file, what stands there, what stands there instead)."""
    files = ProjectFiles(root)
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(dedent(text).lstrip(), encoding="utf-8")
    history.begin(files)
    history.record(files, "venv-spec: passed")
    for file, old, new in broken.values():
        text = (root / file).read_text(encoding="utf-8")
        assert old in text
        (root / file).write_text(text.replace(old, new), encoding="utf-8")
    told: list[Event] = []
    run = RunRecord(name="small", lang="en", request="x", settings=Settings(), created_at=now())
    return Workspace(files, load_role("coder"), "debug", run, Answers(), told.append)


def answering(workspace: Workspace, **given: str) -> Workspace:
    """The same with answers; `_` stands for a dot in the question's id."""
    answers = {name.replace("__", "."): Answer(text=text, source="set", round=0) for name, text in given.items()}
    return Workspace(
        workspace.files, workspace.role, workspace.stage, workspace.run, Answers(answers=answers), workspace.listener
    )


def mending(workspace: Workspace, playbook: str = "entries: []", enforced: Enforced | None = None) -> Mending:
    """The stage's loop over the project."""
    return Mending(
        job=Job(workspace, HERE, partial(probe, workspace.files.root), CONFIG, (), LIMITS),
        playbook=parse_mapping(Playbook, f"{LIMITS_OF_PLAYBOOK}\n{dedent(playbook)}", "DEBUG_CODE.md"),
        proven=workspace.proven(),
        enforced=enforced or Enforced(),
        remake=lambda what: HERE,
    )


LIMITS_OF_PLAYBOOK = "limits: {attempts: 6, per_failure: 4, seconds: 60, memory_gib: 1}"


def probe(root: Path, venv: Venv, words: Sequence[str], limits: Limits) -> Probed:
    """The small project's own probes."""
    report = root / "outputs" / "probe.json"
    report.parent.mkdir(exist_ok=True)
    ran = run_restricted(venv, root, ["python", "scripts/probe.py", str(report)], limits)
    rows = parse_rows(report) if report.is_file() else []
    receipt = CommandReceipt(
        command=["python", "scripts/probe.py", *words],
        rc=ran.rc,
        output_hash=sha256(str(rows)),
        proved="",
        seconds=ran.seconds,
        at=now(),
    )
    return Probed(ran, rows, receipt)


def parse_rows(report: Path) -> list[Finding]:
    """What the probes have written down."""
    import json

    return [Finding.model_validate(row) for row in json.loads(report.read_text(encoding="utf-8"))]
