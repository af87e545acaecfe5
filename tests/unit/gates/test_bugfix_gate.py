"""The gate of bugfix_report.md: what is said is held against what it says, and against the checkpoint on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.artifacts.base import sha256
from framework.artifacts.bugfix import CHECKS, Bugfix, Check, Checkpoint, Execution, ProbeRow, Problem
from framework.artifacts.build import BuildLog
from framework.artifacts.codec import encode
from framework.artifacts.files import ProjectFiles, write_text
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.requirements import Project
from framework.gates.bugfix import judge
from framework.messages import LANGUAGES, Lang

WEIGHTS = "outputs/run/checkpoints/step_000004/model.safetensors"
RAN = Execution(command=["python", "x.py"], rc=0, ended="exit", seconds=1.0, cpu_seconds=1.0, peak_bytes=1)


def receipt(rc: int = 0) -> CommandReceipt:
    return CommandReceipt(command=["python"], rc=rc, output_hash="", proved="1 passed", seconds=1.0, at="now")


def problem(**changes: object) -> Problem:
    found = Problem(
        signature="NameError-1", found="now", execution=RAN, error="NameError", message="name 'x' is not defined",
        log="NameError", where=None, why="", state="fixed", proof=RAN,
    )  # fmt: skip
    return found.model_copy(update=changes)


def sound(lang: Lang = "en") -> Bugfix:
    return Bugfix(
        project=Project(name="demo", title="Demo", language=lang),
        device="cpu", config="configs/mini.yaml", overrides=[], epoch=RAN, bounds=None, problems=[problem()],
        checks=[Check(name=name, passed=True, measured="1", wanted="1") for name in CHECKS],
        probes=[ProbeRow(name="update", passed=True, measured="1", limit="0", why="")], probed=receipt(),
        repaired=False, tests=[receipt()], measures=None,
        checkpoint=Checkpoint(path=WEIGHTS, sha256=sha256("weights"), step=4),
    )  # fmt: skip


def judged(root: Path, report: Bugfix) -> list[str]:
    files = ProjectFiles(root)
    write_text(root / WEIGHTS, "weights")
    write_text(files.report(Bugfix.FILE), encode(report, ""))
    return [finding.message for finding in judge(files).findings]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_sound_report_passes(tmp_path: Path, lang: Lang) -> None:
    assert judged(tmp_path, sound(lang)) == []


BAD = RAN.model_copy(update={"rc": 1})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"epoch": None}, "no epoch was run"),
        ({"epoch": BAD}, "did not succeed"),
        ({"epoch": RAN.model_copy(update={"ended": "timeout"})}, "did not succeed"),
        ({"problems": [problem(state="open", proof=None)]}, "a critical problem is open"),
        ({"problems": [problem(proof=None)]}, "no run proves it"),
        ({"checks": []}, "it was not checked"),
        ({"checks": [Check(name=n, passed=n != "steps", measured="1", wanted="4") for n in CHECKS]}, "wanted 4"),
        ({"probes": []}, "probes for silent bugs have not run"),
        ({"probed": None}, "probes for silent bugs have not run"),
        ({"probed": receipt(2)}, "the probes ended with 2"),
        ({"probes": [ProbeRow(name="shift", passed=False, measured="0", limit="1", why="off")]}, "probe shift"),
        ({"tests": []}, "not all tests"),
        ({"repaired": True}, "not all tests"),
        ({"tests": [receipt(1)]}, "1 passed"),
        ({"checkpoint": None}, "left no checkpoint"),
        ({"checkpoint": Checkpoint(path="outputs/gone", sha256="", step=4)}, "is gone"),
        ({"checkpoint": Checkpoint(path="../../etc/passwd", sha256="", step=4)}, "is gone"),
        ({"checkpoint": Checkpoint(path=WEIGHTS, sha256="0", step=4)}, "is another one"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    found = judged(tmp_path, sound().model_copy(update=changes))
    assert any(words in message for message in found)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_outcome_has_its_words(lang: Lang) -> None:
    from typing import get_args

    from framework.artifacts.bugfix import Bounds, Figure, Measures, Outcome, Place, Setting, Try

    tries = [
        Try(
            entry="x",
            kind="config",
            title="`a` | b",
            why="because",
            guess=True,
            diff="+```\n-x",
            outcome=outcome,
            settings=[Setting(file="f", key="k", old="1", new="2")],
            again="install",
            requirement="speed",
            commit="0123456789abcdef",
            reverted="fedcba9876543210",
            said=["no"],
        )
        for outcome in get_args(Outcome)
    ]
    place = Place(file="src/x.py", line=3, function="f", code="y = 1 / 0")
    measures = Measures(
        machine="box", threads=1, device="cpu", flops_per_s=5e10, training_share=0.7,
        figures=[Figure(name=name, predicted=2.0, measured=4.0, factor=2.0) for name in FIGURES],
    )  # fmt: skip
    ends = [RAN.model_copy(update={"ended": ended}) for ended in ("exit", "signal", "timeout", "memory")]
    report = sound(lang).model_copy(
        update={
            "problems": [problem(tries=tries, where=place, execution=end, state="open") for end in ends],
            "bounds": Bounds(network=False, memory_bytes=1 << 30, wall_s=60, level="partial", why="unshare"),
            "measures": measures,
            "warnings": ["UserWarning: slow"],
        }
    )
    body = report.body()
    assert "````diff\n+```\n-x\n````" in body
    assert "src/x.py:3" in body
    assert report.headline() in body


FIGURES = ("parameters", "memory_gb", "tokens_per_s", "seconds")


def test_probes_that_the_report_does_not_speak_of_have_not_passed(tmp_path: Path) -> None:
    log = BuildLog(project=sound().project, family="scratch", environment="", rows=[])
    write_text(ProjectFiles(tmp_path).report(BuildLog.FILE), encode(log, ""))

    (message,) = judged(tmp_path, sound())

    assert "causality" in message
    assert " update" not in message
