"""What a model is told of a failure, word for word: a change of the prompt shows as a change of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.coder.debugging.by_model.proposals import ask
from framework.engines.llm.prompting import Prompts
from framework.messages import LANGUAGES, Lang
from tests.unit.coder.llm.test_diagnose_over_http import scene

HERE = Path(__file__).parent


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_prompt_is_the_one_that_was_read_and_approved(lang: Lang) -> None:
    made = Prompts().prompt(ask(scene(lang=lang), []))
    assert made is not None
    assert made.user == (HERE / f"diagnose.{lang}.txt").read_text(encoding="utf-8")
