"""Stage venv-spec in a small project, with real installers over a small index."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from agents.ops.venv_spec import run
from agents.ops.verification import verification
from framework.artifacts.base import sha256
from framework.artifacts.codec import encode
from framework.artifacts.files import ProjectFiles, read_text, write_text
from framework.artifacts.pins import parse_pins
from framework.artifacts.venv_spec import COPIES, VenvSpec
from framework.engines.expert import ExpertEngine
from framework.errors import InvalidDocument, MissingOutside
from framework.gates.venv_spec import judge
from framework.messages import LANGUAGES, Lang
from framework.runtime.events import Event
from tests.unit.ops.project import SPECS, desk, make_project, own_specs, write_tech, written
from tests.unit.runtime.wheelhouse import make_index, make_wheel

pytestmark = pytest.mark.slow


@pytest.fixture
def files(market: Path, tmp_path: Path) -> ProjectFiles:
    return make_project(tmp_path / "demo")


def done(files: ProjectFiles, specs: Path | None = None) -> VenvSpec:
    """The stage's report, judged."""
    workspace = desk(files, specs)
    run(workspace, ExpertEngine())
    spec = written(workspace)
    assert judge(files).findings == []
    return spec


def versions(files: ProjectFiles, kind: str) -> dict[str, str]:
    return {pin.name: pin.version for pin in parse_pins(read_text(files.root / f"requirements-{kind}.txt"))}


def test_the_files_hold_what_is_needed_and_differ_in_torch_alone(files: ProjectFiles) -> None:
    spec = done(files)

    cpu, gpu, dev = (versions(files, kind) for kind in ("cpu", "gpu", "dev"))
    assert cpu == {"torch": "9.0+cpu", "pyyaml": "6.0", "idna": "3.2", "packaging": "25.0"}
    assert gpu == cpu | {"torch": "9.0", "nvidia-cublas": "1.0"}
    assert dev == {"iniconfig": "2.2", "markupsafe": "3.1"}
    assert [one.torch for one in spec.requirements] == ["9.0+cpu", "9.0", ""]
    assert all(one.receipt.passed and "--dry-run" in one.receipt.command for one in spec.requirements)
    assert spec.optional_extras == ["later"]


def test_nothing_of_this_machine_is_written_down(files: ProjectFiles, tmp_path: Path) -> None:
    done(files)
    wrote = [*files.root.glob("requirements-*.txt"), files.report("venv.md")]
    assert [path.name for path in wrote if str(tmp_path) in read_text(path)] == []


def test_the_spec_documents_are_copied_byte_for_byte(files: ProjectFiles, tmp_path: Path) -> None:
    own = own_specs(tmp_path / "own", seed="99")

    spec = done(files, own)

    for copy in spec.copies:
        source = own if copy.name == "VENV_CONFIG.md" else SPECS
        assert (files.root / copy.file).read_bytes() == (source / copy.name).read_bytes()
        assert copy.sha256 == sha256((source / copy.name).read_bytes())
    assert {copy.name: copy.file for copy in spec.copies} == COPIES


def test_everything_is_in_the_history(files: ProjectFiles) -> None:
    done(files)
    tracked = desk(files).code().files
    assert {"requirements-cpu.txt", "requirements-gpu.txt", "requirements-dev.txt", *COPIES.values()} <= tracked.keys()


def test_a_file_of_the_users_is_not_replaced_in_silence(files: ProjectFiles) -> None:
    heard: list[Event] = []
    write_text(files.root / "CLAUDE.md", "mine\n")

    run(desk(files, heard=heard), ExpertEngine())

    assert [event.fields for event in heard if event.key == "venv.replaced"] == [{"file": "CLAUDE.md"}]


def test_a_copy_that_was_edited_in_the_project_stays_and_is_recorded(files: ProjectFiles) -> None:
    first = done(files)
    write_text(files.baseline(VenvSpec.FILE), encode(first, ""))
    edited = read_text(files.root / "specs/DEBUG_CODE.md") + "\n## Ours\nLook at the logs first.\n"
    write_text(files.root / "specs/DEBUG_CODE.md", edited)

    write_text(files.baseline(VenvSpec.FILE), encode(done(files), ""))
    again = done(files)

    assert read_text(files.root / "specs/DEBUG_CODE.md") == edited
    assert {copy.file: copy.sha256 for copy in again.copies}["specs/DEBUG_CODE.md"] == sha256(edited)


