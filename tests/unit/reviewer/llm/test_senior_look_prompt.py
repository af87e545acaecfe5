"""What a model is told when it looks at the code, word for word."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.reviewer.senior import senior_look
from framework.engines.llm.prompting import Prompts
from framework.messages import LANGUAGES, Lang
from tests.unit.coder.llm.scripted import Scripted
from tests.unit.reviewer.llm.test_senior_look import subject

HERE = Path(__file__).parent


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_prompt_is_the_one_that_was_read_and_approved(lang: Lang) -> None:
    engine = Scripted({"findings": []})
    senior_look(engine, subject(lang), "a model of the sea", [])
    made = Prompts().prompt(engine.questions[0])
    assert made is not None
    assert made.user == (HERE / f"senior_look.{lang}.txt").read_text(encoding="utf-8")
