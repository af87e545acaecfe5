"""A small project to make environments for, with what the stages before have left in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from framework.artifacts.codec import decode, encode
from framework.artifacts.files import ProjectFiles, read_text, write_text
from framework.artifacts.records import Answers, RunRecord, Settings
from framework.artifacts.requirements import Project
from framework.artifacts.tech import Tech
from framework.artifacts.venv_spec import VenvSpec
from framework.messages import Lang
from framework.runtime.codetree import CodeTree
from framework.runtime.events import Event
from framework.runtime.history import begin
from framework.runtime.workspace import Workspace
from framework.workflow.skills import load_role
from tests.unit.gates.test_technology_gate import MACHINE, candidate

SPECS = Path(__file__).parents[3]
PYPROJECT = """
[project]
name = "tiny-demo"
version = "1"
dependencies = ["torch>=9", "pyyaml>=6,<7", "idna>=3,<4"]

[project.optional-dependencies]
serve = ["packaging>=24"]
plot = ["markupsafe>=3"]
later = ["tomli>=2"]
dev = ["tiny-demo[serve,plot]", "iniconfig>=2"]
"""
MODEL = """
from __future__ import annotations
import json
from typing import TYPE_CHECKING
import yaml
from tiny_demo import other
if TYPE_CHECKING:
    import markupsafe

def serve():
    from packaging.version import Version
    return Version, yaml, json
"""


def make_project(root: Path, pyproject: str = PYPROJECT, lang: Lang = "en") -> ProjectFiles:
    """A repository with the package, its pyproject.toml and tech.md."""
    files = ProjectFiles(root)
    begin(files)
    write_text(root / "pyproject.toml", pyproject)
    write_text(root / "src/tiny_demo/__init__.py", "")
    write_text(root / "src/tiny_demo/other.py", "")
    write_text(root / "src/tiny_demo/model.py", MODEL)
    write_text(root / "tests/test_model.py", "import iniconfig\nimport markupsafe\n")
    write_tech(files, lang)
    return files


def write_tech(files: ProjectFiles, lang: Lang = "en", **changes: Any) -> None:
    """tech.md with one candidate."""
    tech = Tech(
        project=Project(name="demo", title="Demo", language=lang),
        task="sft",
        objective="sft",
        feasibility="as_wished",
        recommended="a",
        reasons=[],
        machines=[MACHINE],
        candidates=[candidate("a", **changes)],
        refused=[],
        methods=[],
        advice=[],
        unmet=[],
        assumptions=[],
    )
    write_text(files.report("tech.md"), encode(tech, ""))


def desk(
    files: ProjectFiles, specs: Path | None = None, lang: Lang = "en", heard: list[Event] | None = None
) -> Workspace:
    """The workspace of ops; `specs` is a folder with the user's own spec documents."""
    listener = heard.append if heard is not None else lambda _: None
    settings = Settings(specs=str(specs or SPECS))
    run = RunRecord(name="demo", lang=lang, request="a model", settings=settings, created_at="now")
    return Workspace(files, load_role("ops"), "venv-spec", run, Answers(), listener)


def written(workspace: Workspace) -> VenvSpec:
    """venv.md as the stage left it, put in place."""
    text = read_text(workspace.files.staging("venv-spec") / "venv.md")
    write_text(workspace.files.report("venv.md"), text)
    return decode(VenvSpec, text, "venv.md").model


def own_specs(folder: Path, **changes: str) -> Path:
    """A folder with a VENV_CONFIG.md of the user's own: the packaged one with other values for some keys."""
    text = read_text(SPECS / "VENV_CONFIG.md")
    for key, value in changes.items():
        line = re.compile(rf"^(\s*{key}:) .*$", flags=re.MULTILINE)
        assert len(line.findall(text)) == 1, key
        text = line.sub(rf"\g<1> {value}", text)
    write_text(folder / "VENV_CONFIG.md", text)
    return folder


def tree(texts: dict[str, str]) -> CodeTree:
    """A tree of files that stand nowhere."""
    return CodeTree(Path("nowhere"), {name: text.encode() for name, text in texts.items()})
