"""The gate of venv.md: what it says of files is held against the files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from framework.artifacts.base import sha256
from framework.artifacts.codec import encode
from framework.artifacts.files import ProjectFiles, write_text
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.requirements import Project
from framework.artifacts.venv_spec import COPIES, REQUIREMENTS, MiniData, MiniRules, RequirementSet, SpecCopy, VenvSpec
from framework.errors import FoundryError
from framework.gates.venv_spec import judge
from framework.messages import LANGUAGES, Lang

GOOD = f"# for tests\nidna==3.2 ; python_version >= '3' \\\n    --hash=sha256:{'a' * 64}\n"
RULES = MiniRules(most_rows=100, tokens=1000, seed=1, shares={"train": 0.9, "validation": 0.1}, least_per_class=2)


def receipt(rc: int = 0) -> CommandReceipt:
    command = ["uv", "pip", "install", "--dry-run"]
    return CommandReceipt(
        command=command, rc=rc, output_hash="x", proved="resolves", tail="no such", seconds=1, at="now"
    )


def described(kind: Any, text: str = GOOD, **changes: Any) -> RequirementSet:
    fields: dict[str, Any] = {"kind": kind, "file": REQUIREMENTS[kind], "sha256": sha256(text), "packages": 1}
    fields |= {"platform": "any", "torch": "", "origin": "configured", "direct": ["idna"], "receipt": receipt()}
    return RequirementSet(**fields | changes)


def make(root: Path, lang: Lang = "en", text: str = GOOD, **changes: Any) -> ProjectFiles:
    """A project whose files are as venv.md says; `text` is what stands in requirements-cpu.txt."""
    files = ProjectFiles(root)
    texts = {REQUIREMENTS["cpu"]: text, REQUIREMENTS["gpu"]: GOOD, REQUIREMENTS["dev"]: GOOD}
    for name, content in (texts | {file: f"# {file}\n" for file in COPIES.values()}).items():
        write_text(root / name, content)
    fields: dict[str, Any] = {
        "project": Project(name="demo", title="Demo", language=lang),
        "python_wanted": ["3.12"],
        "python": "3.12",
        "resolved_by": "uv",
        "indexes": [],
        "requirements": [described("cpu", text), described("gpu"), described("dev")],
        "optional_extras": [],
        "recipes": [],
        "mini": MiniData(source="s", license="MIT", split="train", classes=False, rules=RULES),
        "copies": [SpecCopy(name=name, file=file, sha256=sha256(f"# {file}\n")) for name, file in COPIES.items()],
    }
    write_text(files.report("venv.md"), encode(VenvSpec(**fields | changes), ""))
    return files


def where(files: ProjectFiles) -> list[str]:
    return [finding.where for finding in judge(files).findings]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_as_described_passes(tmp_path: Path, lang: Lang) -> None:
    assert judge(make(tmp_path, lang)).findings == []


@pytest.mark.parametrize("name", [*REQUIREMENTS.values(), *COPIES.values()])
def test_a_missing_and_a_changed_file_are_named(tmp_path: Path, name: str) -> None:
    files = make(tmp_path)
    write_text(tmp_path / name, "changed\n")
    assert where(files) == [name]
    assert "SHA-256" in judge(files).findings[0].message
    (tmp_path / name).unlink()
    assert [finding.message for finding in judge(files).findings] == [f"{name} is missing."]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("idna>=3\n", "not pinned to one version: idna>=3"),
        (f"idna==3.* --hash=sha256:{'a' * 64}\n", "not pinned to one version"),
        ("idna @ file:///elsewhere/idna.whl\n", "not pinned"),
        ("--find-links /elsewhere/wheels\n" + GOOD, "not pinned to one version: --find-links"),
        ("idna==3.2\n", "no hash for idna"),
        (GOOD.replace("idna", "other"), "does not hold idna"),
        ("", "does not hold idna"),
    ],
)
def test_a_file_that_pins_too_little_fails(tmp_path: Path, text: str, words: str) -> None:
    messages = [finding.message for finding in judge(make(tmp_path, text=text)).findings]
    assert any(words in message for message in messages), messages


def test_a_file_that_does_not_resolve_fails(tmp_path: Path) -> None:
    sets = [described("cpu", receipt=receipt(rc=1)), described("gpu"), described("dev")]
    (finding,) = judge(make(tmp_path, requirements=sets)).findings
    assert finding.where == "requirements-cpu.txt"
    assert "ended with 1. no such" in finding.message


def test_a_set_and_a_copy_that_are_not_described_are_missed(tmp_path: Path) -> None:
    files = make(tmp_path, requirements=[described("cpu"), described("dev")], copies=[])
    assert where(files) == ["requirements", *["copies"] * len(COPIES)]


def test_an_artifact_that_is_not_there_or_points_elsewhere_is_refused(tmp_path: Path) -> None:
    files = make(tmp_path)
    report = files.report("venv.md")
    text = report.read_text(encoding="utf-8")
    write_text(report, text.replace("file: specs/ML.md", "file: ../../ML.md"))
    with pytest.raises(FoundryError, match=r"venv\.md"):
        judge(files)
    report.unlink()
    with pytest.raises(FoundryError, match=r"venv\.md"):
        judge(files)
