"""The files of deploy/docker: valid for compose whatever things are called, closed, and never written over by force."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agents.ops.deploying.files import ASK, COMPOSE, GPU, KEY, OFFLINE, PROMPTS, chosen, made_files
from agents.ops.deploying.subject import Subject
from framework.artifacts.base import sha256
from framework.artifacts.deployment import FOLDER
from framework.messages import LANGUAGES, Lang
from framework.rendering.standing import compared
from framework.runtime.codetree import CodeTree
from tests.unit.deploy.subjects import subject
from tests.unit.ops.project import tree


def _made(what: Subject, port: int = 8000) -> dict[str, str]:
    return {path.removeprefix(f"{FOLDER}/"): text for path, text in made_files(what, what.bounds, port).items()}


def _service(what: Subject, port: int = 8000) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(_made(what, port)[COMPOSE])["services"]["api"]
    return found


def test_it_is_closed_bounded_and_seen_from_this_machine_only() -> None:
    api = _service(subject(), 8123)
    assert api["ports"] == ["127.0.0.1:${PORT:-8123}:8000"]
    assert api["image"] == "${IMAGE:-fairy-tales:cpu-v1}"
    assert api["mem_limit"] == api["memswap_limit"] == "${MEMORY:-4096m}"
    assert (api["read_only"], api["cap_drop"], api["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    assert (api["user"], api["pids_limit"], api["restart"]) == ("10001:10001", 256, "unless-stopped")
    assert "volumes" not in api
    assert "cpus" not in api  # 0: as many as there are


def test_both_versions_of_compose_read_it() -> None:
    """Version 1 knows neither a name nor a project without services; version 2 warns of a version."""
    for text in (_made(subject())[name] for name in (COMPOSE, GPU, KEY)):
        assert set(yaml.safe_load(text)) <= {"services", "networks", "secrets"}


def test_limits_of_the_policy_reach_the_file() -> None:
    api = _service(subject(run={"cpus": 1.5, "pids": 99, "tmpfs_mb": 7, "address": "0.0.0.0"}))
    assert (api["cpus"], api["pids_limit"], api["tmpfs"]) == (1.5, 99, ["/tmp:size=7m,mode=1777"])
    assert api["ports"][0].startswith("0.0.0.0:")


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(lambda text: not text.startswith("/"))
)
def test_a_folder_of_weights_may_be_called_anything(folder: str) -> None:
    [mount] = _service(subject(weights=folder, mounted=True))["volumes"]
    assert mount["source"].replace("$$", "$") == f"../../{folder}"
    assert "$" not in mount["source"].replace("$$", "")
    assert (mount["target"], mount["read_only"]) == ("/model", True)


def test_a_folder_elsewhere_keeps_its_place() -> None:
    assert _service(subject(weights="/data/model", mounted=True))["volumes"][0]["source"] == "/data/model"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_programs_belong_to_the_project(lang: Lang) -> None:
    made = _made(subject(lang))
    assert "from fairy_tales.inference import" in made[OFFLINE]
    assert "scratch_llm" not in "".join(made.values())
    for name in (ASK, OFFLINE):
        ast.parse(made[name])
    prompts = json.loads(made[PROMPTS])
    assert len(prompts) == len(set(prompts)) == 6


def test_the_files_that_a_deployment_takes() -> None:
    assert chosen(subject()) == [COMPOSE]
    assert chosen(subject(device="gpu")) == [COMPOSE, GPU]
    assert chosen(subject(run={"key_file": "key"})) == [COMPOSE, KEY]


def test_projects_of_one_name_are_two_services() -> None:
    here, there = subject(), subject(labels={"foundry.root": "fedcba9876543210"})
    assert here.compose_project != there.compose_project
    assert here.compose_project.startswith("fairy-tales-")


PATH = f"{FOLDER}/{COMPOSE}"


@pytest.mark.parametrize(
    ("stands", "ours", "kept"),
    [(None, False, False), ("new", False, False), ("old", True, False), ("old", False, True)],
)
def test_a_file_that_a_hand_has_changed_stays(stands: str | None, ours: bool, kept: bool) -> None:
    there: CodeTree = tree({PATH: stands} if stands else {})
    files = compared({PATH: "new"}, there, lambda *_: ours)
    assert (PATH in files.kept) is kept
    assert files.written == ({} if kept else {PATH: "new"})
    [told] = files.told
    assert (told.sha256, told.made) == (sha256("old" if kept else "new"), sha256("new"))
    assert bool(told.diff) is kept
