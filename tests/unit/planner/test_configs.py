"""The rendered configurations are held against the document."""

from __future__ import annotations

import pytest

from agents.planner.configs import SPEC, ConfigRules, check_configs
from framework.errors import InvalidDocument
from framework.knowledge.specs import find_spec
from tests.conftest import family_tree

RULES = ConfigRules(groups=["task", "model"], own_runs=["mini", "full"], required={"pretrain": ["task"]})
GOOD = {"configs/pretrain/mini.yaml": "task: pretrain\n", "configs/pretrain/full.yaml": "task: pretrain\nmodel: {}\n"}


def test_what_obeys_passes() -> None:
    check_configs(GOOD | {"configs/serve/default.yaml": "port: 1\n", "README.md": "# x\n"}, RULES)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"configs/pretrain/full.yaml": "task: x\nmodle: {}\n"}, "full.yaml must not have the key modle"),
        ({"configs/pretrain/mini.yaml": "model: {}\n"}, "mini.yaml must have the key task"),
        ({"configs/pretrain/other.yaml": "depth: 3\n"}, "other.yaml must not have the key depth"),
    ],
)
def test_what_does_not_is_named(changed: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidDocument, match=said):
        check_configs(GOOD | changed, RULES)


def test_a_small_run_without_the_real_one_is_named() -> None:
    with pytest.raises(InvalidDocument, match=r"configs/pretrain/full\.yaml must exist"):
        check_configs({"configs/pretrain/mini.yaml": "task: pretrain\n"}, RULES)


def test_the_packaged_family_obeys_the_packaged_document() -> None:
    check_configs(family_tree("scratch").texts, find_spec(SPEC, None).parse(ConfigRules))
