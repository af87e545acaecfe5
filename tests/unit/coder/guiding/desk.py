"""A project as the guidance meets it: requirements, technology and rendered code on disk, and the stage's workspace."""

from __future__ import annotations

import atexit
import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from agents.coder.guiding.amounts import Subject
from agents.coder.guiding.full_run import FULL, FullRun
from agents.coder.scratch.fill import fill
from framework.artifacts.codec import encode
from framework.artifacts.files import ProjectFiles, write_text
from framework.artifacts.ledger import now
from framework.artifacts.records import Answers, RunRecord, Settings
from framework.artifacts.requirements import Requirements
from framework.artifacts.tech import Tech
from framework.rendering.family import load_family
from framework.rendering.render import render
from framework.resources import parse_yaml, read_text
from framework.runtime.codetree import CodeTree
from framework.runtime.workspace import Workspace
from framework.workflow.skills import load_role
from tests.unit.coder.scratch.material import from_scratch, understood

SENTENCES = {
    "card_24": "train a small story model from scratch, 30M parameters, on one RTX 4090 24GB",
    "eight": "pretrain a 350M parameter language model from scratch on 8x A100 80GB with FineWeb-Edu",
    "cpu": "train a tiny language model from scratch on TinyStories, CPU only",
    "hours": "pretrain a 1B parameter model from scratch on 4x H100 within 24 hours",
    "chinese": "从零开始训练一个5000万参数的中文小模型，用一张RTX 3090，写儿童故事",
    "old_card": "train a 100M parameter language model from scratch on one V100",
}
COPIES = {name: f"specs/{name}" for name in ("ML.md", "VENV_CONFIG.md")}


@cache
def chosen(which: str) -> tuple[Requirements, Tech]:
    """What the sentence becomes."""
    wanted = understood(SENTENCES[which])
    tech = from_scratch(wanted)
    assert tech is not None
    return wanted, tech


@cache
def _rendered(which: str) -> Path:
    """The project with its reports, in git; made once for all tests, which work on copies."""
    root = Path(mkdtemp(prefix="guided-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    wanted, tech = chosen(which)
    render(load_family("scratch"), fill(wanted, tech, None, SENTENCES[which]).context, root)
    for name, path in COPIES.items():
        write_text(root / path, read_text(name))
    files = ProjectFiles(root)
    for report in (wanted, tech):
        write_text(files.report(report.FILE), encode(report))
    names = {"name": tech.project.name, "lang": tech.language, "request": SENTENCES[which]}
    files.write_run(RunRecord.model_validate(names | {"settings": Settings(), "created_at": now()}))
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(root)]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "project"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    return root


def project(which: str, root: Path) -> Workspace:
    """A copy of that project, and the stage's workspace on it."""
    shutil.copytree(_rendered(which), root)
    files = ProjectFiles(root)
    return Workspace(files, load_role("coder"), "guidance", files.read_run(), Answers(), lambda _: None, True)


def subject_of(which: str, **loop: object) -> Subject:
    """The run that the sentence's project is configured for, without rendering it; `loop` changes its training."""
    wanted, tech = chosen(which)
    context = fill(wanted, tech, None, SENTENCES[which]).context
    model, run, data = context.model, context.stages[0].full_run, context.stages[0].full_data
    written = {
        "model": model.model_dump(exclude={"latent", "n_experts", "dropout"}),
        "tokenizer": context.tokenizer.model_dump(),
        "data": data.model_dump(),
        "optimizer": {"params": {"lr": run.lr}},
        "scheduler": {"warmup_steps": run.warmup_steps},
        "training": {
            **run.model_dump(include={"batch_size", "accumulate", "epochs", "max_steps", "save_every"}),
            **loop,
        },
    }
    assert tech.choice is not None
    return Subject(FullRun.model_validate(written), tech.choice, tech.machines[0].count, tech.language)


def family_run(name: str = FULL) -> FullRun:
    """A configuration of the template as it lies."""
    text = read_text(f"templates/scratch/project/{name}")
    return FullRun.model_validate(parse_yaml(text))


def edited(workspace: Workspace, path: str, text: str) -> CodeTree:
    """The project after a person has changed a file."""
    write_text(workspace.files.root / path, text)
    return workspace.code()