def test_a_second_run_needs_neither_index_nor_installer(files: ProjectFiles, market: Path, tmp_path: Path) -> None:
    first = done(files)
    shutil.rmtree(market)
    shutil.rmtree(tmp_path / "links")

    assert done(files).content_hash() == first.content_hash()


def test_the_requirements_are_those_of_the_verification_environment(files: ProjectFiles) -> None:
    done(files)
    workspace = desk(files)

    venv = verification(workspace, workspace.code())

    assert {"yaml", "packaging", "iniconfig", "markupsafe", "bandit", "torch"} <= venv.modules().keys()
    assert "tomli" not in venv.modules(), "no extra that nobody asked for"


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("environments", "{cpu: work-cpu, gpu: work-gpu}", "source work-cpu/bin/activate"),
        ("seed", "99", "with seed 99"),
        ("most_rows", "77", "At most 77 samples"),
        ("shares", "{train: 0.8, test: 0.2}", "training 80%, test 20%"),
    ],
)
def test_what_venv_config_says_is_done(files: ProjectFiles, tmp_path: Path, key: str, value: str, words: str) -> None:
    assert words not in done(files).body()
    assert words in done(files, own_specs(tmp_path / "own", **{key: value})).body()


def test_another_index_in_venv_config_changes_what_is_installed(
    files: ProjectFiles, tmp_path: Path, market: Path
) -> None:
    make_wheel(tmp_path / "company", "idna", "3.5")
    address = make_index(tmp_path / "company")

    spec = done(files, own_specs(tmp_path / "own", extra=f"['{address}']"))

    assert versions(files, "cpu")["idna"] == versions(files, "gpu")["idna"] == "3.5"
    assert f"--extra-index-url '{address}'" in spec.body()


def test_another_tool_in_venv_config_is_in_the_environment_and_in_no_file(files: ProjectFiles, tmp_path: Path) -> None:
    own = own_specs(tmp_path / "own", verification_tools='["tomli>=2"]')
    workspace = desk(files, own)

    done(files, own)

    modules = verification(workspace, workspace.code()).modules()
    assert "tomli" in modules
    assert "bandit" not in modules
    assert not any("tomli" in versions(files, kind) for kind in ("cpu", "gpu", "dev"))


def test_another_python_in_venv_config_changes_the_commands(files: ProjectFiles, tmp_path: Path) -> None:
    spec = done(files, own_specs(tmp_path / "own", preferred='["3.99", "3.98"]', oldest='"3.11"'))

    assert spec.python_wanted == ["3.99", "3.98"]
    assert spec.python not in spec.python_wanted, "it says what it was resolved for"
    assert f"python{spec.python} -m venv debug-cpu" in spec.body()
    assert "3.99" in spec.body()


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"preferred": '["3.9"]'}, "older than 3.11"),
        ({"preferred": "[]"}, "at least 1 item"),
        ({"cpu_index": "ftp://x"}, "String should match pattern"),
        ({"verification_tools": '["rm -rf /"]'}, "must be a requirement"),
        ({"shares": "{train: 0.9, validation: 0.2}"}, "add up to 1"),
        ({"default": "'https://x --trusted-host y'"}, "String should match pattern"),
    ],
)
def test_a_wrong_value_in_venv_config_is_named(
    files: ProjectFiles, tmp_path: Path, changes: dict[str, str], rule: str
) -> None:
    with pytest.raises(InvalidDocument, match=rule) as error:
        run(desk(files, own_specs(tmp_path / "own", **changes)), ExpertEngine())
    assert "VENV_CONFIG.md, line" in error.value.message


def test_without_an_index_nothing_is_half_written(files: ProjectFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("PIP_RETRIES", "1")

    with pytest.raises(MissingOutside, match="could not be resolved"):
        run(desk(files), ExpertEngine())

    assert list(files.root.glob("requirements-*.txt")) == []
    assert not (files.root / "specs").exists()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("objective", ["sft", "classification"])
def test_the_report_is_in_the_projects_language(market: Path, tmp_path: Path, lang: Lang, objective: str) -> None:
    files = make_project(tmp_path / "demo", lang=lang)
    write_tech(files, lang, objective=objective)
    workspace = desk(files, lang=lang)

    run(workspace, ExpertEngine())

    body, heading = written(workspace).body(), {"en": "## Installation", "zh": "## 安装"}
    assert heading[lang] in body
    classes = {"en": "every class has at least 2 samples", "zh": "每个类别至少 2 个样本"}
    assert (classes[lang] in body) == (objective == "classification")
    assert "{" not in body
