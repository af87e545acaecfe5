"""A project can be called anything that its identity allows."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from framework.artifacts.slots import NAME_PATTERN
from framework.rendering.context import Identity
from framework.rendering.family import Names
from framework.rendering.names import Renaming

OLD = Names(package="old_name", distribution="old-name", title="Old Name")


def renaming(package: str = "my_model", title: str = "My Model") -> Renaming:
    distribution = package.replace("_", "-")
    identity = Identity(
        package=package, distribution=distribution, title=title, language="en", license="MIT", python="3.11"
    )
    return Renaming(OLD, identity)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import old_name.data as d", "import my_model.data as d"),
        ("src/old_name/__init__.py", "src/my_model/__init__.py"),
        ('"old-name[data]"', '"my-model[data]"'),
        ("# Old Name: old-name", "# My Model: my-model"),
        ("old-name-data", "my-model-data"),
        ("old_name_total = older.old_names + bold_name", "old_name_total = older.old_names + bold_name"),
        ("Old NameX, xold-name, OLD_NAME", "Old NameX, xold-name, OLD_NAME"),
    ],
)
def test_whole_words_are_replaced(before: str, after: str) -> None:
    assert renaming().apply(before) == after


def test_a_new_name_is_never_taken_for_an_old_one() -> None:
    assert renaming("old", "Old Name 2").apply("Old Name: old_name, old-name") == "Old Name 2: old, old"


YAML = "site_name: Old Name\nservice:\n  - old_name  # of the model\n  - image: old-name\nabout: by Old Name\n"


@pytest.mark.parametrize(("package", "title"), [("no", "Yes"), ("on", "12"), ("null", "2024-01-01"), ("x1", "1e3 ")])
def test_a_bare_name_in_yaml_stays_a_string(package: str, title: str) -> None:
    data = yaml.safe_load(renaming(package, title).apply_in("mkdocs.yml", YAML))
    assert data == {"site_name": title, "service": [package, {"image": package}], "about": f"by {title}".strip()}


@given(st.from_regex(NAME_PATTERN, fullmatch=True), st.from_regex(r"[a-zA-Z0-9_][a-zA-Z0-9_ \-]{0,79}", fullmatch=True))
def test_yaml_means_the_same_whatever_the_name(package: str, title: str) -> None:
    changed = renaming(package, title)
    assert yaml.safe_load(changed.apply_in("a.yaml", YAML))["site_name"] == title
    assert changed.apply_in("a.md", YAML) == changed.apply(YAML)
