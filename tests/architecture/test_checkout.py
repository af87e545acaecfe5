"""What lies in the checkout: nothing of one machine, no loose ends, and all that the wheel must carry."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.architecture.house import ROOT, files, modules

TEXT = {".md", ".py", ".yaml", ".yml", ".toml", ".json", ".jinja", ".cfg", ".txt", ""}
# Whoever hunts for such words has to name them: this test, and its like in the templates.
HUNTERS = {Path(__file__), *ROOT.glob("templates/*/project/tests/architecture/test_limits.py")}
TEXTS = [path for path in files() if path.suffix in TEXT and path not in HUNTERS]
FORBIDDEN = {
    "a path of one machine": r"/root/|/work/|/home/[a-z]+/|/Users/[a-z]+/|/opt/(?:wheels|pypi)|/usr/local/bin/",
    "a package registry's host": r"pypi\.org|pythonhosted\.org|download\.pytorch\.org|registry\.npmjs",
    "a loose end": r"\b(?:TODO|FIXME|XXX)\b",
}
FAMILIES = [path for path in sorted((ROOT / "templates").iterdir()) if path.is_dir()]
LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")
RESOURCE = re.compile(r"\b(?:specs|templates)/[\w./-]+\.(?:md|yaml)\b")
MARKER = re.compile(r"<!-- foundry spec: (\S+) -->\n")


def _spec_documents() -> dict[str, Path]:
    """Every file that calls itself a spec document, by the name that it gives itself."""
    documents = [path for path in files() if path.suffix == ".md"]
    found = {path: MARKER.match(path.read_text(encoding="utf-8")) for path in documents}
    return {match.group(1): path for path, match in found.items() if match}


def _packaged() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included: dict[str, str] = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    return included


FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{path.relative_to(ROOT)}:{number} {match.group()}"
        for path in TEXTS
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (match := pattern.search(line))
    ]
    assert found == []


def test_every_link_between_documents_leads_to_a_file() -> None:
    dead = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in files()
        if path.suffix == ".md"
        for target in LINK.findall(FENCED.sub("", path.read_text(encoding="utf-8")))
        if not (path.parent / target).exists()
    ]
    assert dead == []


def test_a_spec_document_is_called_what_it_says() -> None:
    documents = _spec_documents()
    assert {name: path.relative_to(ROOT).as_posix() for name, path in documents.items()} == {n: n for n in documents}
    assert documents.keys() >= {"CLAUDE.md", "ML.md", "VENV_CONFIG.md", "DEBUG_CODE.md", "DOCKER_CONFIG.md"}
    assert documents.keys() >= {"specs/CREATE.md", "specs/task.md", "specs/OmegaConf_README.md"}


def test_the_wheel_carries_every_resource_where_it_is_looked_for() -> None:
    roots = {name.partition("/")[0] for name in _spec_documents()} | {"templates/README.md", "specs"}
    assert _packaged() == {name: f"framework/_resources/{name}" for name in roots}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_the_list_of_a_templates_files_is_what_git_tracks(family: Path) -> None:
    tracked = [
        path.relative_to(family / "project").as_posix() for path in files() if family / "project" in path.parents
    ]
    assert (family / "files.txt").read_text(encoding="utf-8").splitlines() == tracked, "run: make listing"


def test_resources_named_in_the_code_exist() -> None:
    sources = [module.path.read_text(encoding="utf-8") for module in modules().values()]
    named = {name for source in sources for name in RESOURCE.findall(source)}
    assert named, "the code names no resource: this test has lost its grip"
    assert {name for name in named if not (ROOT / name).is_file()} == set()


def test_every_folder_of_the_packages_is_a_package() -> None:
    folders = {module.path.parent for module in modules().values()}
    assert {str(folder.relative_to(ROOT)) for folder in folders if not (folder / "__init__.py").is_file()} == set()
