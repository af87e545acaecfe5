"""The todo list: every file in one task, in an order that can be worked off."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from agents.planner.todo import SPEC, Families, todo
from framework import resources
from framework.errors import InvalidDocument
from framework.knowledge.specs import find_spec

PROOF = ["python", "-m", "pytest", "-q", "tests/a"]


def families(*tasks: dict[str, object]) -> Families:
    whole = [{"title": {"en": "t"}, "needs": [], "proof": PROOF, **task} for task in tasks]
    return Families.model_validate({"families": {"f": whole}})


def test_the_longest_pattern_owns_a_file() -> None:
    spec = families({"id": "all", "files": ["src/{package}/*"]}, {"id": "server", "files": ["src/{package}/server/*"]})
    tasks = todo(spec, "f", "tale", ["src/tale/a.py", "src/tale/server/b.py"], {}, "en")
    assert {task.id: task.files for task in tasks} == {"all": ["src/tale/a.py"], "server": ["src/tale/server/b.py"]}


def test_a_task_without_files_is_no_task_and_nobody_needs_it() -> None:
    spec = families({"id": "docs", "files": ["docs/*"]}, {"id": "code", "files": ["*.py"], "needs": ["docs"]})
    assert [(task.id, task.needs) for task in todo(spec, "f", "tale", ["a.py"], {}, "en")] == [("code", [])]


def test_a_file_that_nobody_makes_stops_the_build() -> None:
    with pytest.raises(InvalidDocument, match=r"no task of the family makes b\.txt"):
        todo(families({"id": "code", "files": ["*.py"]}), "f", "tale", ["a.py", "b.txt"], {}, "en")


def test_a_task_comes_after_what_it_needs() -> None:
    spec = families({"id": "one", "files": ["a"], "needs": ["two"]}, {"id": "two", "files": ["b"]})
    with pytest.raises(InvalidDocument, match="task one needs two, which comes after it"):
        todo(spec, "f", "tale", ["a", "b"], {}, "en")


def test_a_task_names_the_requirements_that_its_files_serve() -> None:
    spec = families({"id": "one", "files": ["a", "b"]}, {"id": "two", "files": ["c"]})
    tasks = todo(spec, "f", "tale", ["a", "b", "c"], {"a": ["license"], "b": ["python", "license"]}, "en")
    assert [task.serves for task in tasks] == [["license", "python"], []]


@pytest.mark.parametrize(
    "proof",
    [
        [],
        ["true"],
        ["python", "-c", "pass"],
        ["python", "-m", "pytest"],
        ["python", "-m", "pytest", "/etc"],
        ["python", "-m", "pytest", "tests/../elsewhere"],
        ["python", "-m", "pytest", "tests/a", "-k", "nothing"],
        ["python", "-m", "pytest", "tests/a", "--collect-only"],
    ],
)
def test_a_proof_that_shows_nothing_is_refused(proof: list[str]) -> None:
    with pytest.raises(ValidationError, match=r"must (be python -m pytest|stay below)"):
        families({"id": "one", "files": ["a"], "proof": proof})


@pytest.mark.parametrize("family", ["scratch"])
def test_the_packaged_list_has_a_task_for_every_file_of_its_family(family: str) -> None:
    spec = find_spec(SPEC, None).parse(Families)
    paths = resources.read_text(f"templates/{family}/files.txt").split("\n")
    tasks = todo(spec, family, "scratch_llm", [path for path in paths if path], {}, "zh")
    assert [task.id for task in tasks] == [task.id for task in spec.families[family]]
    assert all(set(task.title) - set(task.id) for task in tasks)
