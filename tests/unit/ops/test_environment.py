"""Stage environment in a small project: real environments of small wheels, imported for real."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from agents.ops.check_environment import run as check
from agents.ops.environment import read_device, run
from agents.ops.venv_spec import run as specify
from framework.artifacts.codec import decode, encode
from framework.artifacts.env_check import EnvCheck
from framework.artifacts.files import ProjectFiles, read_text, write_text
from framework.artifacts.records import Answer, Answers, Device
from framework.artifacts.requirements import Item, Project, Requirements
from framework.engines.expert import ExpertEngine
from framework.errors import MissingOutside, UsageError
from framework.gates.environment import findings
from framework.messages import LANGUAGES, Lang
from framework.runtime.env_facts import site_packages
from framework.runtime.events import Event
from framework.runtime.workspace import Workspace
from tests.unit.ops.project import desk, make_project, own_specs, write_tech, written
from tests.unit.runtime.wheelhouse import make_index, make_wheel

CPU = {"environment.device": Answer(text="cpu", source="set", round=0)}
CARD = "#!/bin/sh\necho 'NVIDIA Test Card, 24576, 550.10'\n"
FAILING = {
    "packaging": "raise RuntimeError('this build does not fit')",
    "markupsafe": "import os; os._exit(7)",
    "iniconfig": 'print(\'{"name": "idna", "message": "forged"}\')',
}


def wishes(files: ProjectFiles, lang: Lang, items: Iterable[Item] = ()) -> None:
    project = Project(name="demo", title="Demo", language=lang)
    write_text(files.report(Requirements.FILE), encode(Requirements(project=project, items=list(items))))


def prepare(root: Path, lang: Lang = "en", specs: Path | None = None) -> ProjectFiles:
    """A project that has come through venv-spec."""
    files = make_project(root, lang=lang)
    write_tech(files, lang)
    wishes(files, lang)
    workspace = desk(files, specs, lang=lang)
    specify(workspace, ExpertEngine())
    written(workspace)
    return files


@pytest.fixture
def files(market: Path, tmp_path: Path) -> ProjectFiles:
    return prepare(tmp_path / "demo")


def ops(
    files: ProjectFiles, answers: dict[str, Answer] = CPU, heard: list[Event] | None = None, lang: Lang = "en"
) -> Workspace:
    plain = desk(files, lang=lang, heard=heard)
    return replace(plain, stage="environment", own_specs=True, answers=Answers(answers=answers))


def worked(workspace: Workspace) -> EnvCheck:
    """The report of the stage, put in place."""
    run(workspace, ExpertEngine())
    text = read_text(workspace.files.staging("environment") / EnvCheck.FILE)
    write_text(workspace.files.report(EnvCheck.FILE), text)
    return decode(EnvCheck, text, EnvCheck.FILE).model


def messages(files: ProjectFiles) -> list[str]:
    return [finding.message for finding in findings(files)]


def with_program(folder: Path, name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_is_installed_imported_and_told(market: Path, tmp_path: Path, lang: Lang) -> None:
    files = prepare(tmp_path / "demo", lang)
    told = worked(ops(files, lang=lang))

    assert messages(files) == []
    found = told.environment
    assert found is not None
    assert {one.name: one.version for one in found.packages_installed} == {
        **{"torch": "9.0+cpu", "pyyaml": "6.0", "idna": "3.2", "packaging": "25.0"},
        **{"iniconfig": "2.2", "markupsafe": "3.1"},
    }
    assert all(one.hash.startswith("sha256:") for one in found.packages_installed)
    assert {one.name: one.modules for one in found.imports if one.passed} == {
        **{"torch": ["torch"], "pyyaml": ["yaml"], "idna": ["idna"], "packaging": ["packaging"]},
        **{"iniconfig": ["iniconfig"], "markupsafe": ["markupsafe"]},
    }
    assert found.packages_missing == []
    assert found.machine.cores > 0
    assert read_text(files.root / found.freeze_file).splitlines()[0] == "idna==3.2"
    assert (found.isolation.level, bool(found.isolation.why)) in [("full", False), ("partial", True)]
    body = told.body()
    assert "python_version" in body
    assert "{" not in body
    assert str(tmp_path) not in body


@pytest.mark.slow
def test_used_again_it_says_the_same(files: ProjectFiles) -> None:
    heard: list[Event] = []
    first = worked(ops(files))
    second = worked(ops(files, heard=heard))
    assert "environment.reused" in [event.key for event in heard]
    assert first.content_hash() == second.content_hash()


def test_nobody_is_guessed_for(files: ProjectFiles) -> None:
    told = worked(ops(files, {}))

    (question,) = told.open_questions()
    assert (question.id, question.choices, question.default) == ("environment.device", ["cpu", "gpu"], "cpu")
    assert "no NVIDIA GPU" in question.text
    assert told.environment is None
    assert not (files.root / "debug-cpu").exists()


@pytest.mark.parametrize(("cpu_only", "default"), [(False, "gpu"), (True, "cpu")])
def test_the_default_is_what_is_there_unless_the_requirement_forbids_it(
    files: ProjectFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cpu_only: bool, default: Device
) -> None:
    with_program(tmp_path / "programs", "nvidia-smi", CARD, monkeypatch)
    if cpu_only:
        wishes(files, "en", [Item(slot="hardware.cpu_only", value=True, provenance="answered", score=1.0)])

    (question,) = worked(ops(files, {})).open_questions()

    assert question.default == default
    assert "NVIDIA Test Card (24 GB)" in question.text


@pytest.mark.slow
@pytest.mark.parametrize("how", ["setting", "skipped"])
def test_a_device_that_was_given_is_not_asked_for(files: ProjectFiles, how: str) -> None:
    skipped = {"environment.device": Answer(text=None, source="skip", round=1)}
    workspace = ops(files, skipped if how == "skipped" else {})
    settings = workspace.run.settings.model_copy(update={"device": "cpu" if how == "setting" else None})
    told = worked(replace(workspace, run=workspace.run.model_copy(update={"settings": settings})))

    assert told.open_questions() == []
    assert told.device == "cpu"
    assert messages(files) == []


@pytest.mark.slow
def test_what_does_not_import_is_named_with_its_message(market: Path, tmp_path: Path) -> None:
    for name, code in FAILING.items():
        wheel = next(market.glob(f"{name}-*.whl"))
        version = wheel.name.split("-")[1]
        wheel.unlink()
        rewritten(make_wheel(market, name, version), f"{name}.py", code)
    make_index(market)
    files = prepare(tmp_path / "demo")

    found = worked(ops(files)).environment

    assert found is not None
    results = {one.name: one.message for one in found.imports}
    assert results["packaging"] == "import packaging: RuntimeError: this build does not fit"
    assert results["markupsafe"].startswith("the interpreter ended with 7")
    assert [name for name, message in results.items() if not message] == ["idna", "iniconfig", "pyyaml", "torch"]
    assert [message for message in messages(files) if "does not work" in message] == [
        "markupsafe does not work: the interpreter ended with 7: without a word",
        "packaging does not work: import packaging: RuntimeError: this build does not fit",
    ]


def rewritten(wheel: Path, module: str, code: str) -> None:
    """The wheel with another text for its module; installers do not mind what its record says of it."""
    with ZipFile(wheel) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[module] = code.encode()
    record = next(name for name in parts if name.endswith("/RECORD"))
    lines = [line for line in parts[record].decode().splitlines() if not line.startswith(f"{module},")]
    parts[record] = ("\n".join([f"{module},,", *lines]) + "\n").encode()
    with ZipFile(wheel, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


@pytest.mark.slow
def test_the_gate_sees_what_has_changed_since(files: ProjectFiles) -> None:
    told = worked(ops(files))
    assert told.environment is not None
    packages = site_packages(files.root / "debug-cpu")

    shutil.copytree(packages / "idna-3.2.dist-info", packages / "added-1.0.dist-info")
    assert messages(files) == ["added: the report and the environment differ."]
    found = worked(ops(files)).environment
    assert found is not None
    assert [(one.name, one.version) for one in found.strangers] == [("added", "1.0")]
    assert messages(files) == [], "it is named, and does no harm"

    shutil.rmtree(packages / "idna-3.2.dist-info")
    assert "idna==3.2 is demanded, and the environment has -." in messages(files)
    worked(ops(files))
    assert messages(files) == []

    write_text(files.root / "requirements-dev.txt", read_text(files.root / "requirements-dev.txt") + "# more\n")
    assert messages(files) == ["requirements-dev.txt has changed since it was installed."]
    worked(ops(files))
    assert messages(files) == []

    shutil.rmtree(files.root / "debug-cpu")
    assert any("--from environment" in message for message in messages(files))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("python_version", "python_version is not filled in"),
        ("packages_installed", "packages_installed is not filled in"),
        ("imports", "idna is a direct dependency and was not imported"),
        ("requirements", "requirements-cpu.txt was not installed"),
    ],
)
def test_a_row_that_is_missing_is_seen(files: ProjectFiles, row: str, words: str) -> None:
    told = worked(ops(files))
    assert told.environment is not None
    empty = told.environment.model_copy(update={row: "" if row == "python_version" else []})
    write_text(files.report(EnvCheck.FILE), encode(told.model_copy(update={"environment": empty})))
    assert any(words in message for message in messages(files))


def test_too_little_room_is_told_before_anything_is_made(market: Path, tmp_path: Path) -> None:
    specs = own_specs(tmp_path / "own", disk_gb="{cpu: 900000000, gpu: 12}")
    files = prepare(tmp_path / "demo", specs=specs)

    with pytest.raises(MissingOutside, match="debug-cpu needs about 9e"):
        run(ops(files), ExpertEngine())


@pytest.mark.parametrize(
    ("text", "device"),
    [("cpu", "cpu"), ("GPU", "gpu"), ("the cpu, please", "cpu"), ("显卡", "gpu"), ("2", "gpu"), ("cpu or gpu", None)],
)
def test_a_device_is_read(text: str, device: Device | None) -> None:
    assert read_device(text) == device


@pytest.mark.parametrize(("question", "text"), [("environment.device", "tpu"), ("environment.colour", "cpu")])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_answer_that_means_nothing_is_refused_with_an_example(
    tmp_path: Path, lang: Lang, question: str, text: str
) -> None:
    workspace = ops(ProjectFiles(tmp_path), {}, lang=lang)
    with pytest.raises(UsageError) as error:
        check(workspace, question, text)
    assert "environment.device=cpu" in error.value.hint
