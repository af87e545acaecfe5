"""The skill from requirements.md to tech.md, for whatever may be wished."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.coder.technology import choose, run
from framework.artifacts.codec import decode, encode
from framework.artifacts.files import ProjectFiles, write_text
from framework.artifacts.records import Answers, RunRecord, Settings
from framework.artifacts.requirements import Item, Project, Requirements
from framework.artifacts.slots import TASKS, Throughput
from framework.artifacts.tech import Tech
from framework.engines.expert import ExpertEngine
from framework.gates.technology import judge
from framework.messages import LANGUAGES, Lang
from framework.runtime.events import Event
from framework.runtime.userdata import DataFacts
from framework.runtime.workspace import Workspace
from framework.workflow.skills import load_role
from tests.unit.coder.wishes import policy, tech_for, wanted

NASTY = "{{ 7*7 }} | <script>alert(1)</script> ```\n---\n## Notes\n$(touch x) \u202e"
NAMES = ["RTX 4090", "T4", "M2 Max", "Ascend 910B", "CPU", "H100", "my grandmother's card", NASTY]
MODELS = ["Qwen2.5-7B", "Llama-3", "ChatGLM3-6B", "bge-m3", "bert-base-chinese", "DeepSeek-V3", "./mine", NASTY]
DATA = [
    "TinyStories",
    "3 examples",
    "20 万条工单",
    "MetaMathQA",
    "2B tokens of text",
    "Unknown-Corpus",
    "1.4 GB",
    NASTY,
]


@st.composite
def requirements(draw: st.DrawFn) -> Requirements:
    """Any requirements that the schema allows, mostly strange ones."""
    values: dict[str, st.SearchStrategy[Any]] = {
        "task": st.sampled_from(TASKS),
        "goal": st.sampled_from(["a support chatbot", "写睡前故事", "semantic search over manuals", NASTY]),
        "language_of_data": st.sampled_from(["en", "zh", "de", "sw", ["zh", "en"]]),
        "hardware.gpu": st.sampled_from(NAMES) | st.lists(st.sampled_from(NAMES), min_size=2, max_size=3),
        "hardware.count": st.sampled_from([1, 2, 8, 64]),
        "hardware.vram_gb": st.sampled_from([1, 4, 24, 80, 500]),
        "hardware.cpu_only": st.booleans(),
        "time_limit_h": st.sampled_from([0.01, 1, 48, 10_000]),
        "budget_usd": st.sampled_from([0, 0.5, 200, 1e6]),
        "sla.latency_ms": st.sampled_from([1, 500]),
        "sla.throughput": st.builds(Throughput, value=st.just(50), unit=st.sampled_from(["req/s", "tokens/s"])),
        "params": st.sampled_from([1, 10_000_000, 7_000_000_000, 10**13]),
        "base_model": st.sampled_from(MODELS),
        "dataset": st.sampled_from(DATA),
        "data_format": st.sampled_from(["csv", "pdf"]),
        "context_len": st.sampled_from([1, 4096, 1_000_000]),
        "offline": st.booleans(),
        "license": st.sampled_from(["commercial", "Apache-2.0", "non-commercial", NASTY]),
        "privacy": st.sampled_from(["on-premises", "GDPR"]),
        "method": st.sampled_from(["full", "lora", "qlora", "dpo", "ppo", "rag", ["sft", "dpo"]]),
        "stack": st.sampled_from(["MindSpore", "DeepSpeed"]),
        "success_metric": st.sampled_from(["MMLU > 99%", "accuracy > 90%"]),
    }
    slots = draw(st.sets(st.sampled_from(sorted(values)), max_size=9))
    items = [Item(slot=slot, value=draw(values[slot]), provenance="stated", score=0.9) for slot in sorted(slots)]
    project = Project(
        name="demo", title=draw(st.sampled_from(["Demo", NASTY])), language=draw(st.sampled_from(LANGUAGES))
    )
    return Requirements(project=project, items=items)


def written(root: Path, need: Requirements, tech: Tech) -> ProjectFiles:
    files = ProjectFiles(root)
    write_text(files.report("requirements.md"), encode(need))
    write_text(files.report("tech.md"), encode(tech))
    return files


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(need=requirements())
def test_whatever_is_wished_gets_a_choice_that_passes_its_gate(tmp_path: Path, need: Requirements) -> None:
    tech = choose(need, policy(), ExpertEngine())
    assert len(tech.candidates) >= 2
    assert decode(Tech, encode(tech), "tech.md").model == tech
    verdict = judge(written(tmp_path, need, tech))
    assert [finding.message for finding in verdict.findings] == []


def workspace(root: Path, need: Requirements, said: list[Event], **chosen: Any) -> Workspace:
    files = ProjectFiles(root)
    write_text(files.report("requirements.md"), encode(need))
    record = RunRecord(
        name="demo", lang=need.language, request="", settings=Settings(**chosen), created_at="2026-01-01T00:00:00Z"
    )
    return Workspace(files, load_role("coder"), "technology", record, Answers(), said.append)


def report(root: Path) -> str:
    return (ProjectFiles(root).staging("technology") / "tech.md").read_text(encoding="utf-8")


def test_the_skill_reads_requirements_and_writes_the_report(tmp_path: Path) -> None:
    said: list[Event] = []
    run(workspace(tmp_path, wanted(task="sft", hardware__gpu="RTX 4090"), said), ExpertEngine())
    assert decode(Tech, report(tmp_path), "tech.md").model.recommended
    assert [event.key for event in said] == ["technology.computing"]


def test_the_same_wishes_give_the_same_bytes(tmp_path: Path) -> None:
    need = wanted("zh", task="pretrain", goal="写古诗", hardware__cpu_only=True)
    texts = set()
    for name in ("one", "two"):
        run(workspace(tmp_path / name, need, []), ExpertEngine())
        texts.add(report(tmp_path / name))
    assert len(texts) == 1


def test_an_edited_ml_md_changes_the_choice(tmp_path: Path) -> None:
    from framework import resources

    own = resources.read_text("ML.md").replace("{least: 2, most: 4}", "{least: 2, most: 2}")
    own = own.replace("lora_rank: 16", "lora_rank: 64")
    write_text(tmp_path / "specs" / "ML.md", own)
    need = wanted(task="sft", base_model="Qwen2.5-7B", hardware__gpu="A100")
    run(workspace(tmp_path, need, [], specs=str(tmp_path / "specs")), ExpertEngine())
    tech = decode(Tech, report(tmp_path), "tech.md").model
    assert len(tech.candidates) == 2
    assert tech.choice is not None
    assert tech.choice.training is not None
    assert tech.choice.training.lora_rank == 64


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_reads_as_its_language(lang: Lang) -> None:
    body = tech_for(lang, task="sft", base_model="Qwen2.5-7B", method="full", hardware__vram_gb=24).body()
    headings = [line for line in body.splitlines() if line.startswith("## ")]
    assert len(headings) >= 8
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in line) == (lang == "zh") for line in headings)
    assert "Qwen2.5-7B" in body


def test_what_users_write_stays_text(tmp_path: Path) -> None:
    need = wanted(task="sft", base_model=NASTY, dataset=NASTY, hardware__gpu=NASTY, goal=NASTY)
    text = encode(choose(need, policy(), ExpertEngine()))
    body = text.split("\n---\n", 2)[-1]
    assert "<script>" not in body
    assert body.count("\n## Notes\n") == 1
    assert "49" not in body.split("##")[0]


def test_the_users_data_is_counted_by_its_facts() -> None:
    facts = DataFacts(
        path="/data/faq.jsonl",
        folder=False,
        format="jsonl",
        mixed=False,
        files=1,
        rows=7_000,
        bytes=3_000_000,
        digest="0",
    )
    tech = choose(wanted(task="sft", hardware__gpu="RTX 4090"), policy(), ExpertEngine(), facts)
    assert tech.choice is not None
    full = tech.choice.data.full
    assert (full.own, full.rows, full.name) == (True, 7_000, "/data/faq.jsonl")
