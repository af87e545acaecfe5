"""The scratch family: as it lies it is its own rendering, and every context gives a whole project."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from omegaconf import OmegaConf

from framework.rendering.context import ScratchContext
from framework.rendering.family import Family, load_family
from framework.rendering.render import render

HOSTILE = (
    'An "AI" for a\'s: {{ 7*7 }} {% raw %} ${oc.env:HOME} \\${x} \\\\${y} `x` [a](b.md) <!-- goal:end -->'
    " # -- \u0085 \u2028 é 故事 😀 "
) + " ".join(["/ro" + "ot/x", "TO" + "DO"])
NAMES = {"package": "tale_teller", "distribution": "tale-teller", "title": "Tale Teller"}


@pytest.fixture(scope="module")
def family() -> Family:
    return load_family("scratch")


@pytest.fixture(scope="module")
def defaults(family: Family) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((family.root / "defaults.yaml").read_text("utf-8"))
    return read


def changed(defaults: dict[str, Any], **changes: Any) -> ScratchContext:
    """The defaults with other values; a mapping changes only what it names."""
    merged = {
        key: value | changes.pop(key, {}) if isinstance(value, dict) else value for key, value in defaults.items()
    }
    return ScratchContext.model_validate(merged | changes)


def another(defaults: dict[str, Any], words: str) -> ScratchContext:
    """A context that differs from the defaults wherever it can, and says the words wherever a user can."""
    pretrain = defaults["stages"][0]
    own = {"dataset_name": "local", "path": f"corpus/{words}.txt", "text_column": words, "language": "zh"}
    run = {
        **{"strategy": "fsdp2", "activation_checkpointing": True, "max_steps": 7, "lr": 0.000001},
        **{"optimizer": "muon", "scheduler": "wsd", "weight_decay": 0.0, "early_stop": 4, "seed": 11},
    }
    stage = pretrain | {
        "full_data": pretrain["full_data"] | own | {"streaming": True},
        "full_run": pretrain["full_run"] | run,
    }
    mla = {
        "attention": "mla",
        "feed_forward": "moe",
        "n_experts": 4,
        "dropout": 0.2,
        "latent": {"kv_rank": 8, "nope_dim": 8, "rope_dim": 4, "v_dim": 8},
    }
    return changed(
        defaults,
        identity=NAMES | {"language": "zh", "license": "proprietary", "python": "3.12"},
        device="gpu",
        offline=True,
        goal=words,
        model=mla,
        mini_model=mla,
        stages=[stage],
        prompts=[words, "no"],
        service={"requests_per_s": 2.5, "availability": 99.95},
    )


def texts(folder: Path) -> dict[str, str]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in paths}


@pytest.fixture(scope="module")
def other(family: Family, defaults: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("other") / "project"
    render(family, another(defaults, HOSTILE), folder)
    return folder


def test_the_defaults_give_the_template_as_it_lies(family: Family, defaults: dict[str, Any], tmp_path: Path) -> None:
    made = render(family, ScratchContext.model_validate(defaults), tmp_path / "project")
    assert sorted(made) == sorted(family.files)
    for path in made:
        assert (tmp_path / "project" / path).read_bytes() == (family.root / "project" / path).read_bytes(), path


def test_every_jinja_template_is_of_a_file_of_the_project(family: Family) -> None:
    templates = [
        path.relative_to(family.root / "jinja") for path in (family.root / "jinja").rglob("*") if path.is_file()
    ]
    assert {path.as_posix().removesuffix(".jinja") for path in templates} <= set(family.files)
    assert all(path.suffix == ".jinja" and ".py" not in path.suffixes for path in templates)


def test_the_template_spells_its_name_in_three_ways_only(family: Family) -> None:
    names = family.rules.names
    spelled = re.compile(r"\bscratch[ _-]?llm\b", re.IGNORECASE)
    found = {
        name for path in family.files for name in spelled.findall((family.root / "project" / path).read_text("utf-8"))
    }
    assert found == {names.package, names.distribution, names.title}


def test_nothing_of_the_template_is_left(family: Family, defaults: dict[str, Any], tmp_path: Path) -> None:
    made = render(family, another(defaults, "some words"), tmp_path)
    for path in made:
        text = (tmp_path / path).read_text("utf-8")
        assert not re.search(r"scratch[ _-]?llm", path + text, re.IGNORECASE), path
        if family.source(path).suffix == ".jinja":
            assert not re.search(r"(?<!\$)\{\{|\{%|\{#", text), path


def test_the_words_of_a_user_stay_words(other: Path) -> None:
    config = OmegaConf.load(other / "configs/pretrain/full.yaml")
    assert config.data.path == f"corpus/{HOSTILE}.txt"
    assert config.data.text_column == HOSTILE
    assert list(config.logging.sample_prompts) == [HOSTILE, "no"]
    readme = (other / "README.md").read_text("utf-8")
    assert readme.count("<!-- goal:end -->") == 1
    assert "49" not in readme.split("<!-- goal:end -->")[0]


def test_a_config_says_what_the_context_says(other: Path, defaults: dict[str, Any]) -> None:
    config = yaml.safe_load((other / "configs/pretrain/full.yaml").read_text("utf-8").replace("1e-06", "0.000001"))
    assert config["model"]["mla"] == {"kv_rank": 8, "nope_dim": 8, "rope_dim": 4, "v_dim": 8}
    assert config["model"]["moe"] == {"n_expert": 4}
    assert config["data"]["offline"] is config["data"]["streaming"] is True
    assert config["training"]["max_steps"] == 7
    assert (config["training"]["strategy"], config["training"]["activation_checkpointing"]) == ("fsdp2", True)
    assert (config["seed"], config["training"]["early_stop"], config["model"]["dropout"]) == (11, 4, 0.2)
    assert (config["optimizer"]["name"], config["scheduler"]["name"]) == ("muon", "wsd")
    assert config["optimizer"]["params"]["weight_decay"] == 0.0
    serve = yaml.safe_load((other / "configs/serve/project.yaml").read_text("utf-8"))
    assert {key: serve[key] for key in ("n_slot", "max_queue")} == {
        key: defaults["service"][key] for key in ("n_slot", "max_queue")
    }


def test_what_a_context_does_not_ask_for_is_not_there(other: Path) -> None:
    names = texts(other)
    assert [name for name in names if re.fullmatch(r"configs/(sft|dpo)/(mini|full)\.yaml", name)] == []
    assert "configs/sft/" not in re.split(r"<!-- verified:begin -->", names["README.md"])[0]


@pytest.mark.parametrize(
    ("language", "first", "second"), [("en", "README.md", "README.zh.md"), ("zh", "README.en.md", "README.md")]
)
def test_the_readme_is_in_the_project_s_language(
    family: Family, defaults: dict[str, Any], tmp_path: Path, language: str, first: str, second: str
) -> None:
    made = render(family, changed(defaults, identity={"language": language}), tmp_path / "project")
    assert [name for name in made if name.startswith("README")] == sorted([first, second])
    english, chinese = ((tmp_path / "project" / name).read_text("utf-8") for name in (first, second))
    assert f"[中文]({second})" in english
    assert f"[English]({first})" in chinese
    mkdocs = (tmp_path / "project" / "mkdocs.yml").read_text("utf-8")
    assert re.search(rf"locale: {language}\n +default: true\n", mkdocs)
    assert mkdocs.count("default: true") == 1


@pytest.mark.parametrize(
    ("name", "spdx", "words"),
    [
        ("MIT", "MIT", "Permission is hereby granted, free of charge"),
        ("Apache-2.0", "Apache-2.0", "Version 2.0, January 2004"),
        ("BSD-3-Clause", "BSD-3-Clause", "Neither the name of the copyright holder"),
        ("proprietary", "LicenseRef-Proprietary", "All rights reserved"),
    ],
)
def test_every_licence_has_its_text(
    family: Family, defaults: dict[str, Any], tmp_path: Path, name: str, spdx: str, words: str
) -> None:
    render(family, changed(defaults, identity=NAMES | {"license": name}), tmp_path / "project")
    text = (tmp_path / "project" / "LICENSE").read_text("utf-8")
    assert words in text
    assert "Tale Teller" in text
    assert tomllib.loads((tmp_path / "project" / "pyproject.toml").read_text("utf-8"))["project"]["license"] == spdx


def test_the_oldest_python_is_the_same_everywhere(other: Path) -> None:
    assert tomllib.loads((other / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"] == ">=3.12"
    workflow = yaml.safe_load((other / ".github/workflows/test.yml").read_text("utf-8"))
    assert workflow["jobs"]["test"]["strategy"]["matrix"]["python"] == ["3.12", "3.13"]
    told = [text for name, text in texts(other).items() if re.match(r"docs/|CONTRIBUTING|README|\.github/", name)]
    assert "3.11" not in "".join(told)


def test_alerts_have_the_thresholds_of_the_context(other: Path) -> None:
    groups = yaml.safe_load((other / "monitoring/alerts.yaml").read_text("utf-8"))["groups"]
    rules = {rule["alert"]: rule["expr"] for rule in groups[0]["rules"]}
    assert rules["AvailabilityLow"].endswith("< 99.95")
    assert "< 2.5" in rules["ThroughputLow"]
    assert rules["MemoryHigh"] == "llm_device_memory_bytes > 4 * 1e9"
