"""The gate reads everything back from disk; and what a person has edited in deploy/train stays theirs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.coder.guidance import advise, guidance_of, scripts_for
from agents.coder.guiding.full_run import FULL
from agents.coder.guiding.standing import compared
from framework.artifacts.base import sha256
from framework.artifacts.codec import encode
from framework.artifacts.files import write_text
from framework.artifacts.guidance import DEPLOY, Guidance
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.records import Verdict
from framework.gates.guidance import judge
from framework.runtime.workspace import Workspace
from tests.unit.coder.guiding.desk import edited, project

OWN = f"{DEPLOY}/own_machine.sh"
JOB = f"{DEPLOY}/kubernetes_pytorchjob.yaml"


def _receipt(*command: str, rc: int = 0) -> CommandReceipt:
    return CommandReceipt(command=list(command), rc=rc, output_hash="", proved=f"exit {rc}", seconds=0.1, at="now")


def _written(workspace: Workspace, previous: Guidance | None = None) -> Guidance:
    """What the stage writes, with receipts that say that all went well."""
    tree = workspace.code()
    found = advise(workspace, tree, None)
    standing = compared(scripts_for(workspace, tree, found), tree, previous)
    workspace.put(standing.written, "scripts", over=tree)
    scripts = [path for path in standing.texts if path.endswith((".sh", ".sbatch"))]
    receipts = [_receipt("bash", "-n", path) for path in scripts]
    receipts += [_receipt("python", f"{DEPLOY}/check_commands.py"), _receipt("torchrun", "main.py")]
    return guidance_of(found, standing, receipts)


def _judged(workspace: Workspace, guidance: Guidance) -> Verdict:
    write_text(workspace.files.report(guidance.FILE), encode(guidance))
    return judge(workspace.files)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Guidance]:
    workspace = project("hours", tmp_path_factory.mktemp("guided") / "hours")
    return workspace, _written(workspace)


def test_what_the_stage_writes_passes(made: tuple[Workspace, Guidance]) -> None:
    workspace, guidance = made
    assert _judged(workspace, guidance).findings == []


def test_more_cards_than_sequences_are_spoken_of(tmp_path: Path) -> None:
    workspace = project("card_24", tmp_path / "p")
    config = (workspace.files.root / FULL).read_text()
    config = re.sub("batch_size: [0-9]+", "batch_size: 2", re.sub("accumulate: [0-9]+", "accumulate: 1", config))
    edited(workspace, FULL, config)
    guidance = _written(workspace)
    assert "8 sequences instead of 2" in guidance.body()
    assert "16 sequences instead of 2" in guidance.body()
    assert _judged(workspace, guidance).findings == []


def test_the_same_step_everywhere_needs_no_word(made: tuple[Workspace, Guidance]) -> None:
    assert "sequences instead of" not in made[1].body()


def test_the_report_speaks_of_the_users_limit_and_of_too_little_data(made: tuple[Workspace, Guidance]) -> None:
    """1B parameters within 24 h on TinyStories: the time is kept, and the data is a tenth of what the size wants."""
    _, guidance = made
    assert any("24 h" in line and "kept" in line for line in guidance.limits)
    assert "of what is best for this size" in guidance.body()
    assert guidance.body().count("[Source: ") >= 10


def _plan(guidance: Guidance, **update: Any) -> Guidance:
    return guidance.model_copy(update={"plans": [guidance.plans[0].model_copy(update=update), *guidance.plans[1:]]})


def _unexplained(guidance: Guidance) -> Guidance:
    """Another number of tokens, carried through, but with no word about it."""
    plan = guidance.plans[0].model_copy(update={"tokens": 10})
    rows = [
        row.model_copy(update={"here": (10.0, 10.0), "why": " "}) if row.figure == "tokens" else row
        for row in guidance.differences
    ]
    return guidance.model_copy(update={"plans": [plan, *guidance.plans[1:]], "differences": rows})


MUTATIONS: dict[str, tuple[Callable[[Guidance], Guidance], str]] = {
    "a figure was changed": (lambda g: _plan(g, wall_hours=(1.0, 2.0)), "is not what the guidance and tech.md say"),
    "a difference is missing": (lambda g: g.model_copy(update={"differences": []}), "is not what"),
    "nothing explains it": (_unexplained, "nothing explains it"),
    "another candidate": (lambda g: g.model_copy(update={"candidate": "Else"}), "which tech.md does not have"),
    "a rate beyond the search": (lambda g: _plan(g, learning_rate=3 * g.schedule.rate.high), "as the guidance itself"),
    "more than a card": (lambda g: _plan(g, memory_gb=500.0), "do not fit into"),
    "no such script": (lambda g: g.model_copy(update={"scripts": g.scripts[1:]}), "The guidance has no"),
    "a proof failed": (
        lambda g: g.model_copy(update={"receipts": [*g.receipts, _receipt("torchrun", rc=1)]}),
        "`torchrun` ended with 1",
    ),
    "a proof is missing": (
        lambda g: g.model_copy(update={"receipts": g.receipts[:-1]}),
        "Nothing shows that torchrun works",
    ),
}


@pytest.mark.parametrize("which", MUTATIONS)
def test_the_gate_sees_it(which: str, made: tuple[Workspace, Guidance]) -> None:
    workspace, guidance = made
    change, words = MUTATIONS[which]
    verdict = _judged(workspace, change(guidance))
    assert not verdict.passed
    assert any(words in finding.message for finding in verdict.findings)


@pytest.mark.parametrize(
    ("path", "change", "words"),
    [
        (OWN, lambda text: text + "# mine\n", "was changed after the guidance was written"),
        (JOB, None, "is missing"),
    ],
)
def test_the_gate_looks_at_the_files(
    path: str, change: Callable[[str], str] | None, words: str, tmp_path: Path
) -> None:
    workspace = project("card_24", tmp_path / "p")
    guidance = _written(workspace)
    place = workspace.files.root / path
    if change is None:
        place.unlink()
    else:
        place.write_text(change(place.read_text()))
    assert words in "".join(finding.message for finding in _judged(workspace, guidance).findings)


def test_an_edited_file_stays_and_the_new_one_is_in_the_report(tmp_path: Path) -> None:
    workspace = project("card_24", tmp_path / "p")
    first = _written(workspace)
    mine = (workspace.files.root / OWN).read_text().replace("training.batch_size=128", "training.batch_size=99")
    edited(workspace, OWN, mine)
    second = _written(workspace, previous=first)
    assert (workspace.files.root / OWN).read_text() == mine
    (kept,) = [script for script in second.scripts if script.edited]
    assert kept.path == OWN
    assert "-  training.batch_size=99" in kept.diff
    assert "+  training.batch_size=128" in kept.diff
    assert _judged(workspace, second).passed
    third = _written(workspace, previous=second)  # and it stays so however often it is run
    assert [script.path for script in third.scripts if script.edited] == [OWN]


def test_an_own_file_that_was_there_before_the_stage_stays(tmp_path: Path) -> None:
    workspace = project("card_24", tmp_path / "p")
    edited(workspace, OWN, "#!/usr/bin/env bash\necho mine\n")
    assert [script.path for script in _written(workspace).scripts if script.edited] == [OWN]


def test_an_untouched_file_follows_the_configuration(tmp_path: Path) -> None:
    workspace = project("card_24", tmp_path / "p")
    first = _written(workspace)
    config = workspace.files.root / "configs/pretrain/full.yaml"
    edited(workspace, "configs/pretrain/full.yaml", config.read_text().replace("lr: 0.001", "lr: 0.0007"))
    second = _written(workspace, previous=first)
    assert not any(script.edited for script in second.scripts)
    assert "optimizer.params.lr=0.0007" in (workspace.files.root / OWN).read_text()
    assert _judged(workspace, second).passed
    rate = next(row for row in second.differences if row.figure == "learning_rate")
    assert "0.0007" in rate.why


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (JOB, "kind: PyTorchJob", "kind: Job"),
        (f"{DEPLOY}/skypilot.yaml", "num_nodes: 1", "num_nodes: one"),
        (f"{DEPLOY}/predictions.json", '"advised": ', '"advised" '),
    ],
)
def test_an_edited_manifest_is_held_against_its_format(path: str, old: str, new: str, tmp_path: Path) -> None:
    workspace = project("card_24", tmp_path / "p")
    first = _written(workspace)
    text = (workspace.files.root / path).read_text()
    assert old in text
    edited(workspace, path, text.replace(old, new))
    second = _written(workspace, previous=first)
    verdict = _judged(workspace, second)
    assert any("does not hold against its format" in finding.message for finding in verdict.findings)


def test_hashes_are_of_what_stands(made: tuple[Workspace, Guidance]) -> None:
    workspace, guidance = made
    for script in guidance.scripts:
        assert script.sha256 == sha256((workspace.files.root / script.path).read_bytes())
