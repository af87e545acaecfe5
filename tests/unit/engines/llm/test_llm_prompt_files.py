"""The prompts of the agents, as files: short, well-formed, with an example that nobody takes for an answer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import Environment, meta

from tests.architecture.house import ROOT

FILES = sorted((ROOT / "agents").glob("*/prompts/*.md.j2"))
MOST_LINES = 60  # with the example
OURS = re.compile(r"\{%\s*(?:include|import|extends|from)\b")


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parts[-3]}.{path.name.partition('.')[0]}")
def test_a_prompt_is_short_and_has_a_marked_example(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    kind = f"{path.parts[-3]}.{path.name.partition('.')[0]}"
    assert f"CANARY-{kind}" in text
    assert len(text.splitlines()) <= MOST_LINES
    assert not OURS.search(text), "a prompt is one file"
    assert meta.find_undeclared_variables(Environment().parse(text)), "a prompt says something of its context"


def test_every_question_has_its_agent() -> None:
    assert {path.parts[-3] for path in FILES} <= {path.parent.name for path in (ROOT / "agents").glob("*/role.yaml")}
