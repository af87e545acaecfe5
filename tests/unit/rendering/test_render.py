"""Rendering: the template's project under other names, with other values, in another shape."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf
from ruff import find_ruff_bin  # type: ignore[import-untyped]

from framework.artifacts.base import sha256
from framework.errors import FoundryError, InvalidDocument
from framework.rendering.context import ScratchContext
from framework.rendering.family import Family
from framework.rendering.jinja import json_scalar, omegaconf_scalar, yaml_scalar
from framework.rendering.render import render
from framework.runtime.processes import run
from tests.unit.rendering.conftest import called

Make = Callable[..., Family]
LONG = "stories_that_our_children_wake_up_to_ask"


def tree(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_the_defaults_give_the_template_as_it_lies(scratch: Family, defaults: ScratchContext, tmp_path: Path) -> None:
    hashes = render(scratch, defaults, tmp_path / "out")
    made = tree(tmp_path / "out")
    assert made.keys() == set(scratch.files)
    assert [name for name in made if made[name] != (scratch.root / "project" / name).read_bytes()] == []
    assert hashes == {name: sha256(data) for name, data in made.items()}


@pytest.mark.parametrize(("package", "title"), [("zq", "Z"), (LONG, "S" * 80), ("no", "Yes")])
def test_another_name_leaves_nothing_of_the_old_one(
    scratch: Family, defaults: ScratchContext, tmp_path: Path, package: str, title: str
) -> None:
    render(scratch, called(defaults, package, title), tmp_path)
    old = [name.lower() for name in scratch.rules.names.model_dump().values()]
    found = [
        p for p, data in tree(tmp_path).items() if any(n in (p + data.decode("utf-8", "replace")).lower() for n in old)
    ]
    assert found == []
    assert yaml.safe_load((tmp_path / "mkdocs.yml").read_text("utf-8").partition("\ntheme:")[0])["site_name"] == title
    for check in (["check"], ["format", "--check"]):
        checked = run([find_ruff_bin(), *check, "--no-cache", "--no-respect-gitignore", "."], 60, cwd=tmp_path)
        assert checked
        assert checked.rc == 0, checked.stdout


def test_the_same_context_gives_the_same_bytes_in_any_folder(
    scratch: Family, defaults: ScratchContext, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\nline-length = 40\nexclude = ['*']\n")
    (tmp_path / ".gitignore").write_text("*\n")
    context = called(defaults, LONG)
    assert render(scratch, context, tmp_path / "build" / "one") == render(scratch, context, tmp_path / "two")


def test_names_change_the_order_of_imports(make: Make, defaults: ScratchContext, tmp_path: Path) -> None:
    family = make({"project/main.py": "import old_name\nimport torch\n\nprint(old_name, torch)\n"})
    render(family, called(defaults, "zoo"), tmp_path / "out")
    assert (tmp_path / "out/main.py").read_text() == "import torch\nimport zoo\n\nprint(zoo, torch)\n"


def test_the_folder_is_made_anew(make: Make, defaults: ScratchContext, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "old").mkdir(parents=True)
    (out / "old" / "left.txt").write_text("of a run that was killed")
    render(make({"project/a.txt": "a"}), defaults, out)
    assert tree(out) == {"a.txt": b"a"}


def test_what_is_no_text_is_left_as_it_is(make: Make, defaults: ScratchContext, tmp_path: Path) -> None:
    binary = {"project/a.bin": b"old_name\0\r\n", "project/b.bin": b"\xff\xfeold_name", "project/c.txt": "Old Name\r\n"}
    render(make(binary), called(defaults, "zq"), tmp_path / "out")
    assert tree(tmp_path / "out") == {
        "a.bin": b"old_name\0\r\n",
        "b.bin": b"\xff\xfeold_name",
        "c.txt": b"New Title\r\n",
    }


RULES = """
overlays:
- {folder: apache, key: identity.license, is: Apache-2.0}
- {folder: big, key: device, is: gpu}
only:
- {files: [sft.txt, big/sft.txt], key: tasks, has: sft}
moves:
- {from: README.zh.md, to: README.md, key: identity.language, is: zh}
- {from: README.md, to: README.en.md, key: identity.language, is: zh}
"""
FILES = {
    "project/LICENSE": "MIT",
    "project/README.md": "english",
    "project/README.zh.md": "chinese",
    "project/sft.txt": "tuned",
    "overlays/apache/LICENSE": "Apache, for Old Name",
    "overlays/big/big/sft.txt": "tuned on a GPU",
    "overlays/big/run.sh.jinja": "device={{ device }}\n",
}


def test_a_context_that_fulfils_no_condition(make: Make, defaults: ScratchContext, tmp_path: Path) -> None:
    plain = defaults.model_copy(update={"stages": defaults.stages[:1]})
    render(make(FILES, RULES), plain, tmp_path / "out")
    assert tree(tmp_path / "out") == {"LICENSE": b"MIT", "README.md": b"english", "README.zh.md": b"chinese"}


def test_a_context_that_fulfils_every_condition(make: Make, defaults: ScratchContext, tmp_path: Path) -> None:
    identity = defaults.identity.model_copy(update={"license": "Apache-2.0", "language": "zh", "title": "Big"})
    render(make(FILES, RULES), defaults.model_copy(update={"identity": identity, "device": "gpu"}), tmp_path / "out")
    assert tree(tmp_path / "out") == {
        "LICENSE": b"Apache, for Big",
        "README.md": b"chinese",
        "README.en.md": b"english",
        "big/sft.txt": b"tuned on a GPU",
        "run.sh": b"device=gpu\n",
        "sft.txt": b"tuned",
    }


def test_two_files_cannot_be_one(make: Make, defaults: ScratchContext, tmp_path: Path) -> None:
    rules = "moves: [{from: a.txt, to: b.txt, key: identity.language, is: en}]"
    with pytest.raises(InvalidDocument, match=r"two files would be b\.txt"):
        render(make({"project/a.txt": "", "project/b.txt": ""}, rules), defaults, tmp_path / "out")


def test_a_key_that_the_context_has_not_is_refused(make: Make, defaults: ScratchContext, tmp_path: Path) -> None:
    rules = "only: [{files: [a.txt], key: model.size, is: 1}]"
    with pytest.raises(InvalidDocument, match=r"key model\.size: the context has no 'size'"):
        render(make({"project/a.txt": ""}, rules), defaults, tmp_path / "out")


def test_a_template_takes_the_place_of_its_file_and_keeps_user_text_as_it_is(
    make: Make, defaults: ScratchContext, tmp_path: Path
) -> None:
    text = "{% if offline %}\nno\n{% endif %}\n# Old Name\ngoal: {{ goal | yaml }}\nfirst: {{ stages[0].task }}\n"
    family = make({"project/a.yaml": "goal: x", "jinja/a.yaml.jinja": text})
    context = called(defaults, "zq").model_copy(update={"goal": 'like old_name: "{{ 1 }}" # {% raw %}'})
    render(family, context, tmp_path / "out")
    made = (tmp_path / "out/a.yaml").read_text()
    assert made.startswith("# New Title\n")
    assert yaml.safe_load(made) == {"goal": context.goal, "first": "pretrain"}


@pytest.mark.parametrize("text", ["{{ nothing }}", "{{ model.size }}", "{{ identity.nothing }}", "{% if %}"])
def test_what_is_undefined_is_an_error(make: Make, defaults: ScratchContext, tmp_path: Path, text: str) -> None:
    family = make({"project/a.yaml": "", "jinja/a.yaml.jinja": text})
    with pytest.raises(InvalidDocument, match=r"jinja/a\.yaml\.jinja: "):
        render(family, defaults, tmp_path / "out")


def test_python_that_is_none_is_an_error(make: Make, defaults: ScratchContext, tmp_path: Path) -> None:
    with pytest.raises(FoundryError, match="ruff"):
        render(make({"project/a.py": "def (:\n"}), defaults, tmp_path / "out")


SCALARS = st.text() | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False)
PRINTABLE = st.text(st.characters(exclude_categories=["Cs"]))


@given(PRINTABLE | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False), PRINTABLE)
def test_a_yaml_scalar_reads_back_as_what_it_was(value: object, other: str) -> None:
    written = yaml_scalar(value)
    assert "\n" not in written
    assert yaml.safe_load(f"a:\n  - [{written}, {yaml_scalar(other)}]\n  - b: {written} # note") == {
        "a": [[value, other], {"b": value}]
    }


@given(PRINTABLE | st.text("\\${}ab:. \n'\""))
def test_omegaconf_reads_text_as_text(value: str) -> None:
    assert OmegaConf.to_container(OmegaConf.create(f"a: {omegaconf_scalar(value)}"), resolve=True) == {"a": value}


@given(SCALARS)
def test_a_json_scalar_reads_back_as_what_it_was(value: object) -> None:
    assert json.loads(json_scalar(value)) == value
