"""family.yaml and files.txt: what is wrong with them is named before anything is rendered."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from framework.errors import InvalidDocument, MissingOutside
from framework.rendering.family import Family, inside, load_family

Make = Callable[..., Family]


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        ("overlay: []", r"family.yaml, line 2, key overlay: is not a known key"),
        ("only:\n- {files: [a.txt], key: tasks}", r"family.yaml, line 3.*either `is` or `has`"),
        ("only:\n- {files: [a.txt], key: tasks, has: sft, is: sft}", r"either `is` or `has`"),
        ("only:\n- {files: [../a.txt], key: tasks, has: sft}", r"line 3, key only.0.files.0: must be a plain relative"),
        (
            "only:\n- {files: [b.txt], key: tasks, has: sft}",
            r"line 3, key only: names b.txt, which the family does not",
        ),
        ("overlays:\n- {folder: none, key: device, is: cpu}", r"line 3, key overlays: names none"),
        ("moves:\n- {from: a.txt, to: /etc/passwd, key: device, is: cpu}", r"line 3, key moves.0.to: must be a plain"),
        ("moves:\n- {from: b.txt, to: c.txt, key: device, is: cpu}", r"line 3, key moves: names b.txt"),
        ("names: {}", r"key names: must stand only once"),
    ],
)
def test_a_wrong_rule_is_named_with_file_line_and_key(make: Make, rules: str, complaint: str) -> None:
    with pytest.raises(InvalidDocument, match=complaint):
        make({"project/a.txt": ""}, rules)


@pytest.mark.parametrize("listed", ["../outside", "/etc/passwd", "a/../../b", ".git/config", ".foundry/run.json", ""])
def test_a_listed_path_stays_inside_of_the_project(make: Make, listed: str) -> None:
    with pytest.raises(InvalidDocument, match=r"files\.txt, line 2: must be a plain relative path"):
        make({"project/a.txt": ""}, listed=["a.txt", listed])


@pytest.mark.parametrize("path", ["a//b", "./a", "a/", "a/./b", "reports/x.md"])
def test_a_path_has_one_way_to_be_written(path: str) -> None:
    with pytest.raises(ValueError, match="plain relative path"):
        inside(path)


def test_a_family_that_foundry_does_not_carry_is_refused() -> None:
    with pytest.raises(MissingOutside, match="no family"):
        load_family("nothing")


def test_the_files_are_those_of_the_list_and_no_others(make: Make) -> None:
    family = make({"project/a.txt": "", "project/left_behind.log": ""}, listed=["a.txt"])
    assert family.files == ("a.txt",)


def test_every_template_of_the_real_family_has_its_file(scratch: Family) -> None:
    templates = {path.relative_to(scratch.root / "jinja").as_posix() for path in scratch.root.glob("jinja/**/*.jinja")}
    assert templates <= {f"{name}.jinja" for name in scratch.files}
