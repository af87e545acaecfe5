"""What a project wants: read from pyproject.toml and from the imports of its code."""

from __future__ import annotations

import pytest

from agents.ops.wanted import (
    at_run_time,
    declared,
    direct_names,
    for_development,
    left_optional,
    used_at_run_time,
)
from framework.errors import InvalidDocument
from tests.unit.ops.project import MODEL, PYPROJECT, tree

SMALL = tree({"pyproject.toml": PYPROJECT, "src/tiny_demo/model.py": MODEL, "tests/test_x.py": "import iniconfig"})


def test_an_extra_that_names_the_projects_own_extras_brings_theirs() -> None:
    assert direct_names(for_development(declared(SMALL))) == [
        "idna",
        "iniconfig",
        "markupsafe",
        "packaging",
        "pyyaml",
        "torch",
    ]


def test_extras_that_name_each_other_come_to_an_end() -> None:
    text = '[project]\nname = "a-b"\n[project.optional-dependencies]\n'
    circle = text + 'dev = ["A.B[data]", "idna"]\ndata = ["a_b[dev,data]", "tqdm"]\n'
    assert direct_names(for_development(declared(tree({"pyproject.toml": circle})))) == ["idna", "tqdm"]


def test_what_only_tests_or_type_checkers_import_is_not_needed_at_run_time() -> None:
    used = used_at_run_time(SMALL, {"yaml": ["PyYAML"]})
    assert used == {"pyyaml", "packaging"}
    assert direct_names(at_run_time(declared(SMALL), used, ["dev"])) == ["idna", "packaging", "pyyaml", "torch"]


@pytest.mark.parametrize(
    "code",
    [
        "import packaging",
        "import packaging.version as v",
        "from packaging import version",
        "def f():\n    import packaging",
        "try:\n    import packaging\nexcept ImportError:\n    packaging = None",
        "try:\n    pass\nexcept ImportError:\n    import packaging",
        "class A:\n    with open('x'):\n        import packaging",
        "match 1:\n    case _:\n        import packaging",
        "if TYPE_CHECKING:\n    pass\nelse:\n    import packaging",
    ],
)
@pytest.mark.parametrize("path", ["src/tiny_demo/a.py", "scripts/run.py", "main.py"])
def test_an_import_is_seen_wherever_it_stands(path: str, code: str) -> None:
    assert used_at_run_time(tree({path: code}), {}) == {"packaging"}


@pytest.mark.parametrize(
    "code",
    [
        "import os, json",
        "from . import packaging",
        "import tiny_demo",
        "from tiny_demo.x import packaging",
        "'import a'",
    ],
)
def test_the_standard_library_and_the_project_itself_are_not_wanted(code: str) -> None:
    assert used_at_run_time(tree({"src/tiny_demo/a.py": code}), {}) == set()


def test_an_extra_for_developers_never_counts_and_others_are_optional() -> None:
    project = declared(SMALL)
    assert direct_names(at_run_time(project, {"packaging"}, ["dev", "serve"])) == ["idna", "pyyaml", "torch"]
    assert left_optional(project, ["dev"]) == ["later"]


@pytest.mark.parametrize(
    "pyproject",
    ["", "[project", '[project]\nname = "x"\ndependencies = ["a b c"]', '[project]\nname = "x"\ndependencies = 3'],
)
def test_a_pyproject_that_cannot_be_read_is_named(pyproject: str) -> None:
    with pytest.raises(InvalidDocument, match=r"pyproject\.toml"):
        declared(tree({"pyproject.toml": pyproject}))
    with pytest.raises(InvalidDocument, match=r"pyproject\.toml"):
        declared(tree({}))
