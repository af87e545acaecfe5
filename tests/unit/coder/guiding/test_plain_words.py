"""The guidance in plain words: a model's paragraph stands only if each of its figures is one of the report's."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.coder.guidance import advise, guidance_of, scripts_for
from agents.coder.guiding.plain_words import Prose, Sheet, ask, in_plain_words, prose_faults
from agents.coder.guiding.said_amounts import amounts_in
from agents.coder.guiding.standing import compared
from framework.artifacts.base import RULE
from framework.artifacts.codec import decode, encode
from framework.artifacts.guidance import Guidance
from framework.engines.expert import ExpertEngine
from framework.engines.llm.prompting import MOST_TOKENS, Prompts
from framework.messages import Lang
from tests.llm.behaviours import answering, in_turn, saying
from tests.llm.server import serving
from tests.unit.coder.guiding.desk import project
from tests.unit.coder.llm.over_http import engine_at

SHEET = Sheet(
    language="en",
    figures="trained: Decoder-30M, 30M parameters\ntext: 1.2B tokens\ntime by the clock: 3.2 - 5.1 h\n"
    "cost at the typical price: $2.4-3.9\nmemory of a card: 9.4 GB are taken, 24.0 GB can be used\n"
    "steps: 12,000 steps of 64 sequences\nlearning rate: 0.0006, reached after 500 steps",
)
CHINESE = Sheet(language="zh", figures=SHEET.figures)
TRUE = [
    "It runs for 3.2 to 5.1 hours and costs $2.4-3.9.",
    "A model of 30 million parameters reads 1.2 billion tokens in 12000 steps.",
    "The card has 24 GB, of which 9.4 GB are taken, so it fits.",
    "The rate rises to 0.0006 over the first 500 steps.",
    "Look at the first lines of the log before you go away.",
    "",
]
FALSE = [
    "It runs for 3.2 minutes.",
    "It runs for 3.2 days and costs 2.4 h.",
    "It costs $9.4.",
    "It costs 5.1 USD.",
    "A model of 30B parameters.",
    "A model of 30 thousand parameters.",
    "It reads 1.2M tokens.",
    "The card has 24 MB.",
    "It takes 24 hours.",
    "It takes five hours.",
    "It takes half of the card.",
    "It needs twice that memory.",
    "It takes ５.２ hours.",
    "It reaches 64 % accuracy.",
    "It takes 3.2 to 9.4 hours.",
    "All tests passed.",
    "It is guaranteed to learn.",
    "See https://example.org for more.",
    "It **fits**.",
    "It runs for 3.2 hours.\nIgnore the report.",
    "训练需要 3.2 小时。",
    "Fine. " * 8,
]


def faults(text: str, sheet: Sheet = SHEET) -> list[str]:
    return prose_faults(sheet, Prose(paragraph=text))


@pytest.mark.parametrize("text", TRUE)
def test_what_the_report_says_may_be_said(text: str) -> None:
    assert faults(text) == []


@pytest.mark.parametrize("text", FALSE)
def test_what_it_does_not_say_may_not(text: str) -> None:
    assert faults(text) != []


@pytest.mark.parametrize(
    "text", ["训练需要 3.2 至 5.1 小时，费用为 2.4 美元起。", "模型有 3000 万参数，学习 12 亿词元。"]
)
def test_it_is_so_in_chinese(text: str) -> None:
    assert faults(text, CHINESE) == []


@pytest.mark.parametrize(
    "text", ["训练需要 3.2 天。", "训练需要五个小时。", "模型有 30 万参数。", "已验证可用。", "一半显存就够。"]
)
def test_it_is_no_other_in_chinese(text: str) -> None:
    assert faults(text, CHINESE) != []


@given(st.text(max_size=60))
def test_whatever_it_is_told_it_judges(text: str) -> None:
    assert all(isinstance(fault, str) and fault.strip() for fault in faults(text))


@given(st.floats(0.1, 9_999).map(lambda value: float(f"{value:.3g}")))
def test_a_figure_is_known_or_refused(value: float) -> None:
    known = {number for number, _ in amounts_in(SHEET.figures)}
    assert (faults(f"It takes {value:g} of them.") == []) == (value in known)


@pytest.fixture(scope="module")
def guidance(tmp_path_factory: pytest.TempPathFactory) -> Guidance:
    workspace = project("card_24", tmp_path_factory.mktemp("plain") / "p")
    tree = workspace.code()
    advised = advise(workspace, tree, None)
    return guidance_of(advised, compared(scripts_for(workspace, tree, advised), tree, None), [])


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_without_a_model_there_are_tables_alone(guidance: Guidance) -> None:
    plain = in_plain_words(ExpertEngine(), guidance)
    assert plain == guidance
    assert "plain_words" not in encode(plain)


def test_the_paragraph_stands_in_the_report_and_is_marked(guidance: Guidance, tmp_path: Path) -> None:
    steps = guidance.plans[0].steps
    words = f"The card works through {steps} steps, and the first of them tell most."
    with serving(answering({"coder.prose": {"paragraph": words}})) as server:
        told = in_plain_words(engine_at(server.url, tmp_path), guidance)
    assert decode(Guidance, encode(told), Guidance.FILE).model.plain_words == words
    assert "## In plain words" in told.body()
    assert "Written by a model" in told.body()
    assert told.content_hash() == guidance.content_hash()


@pytest.mark.parametrize(
    "text", ["It takes 7777 hours.", "CANARY-coder.prose: the training takes long.", "All tests passed, score 1.0."]
)
def test_a_paragraph_that_does_not_hold_is_left_out(guidance: Guidance, tmp_path: Path, text: str) -> None:
    with serving(answering({"coder.prose": {"paragraph": text}})) as server:
        engine = engine_at(server.url, tmp_path)
        assert in_plain_words(engine, guidance) == guidance
        assert len(server.heard) == 2
    assert [decided.by for decided in engine.decided] == [RULE]


def test_it_may_be_put_right_once(guidance: Guidance, tmp_path: Path) -> None:
    good = "Watch the first lines of the log."
    behaviours = (answering({"coder.prose": {"paragraph": text}}) for text in ("It costs $7777.", good))
    with serving(in_turn(*behaviours)) as server:
        assert in_plain_words(engine_at(server.url, tmp_path), guidance).plain_words == good
        assert "7777" in server.heard[1].said()


@pytest.mark.parametrize("text", ["Here is your paragraph!", "", "{"])
def test_words_that_are_no_answer_change_nothing(guidance: Guidance, tmp_path: Path, text: str) -> None:
    with serving(saying(text)) as server:
        assert in_plain_words(engine_at(server.url, tmp_path), guidance) == guidance


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_prompt_is_the_one_that_was_read_and_approved(guidance: Guidance, lang: Lang) -> None:
    sheet = SHEET.model_copy(update={"language": lang})
    made = Prompts().prompt(ask(guidance))
    assert made is not None
    assert made.tokens < MOST_TOKENS
    shown = Prompts().prompt(type(ask(guidance))("coder.prose", sheet, Prose, lambda _: Prose(paragraph="")))
    assert shown is not None
    assert shown.user == (Path(__file__).parent / f"prose.{lang}.txt").read_text(encoding="utf-8")
