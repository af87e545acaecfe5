"""Rules read from documents and sentences: what a program can obey of them, and which cannot hold together."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.planner.conventions.contradictions import contradictions
from agents.planner.conventions.documents import added_rules, listed_rules, without_rules
from agents.planner.conventions.enforcing import combined, enforced_block, obeyed
from framework.artifacts.files import read_text
from framework.artifacts.project_rules import Enforced
from framework.errors import InvalidDocument
from framework.knowledge.specs import given_document
from tests.architecture.house import ROOT

OURS = read_text(ROOT / "CLAUDE.md")
RULES = [rule.text for rule in listed_rules(OURS)]


def test_the_packaged_document_is_read_whole() -> None:
    assert {rule.section for rule in listed_rules(OURS)} == {"Always", "Never", "Style", "Before a long run"}
    assert "Never commit secrets, data, weights or outputs." in RULES
    assert all(not rule.startswith(("-", ">", "#", "```")) for rule in RULES)
    assert enforced_block(given_document("CLAUDE.md", OURS)).max_attempts == 8


def test_items_go_on_over_lines_and_prose_is_no_rule() -> None:
    text = "# Title\nSome prose.\n\n## 安全\n- 不得提交密钥，\n  也不得提交数据\n1. Second\n"
    text += "```yaml\n- not: this\n```\n> - nor this\n"
    assert [(rule.section, rule.text) for rule in listed_rules(text)] == [
        ("安全", "不得提交密钥， 也不得提交数据"),
        ("安全", "Second"),
    ]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("never use the network; at most 3 attempts", ["never use the network", "at most 3 attempts"]),
        ("禁止联网；最多尝试 3 次。每次修复都要确认", ["禁止联网", "最多尝试 3 次", "每次修复都要确认"]),
        ("Use Python 3.11. Edit train.py only.", ["Use Python 3.11", "Edit train.py only"]),
        ("- one\n- two; with a half\n", ["one", "two; with a half"]),
        (" ;; \n", []),
    ],
)
def test_what_a_person_writes_is_parted(text: str, rules: list[str]) -> None:
    assert [rule.text for rule in added_rules(text)] == rules


def test_a_dropped_rule_leaves_the_rest_as_it_was() -> None:
    rest = without_rules(OURS, ["Never commit secrets, data, weights or outputs."])
    assert "Never commit secrets" not in rest
    assert "```" not in rest
    assert [rule for rule in RULES if "commit secrets" not in rule] == [rule.text for rule in listed_rules(rest)]


OFFLINE = {"network": False, "downloads": False}


@pytest.mark.parametrize(
    ("sentence", "values"),
    [
        ("never use the network", OFFLINE),
        ("We work offline only", OFFLINE),
        ("No internet, ever", OFFLINE),
        ("禁止联网", OFFLINE),
        ("不要使用网络", OFFLINE),
        ("训练必须离线运行", OFFLINE),
        ("You may use the network", {"network": True, "downloads": True}),
        ("允许联网", {"network": True, "downloads": True}),
        ("Never download anything", {"downloads": False}),
        ("at most 3 attempts", {"max_attempts": 3}),
        ("No more than five repair attempts", {"max_attempts": 5}),
        ("Repairs are tried at most twice", {"max_attempts": 2}),
        ("Stop after two failed attempts", {"max_attempts": 2}),
        ("max_attempts: 4", {"max_attempts": 4}),
        ("最多尝试三次", {"max_attempts": 3}),
        ("修复次数不超过 5 次", {"max_attempts": 5}),
        ("No new dependencies", {"no_new_dependencies": True}),
        ("Never install additional packages", {"no_new_dependencies": True}),
        ("不得新增任何依赖", {"no_new_dependencies": True}),
        ("Every repair must be confirmed by a person", {"confirm_every_repair": True}),
        ("Ask me before every change", {"confirm_every_repair": True}),
        ("每次修复必须经过确认", {"confirm_every_repair": True}),
        ("Never touch `configs/serve/`", {"forbidden_paths": ["configs/serve/**"]}),
        ("Do not edit src/demo/model.py or *.toml", {"forbidden_paths": ["src/demo/model.py", "*.toml"]}),
        ("The data folder must not be changed", {"forbidden_paths": ["data/**"]}),
        ("tests/ is read-only", {"forbidden_paths": ["tests/**"]}),
        ("不得修改 configs/ 目录", {"forbidden_paths": ["configs/**"]}),
        ("不要动 data 文件夹", {"forbidden_paths": ["data/**"]}),
        ("Leave training/engine.py alone", {"forbidden_paths": ["training/engine.py"]}),
        ("Keep your hands off configs/full", {"forbidden_paths": ["configs/full"]}),
        ("别碰 src/demo/model.py", {"forbidden_paths": ["src/demo/model.py"]}),
        ("Don't repair more than twice", {"max_attempts": 2}),
        ("Never try more than 4 times", {"max_attempts": 4}),
        ("每次修复前要问我", {"confirm_every_repair": True}),
        ("别碰 tests", {"forbidden_paths": ["tests/**"]}),
        ("不要动 tests 和 configs", {"forbidden_paths": ["tests/**", "configs/**"]}),
        ("别碰测试", {"forbidden_paths": ["tests/**"]}),
        ("Don't touch tests or the docs", {"forbidden_paths": ["tests/**", "docs/**"]}),
        ("Leave tests alone", {"forbidden_paths": ["tests/**"]}),
        ("绝不改动 src/zh/models 目录", {"forbidden_paths": ["src/zh/models"]}),
        ("不要动「models」目录", {"forbidden_paths": ["models/**"]}),
        ("Repairs only after I confirm", {"confirm_every_repair": True}),
        ("Fix things only with my approval", {"confirm_every_repair": True}),
        ("Never repair anything without asking me", {"confirm_every_repair": True}),
        ("未经我同意不得修改", {"confirm_every_repair": True}),
        ("我确认后才能修复", {"confirm_every_repair": True}),
    ],
)
def test_a_plain_sentence_is_obeyed(sentence: str, values: dict[str, Any]) -> None:
    assert obeyed(sentence) == values


@pytest.mark.parametrize(
    "sentence",
    [
        *RULES,
        "Never use more than two GPUs",
        "Never fix more than two files at once",
        "每次修复前不用问我",
        "No need to confirm every repair",
        "Never download weights of unknown origin",
        "All functions have docstrings",
        "You may edit `configs/serve/`",
        "Write new configs below configs/",
        "函数要有类型标注",
        "No more than 2 repair attempts per failure",
        "每个错误最多尝试 3 次",
        "You don't need to ask before a fix",
        "Never change the tests to get past a failure",
        "Only edit files under src/demo/models",
        "Only change one thing at a time",
        "We only write docs in English",
        "Only change configs through copies",
        "Ask for a review before you merge changes",
        "Change the config only if the user asks",
    ],
)
def test_advice_for_people_is_not_taken_for_more(sentence: str) -> None:
    assert obeyed(sentence) == {}


@pytest.mark.parametrize(
    "sentence",
    [
        "Only edit files under src/",
        "Edit only src/",
        "Do not edit anything outside src/",
        "Don't touch anything except src/",
        "只能修改 src/ 下的文件",
        "除 src/ 外不要修改任何文件",
        "不要在 src 之外改动文件",
    ],
)
def test_whatever_lies_beside_the_only_folder_is_forbidden(sentence: str) -> None:
    enforced = combined([obeyed(sentence)])
    beside = ["tests/test_a.py", "configs/mini.yaml", "scripts/train.py", "docs/en/data.md", "pyproject.toml"]
    assert all(enforced.forbids(path) for path in beside)
    assert not any(enforced.forbids(path) for path in ("src/demo/model.py", "src/demo/data/batch.py", "outputs/a.json"))


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading(text: str) -> None:
    for rule in added_rules(text):
        assert rule.text.strip()
        assert combined([obeyed(rule.text)]) == combined([obeyed(rule.text)] * 2), "what is said twice holds once"
        assert len(contradictions(rule.text, RULES)) <= len(RULES)
    assert all(rule.text.strip() for rule in listed_rules(text))


@pytest.mark.parametrize(
    ("glob", "path", "is_forbidden"),
    [
        ("data/**", "data/raw/a.txt", True),
        ("data/", "data/a.txt", True),
        ("data", "data/a.txt", True),
        ("data/**", "database/a.txt", False),
        ("LICENSE", "LICENSE", True),
        ("*.toml", "pyproject.toml", True),
        ("configs/*.yaml", "configs/serve/default.yaml", True),
        ("src/a.py", "src/b.py", False),
        ("training/engine.py", "src/demo/training/engine.py", True),
        ("training/engine.py", "src/demo/retraining/engine.py", False),
        ("training/*.py", "src/demo/training/engine.py", True),
        ("demo/training/", "src/demo/training/engine.py", True),
        ("configs/full", "configs/pretrain/full.yaml", True),
        ("configs/full", "configs/full/a.yaml", True),
        ("configs/full", "configs/pretrain/mini.yaml", False),
        ("configs/full", "src/full.py", False),
        ("data/**", "src/demo/data/batch.py", False),
    ],
)
def test_what_a_path_covers(glob: str, path: str, is_forbidden: bool) -> None:
    assert Enforced(forbidden_paths=[glob]).forbids(path) == is_forbidden


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("enforced: {max_attempts: 0}", "line 3, key enforced.max_attempts"),
        ("enforced: {max_atempts: 3}", "is not a known key"),
        ("enforced: {network: perhaps}", "enforced.network"),
    ],
)
def test_a_wrong_block_is_named(block: str, words: str) -> None:
    with pytest.raises(InvalidDocument, match=words):
        enforced_block(given_document("rules.file", f"# Rules\n```yaml\n{block}\n```\n"))


EXISTING = [*RULES, "不得覆盖检查点", "最多尝试 8 次"]


@pytest.mark.parametrize(
    ("added", "existing", "stricter"),
    [
        ("You may overwrite data", "Never overwrite data", "existing"),
        ("Data may be overwritten when the disk is full", "Never overwrite data", "existing"),
        ("可以覆盖数据", "Never overwrite data", "existing"),
        ("Checkpoints can be replaced", "不得覆盖检查点", "existing"),
        ("Secrets may be committed", "Never commit secrets", "existing"),
        ("允许提交模型权重", "Never commit secrets", "existing"),
        ("Tests may be weakened when they are flaky", "Never weaken a test", "existing"),
        ("It is fine to catch every exception", "Never catch every", "existing"),
        ("Never pin dependencies", "Dependencies are pinned", "added"),
        ("不要固定依赖版本", "Dependencies are pinned", "added"),
        ("The shipped configs may be edited", "Behaviour is changed by configuration", "existing"),
        ("Figures that were not measured may be reported", "Never report a figure", "existing"),
        ("Lines of at most 100 characters", "Python 3.11+", "added"),
        ("每行不超过 140 个字符", "Python 3.11+", "existing"),
        ("at most 3 attempts", "最多尝试 8 次", "added"),
        ("No more than 20 attempts", "最多尝试 8 次", "existing"),
        ("Catch all exceptions so training never dies", "Never catch", "existing"),
        ("捕获所有异常，让训练永不中断", "Never catch", "existing"),
        ("Use Python 3.9", "Python 3.11+", "existing"),
        ("Target Python 3.10 or newer", "Python 3.11+", "existing"),
        ("Use 4-space tabs and lines of 80 characters", "Python 3.11+", "added"),
        ("80-character lines", "Python 3.11+", "added"),
        ("Wrap lines at 79", "Python 3.11+", "added"),
        ("每行 79 个字符", "Python 3.11+", "added"),
        ("No type annotations please", "Python 3.11+", "added"),
        ("代码里不写类型标注", "Python 3.11+", "added"),
        ("Estimate figures when they were not measured", "Never report a figure", "existing"),
        ("If a figure was not measured, guess it", "Never report a figure", "existing"),
        ("没有测量的指标可以估计", "Never report a figure", "existing"),
    ],
)
def test_what_contradicts_by_its_meaning_is_found(added: str, existing: str, stricter: str) -> None:
    found = contradictions(added, EXISTING)
    assert [
        (one.existing.startswith(existing), one.stricter) for one in found if one.existing.startswith(existing)
    ] == [(True, stricter)]


@pytest.mark.parametrize(
    "added",
    [
        *RULES,
        "Never overwrite the data folder",
        "Lines of at most 120 characters",
        "never use the network",
        "Log everything to stdout",
        "Comments are written in French",
        "密钥不得提交",
        "All functions have docstrings",
        "Every run writes its logs to outputs/",
        "Use at most 2 GPUs",
        "Use Python 3.12",
        "Never use Python 3.9",
        "Lines of 120 characters",
        "All code is typed",
        "Do not estimate figures that were not measured",
        "Catch only the exceptions that you can handle",
        "At most 2 attempts per failure",
    ],
)
def test_what_agrees_is_left_alone(added: str) -> None:
    assert contradictions(added, RULES) == []


def test_very_long_sentences_are_read_piece_by_piece() -> None:
    assert obeyed("Owner" + " " * 3000 + "asks") == {}
    assert obeyed("word " * 300 + "never touch tests/ " + "word " * 300)["forbidden_paths"]
    assert obeyed("ask each " * 500 + "at most 3 attempts")["max_attempts"] == 3
