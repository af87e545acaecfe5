"""Whatever a user can choose or watch stands in the documents, in both languages."""

import re
from collections.abc import Iterable

import pytest

from scratch_llm.data.registry import SOURCES
from scratch_llm.evaluation.measures import MEASURES
from scratch_llm.inference import BACKENDS, SamplingParams
from scratch_llm.models.registry import ATTENTION, FEED_FORWARD
from scratch_llm.tokenizers.kinds import KINDS

from tests.architecture.checkout import SOURCE
from tests.house.documents import LANGUAGES, page

SERVER = SOURCE / "inference" / "server"
CHOICES: dict[str, tuple[str, Iterable[str]]] = {
    "attention": ("architecture.md", ATTENTION),
    "feed-forward": ("architecture.md", FEED_FORWARD),
    "datasets": ("data.md", SOURCES),
    "tokenizers": ("tokenizers.md", KINDS),
    "backends": ("inference.md", BACKENDS),
    "sampling": ("inference.md", set(SamplingParams.model_fields) - {"ignore_eos"}),
    "evaluation tasks": ("evaluation.md", MEASURES),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", CHOICES)
def test_every_choice_is_documented(what: str, language: str) -> None:
    name, choices = CHOICES[what]
    text = page(language, name).read_text(encoding="utf-8")
    assert [choice for choice in choices if f"`{choice}`" not in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_measure_of_the_server_is_documented_and_no_other(language: str) -> None:
    given = set(re.findall(r'"(llm_\w+)"', (SERVER / "metrics.py").read_text(encoding="utf-8")))
    text = page(language, "serving.md").read_text(encoding="utf-8")
    told = {re.sub(r"_total$", "", name) for name in re.findall(r"\bllm_\w+", text)}
    assert {re.sub(r"_info$", "", name) for name in told} == given


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_of_the_server_is_documented(language: str) -> None:
    statuses = set(re.findall(r"^\| (\d{3}) \|", (SERVER / "refusals.py").read_text(encoding="utf-8"), re.MULTILINE))
    text = page(language, "serving.md").read_text(encoding="utf-8")
    assert statuses - {"500"} == set(re.findall(r"^\| (\d{3}) \|", text, re.MULTILINE))
