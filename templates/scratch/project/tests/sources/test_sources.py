"""One door for all data: names, kinds, limits, and what is known of each dataset."""

import json
import logging
from pathlib import Path

import pytest

from scratch_llm.config import DataConfig, TrainConfig
from scratch_llm.data.cards import data_card, model_card
from scratch_llm.data.faults import Faults
from scratch_llm.data.records import ChatRecord, PreferenceRecord, TextRecord, text_of
from scratch_llm.data.registry import SOURCES
from scratch_llm.data.sources import load_records, provenance
from scratch_llm.tokenizers import Message
from scratch_llm.utils.errors import ConfigError
from scratch_llm.utils.files import sha256

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("name", "task", "record"),
    [
        ("synthetic_stories", "pretrain", TextRecord),
        ("synthetic_instructions", "sft", ChatRecord),
        ("synthetic_preferences", "dpo", PreferenceRecord),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh", "mixed"])
def test_each_task_has_a_source_that_needs_no_download(name: str, task: str, record: type, language: str) -> None:
    data = DataConfig.model_validate({"dataset_name": name, "language": language, "n_documents": 7, "seed": 2})
    records = list(load_records(data, task))
    assert len(records) == 7
    assert all(isinstance(one, record) and text_of(one) for one in records)
    assert records == list(load_records(data, task))


def test_a_local_dataset_is_read_up_to_the_limit_and_its_faults_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.jsonl").write_text("not json\n" + '{"body": "good"}\n' * 9)
    data = DataConfig(dataset_name="local", path=tmp_path / "a.jsonl", text_column="body", n_documents=5)
    with caplog.at_level(logging.WARNING):
        assert list(load_records(data, "pretrain")) == [TextRecord("good")] * 5
    assert "1 row was left out:\n  a.jsonl, row 1: this is not JSON" in caplog.text
    caplog.clear()
    faults = Faults()
    assert list(load_records(data, "pretrain", faults)) == [TextRecord("good")] * 5
    assert faults.count == 1
    assert caplog.text == ""
    assert faults.limit == 5
    facts = provenance(data)
    assert facts["files"] == {"a.jsonl": sha256(tmp_path / "a.jsonl")}


@pytest.mark.parametrize(("n_documents", "is_told"), [(8, True), (9, False)])
def test_a_limit_that_cuts_a_persons_data_is_told(
    n_documents: int, is_told: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "good"}\n' * 9)
    data = DataConfig(dataset_name="local", path=tmp_path / "a.jsonl", n_documents=n_documents)
    with caplog.at_level(logging.WARNING):
        assert len(list(load_records(data, "pretrain"))) == n_documents
    assert ("raise data.n_documents" in caplog.text) is is_told


@pytest.mark.parametrize(
    ("name", "task", "says", "hint"),
    [
        ("synthetic_storys", "pretrain", "'synthetic_storys' is unknown", "did you mean synthetic_stories"),
        ("qqq", "pretrain", "'qqq' is unknown", "there are synthetic_stories"),
        ("synthetic_stories", "sft", "holds text records, task sft needs chat", "synthetic_instructions, alpaca"),
        ("alpaca", "dpo", "task dpo needs preference", "ultrafeedback"),
        ("local", "pretrain", "needs a path", "data.path"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_read(name: str, task: str, says: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        list(load_records(DataConfig(dataset_name=name), task))
    assert hint in caught.value.hint


def test_every_source_says_what_it_is() -> None:
    for name, source in SOURCES.items():
        facts = provenance(DataConfig(dataset_name=name, folder=Path("nowhere")))
        assert facts["dataset"] == name
        assert all(facts[key] for key in ("description", "licence", "origin", "languages"))
        assert source.kinds and source.size


def test_text_of_holds_all_that_is_said() -> None:
    asked = (Message("system", "S"), Message("user", "Q"))
    assert text_of(ChatRecord((*asked, Message("assistant", "A")))) == "S\nQ\nA"
    assert text_of(PreferenceRecord(asked, "good", "bad")) == "S\nQ\ngood\nbad"


def test_a_data_card_shows_facts_checks_and_samples_as_they_are() -> None:
    facts = provenance(DataConfig())
    checks = {"deduplication": {"removed": 3}, "contamination": {"mean_overlap": 0.1}}
    card = data_card(
        facts, figures={"documents": 20, "odd|name": "a|b\n<script>"}, checks=checks, samples=["# no\n<b>"]
    )
    assert "# Data card: synthetic_stories" in card
    assert "| licence | that of this project (own text) |" in card
    assert "| odd\\|name | a\\|b &lt;script> |" in card
    assert "## Deduplication" in card and "| mean_overlap | 0.1 |" in card
    assert "    # no\n    <b>" in card


def test_a_model_card_shows_shape_data_and_results() -> None:
    card = model_card(
        "stories",
        TrainConfig(),
        n_parameters=1_234_567,
        provenance=provenance(DataConfig()),
        results={"perplexity": 3.25, "chat template": "roles-v1"},
        samples=["Once upon a time"],
    )
    for row in (
        "| parameters | 1,234,567 |",
        "| attention | gqa |",
        "| perplexity | 3.25 |",
        "| dataset | synthetic_stories |",
    ):
        assert row in card
    assert "    Once upon a time" in card
    assert json.dumps(provenance(DataConfig())["languages"]) in card
