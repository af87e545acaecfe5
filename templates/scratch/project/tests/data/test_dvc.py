"""The pipeline of dvc.yaml can be run: its scripts, files, parameters and keys are there, and stages fit together."""

import re
import shlex
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from scratch_llm.config import load_config

pytestmark = pytest.mark.fast
ROOT = Path(__file__).parents[2]


def filled(value: Any, names: dict[str, Any]) -> Any:
    """Put parameters in place of `${...}`, as DVC does; an unknown name is an error."""
    if isinstance(value, dict):
        return {filled(key, names): filled(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner, names) for inner in value]
    return re.sub(r"\$\{([\w.]+)\}", lambda match: str(names[match[1]]), value) if isinstance(value, str) else value


def flat(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for key, value in tree.items():
        leaves |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return leaves


def stages() -> dict[str, dict[str, Any]]:
    names = flat(yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8")))
    found = {}
    for name, stage in yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"].items():
        for key, item in stage.get("foreach", {"": {}}).items():
            own = names | {"key": key} | flat(filled(item, names), "item.")
            found[f"{name}@{key}" if key else name] = filled(stage.get("do", stage), own)
    return found


def products(stage: dict[str, Any]) -> list[str]:
    return [*stage.get("outs", []), *(path for metric in stage.get("metrics", []) for path in metric)]


@pytest.mark.parametrize("name", stages())
def test_a_stage_s_command_can_be_run(name: str) -> None:
    program, script, *words = shlex.split(stages()[name]["cmd"])
    assert program == "python"
    assert (ROOT / script).is_file()
    options = dict(pairwise(words))
    path = ROOT / options["--config"]
    overrides = [word for word in words if re.match(r"[\w.]+=", word)]
    if "evaluation" in path.parts:
        assert path.is_file()
    else:
        load_config(path, overrides)  # refuses a key that is unknown and a value that is wrong


def test_a_stage_depends_on_what_is_there_or_made_by_another_one() -> None:
    made = {path for stage in stages().values() for path in products(stage)}
    missing = [path for stage in stages().values() for path in stage["deps"] if path not in made]
    assert [path for path in missing if not (ROOT / path).exists()] == []
    used = {path for stage in stages().values() for path in stage["deps"]}
    assert {"data/pipeline/tokenizer", "data/pipeline/pretrain", "outputs/pipeline/sft"} <= made & used


def test_every_parameter_is_used() -> None:
    text = (ROOT / "dvc.yaml").read_text(encoding="utf-8")
    names = flat(yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8")))
    assert [name for name in names if "${" + name + "}" not in text] == []
