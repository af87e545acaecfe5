"""Repair from proven code: the smallest change that could explain the failure comes first, other edits stay."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from agents.coder.debugging.failure import Failure, Frame, failed_probe
from agents.coder.debugging.guards.violations import violations
from agents.coder.debugging.restore.proposals import restore_proposals
from agents.coder.debugging.scene import Proposal, Scene
from framework.messages import LANGUAGES, Lang
from framework.runtime.introspection import Python
from tests.unit.coder.debugging.guarded import CHEATS, FILES, Edit, edited, tree_of

_TRAIN, _MODEL, _DATA, _CONFIG = "src/toy/train.py", "src/toy/model.py", "src/toy/data.py", "configs/run.yaml"
_OTHERS = (
    Edit("a comment", _TRAIN, "import math\n", "import math  # used below\n"),
    Edit("a new function", _TRAIN, "def set_seed", "def of_mine() -> int:\n    return 1\n\n\ndef set_seed"),
    Edit("other data", _DATA, "n = int(len(texts) * (1 - share))", "n = round(len(texts) * (1 - share))"),
    Edit("other settings", _CONFIG, "eval_every: 50", "eval_every: 25"),
)


def _scene(
    texts: Mapping[str, str], failure: Failure, lang: Lang = "en", proven: Mapping[str, str] | None = None
) -> Scene:
    return Scene(
        failure=failure,
        tree=tree_of(dict(texts)),
        proven=FILES if proven is None else proven,
        config=_CONFIG,
        overrides=[],
        python=Python(Path("python")),
        modules={},
        lang=lang,
    )


def _crash(texts: Mapping[str, str], error: str, message: str, *places: tuple[str, str]) -> Failure:
    """An error whose traceback goes through the lines that hold some words, the innermost last."""
    frames = [
        Frame(file=file, line=_line(texts[file], words), function="f", code="", own=True) for file, words in places
    ]
    return Failure(
        command=["python", "scripts/train.py"],
        rc=1,
        ended="exit",
        error=error,
        message=message,
        frames=frames,
        log=message,
    )


def _line(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def _first(scene: Scene) -> Proposal:
    return next(restore_proposals(scene))


def test_the_changed_line_of_the_traceback_comes_first() -> None:
    texts = edited(*_OTHERS, Edit("", _MODEL, "x = self.embed(ids)", "x = self.embd(ids)"))
    failure = _crash(
        texts,
        "AttributeError",
        "'Model' object has no attribute 'embd'",
        (_TRAIN, "logits = model"),
        (_MODEL, "self.embd"),
    )
    one = _first(_scene(texts, failure))
    assert one.texts == {_MODEL: FILES[_MODEL]}
    assert not one.guess
    assert one.kind == "restore"


def test_a_line_elsewhere_that_the_message_names_comes_first() -> None:
    texts = edited(*_OTHERS, Edit("", _MODEL, "self.embed = nn.Embedding", "self.embedding = nn.Embedding"))
    failure = _crash(
        texts,
        "AttributeError",
        "'Model' object has no attribute 'embed'",
        (_TRAIN, "logits = model"),
        (_MODEL, "self.embed(ids)"),
    )
    assert _first(_scene(texts, failure)).texts == {_MODEL: FILES[_MODEL]}


def test_other_edits_of_the_same_file_stay() -> None:
    texts = edited(*_OTHERS, Edit("", _TRAIN, "loss.backward()", "loss.backwards()"))
    failure = _crash(texts, "AttributeError", "no attribute 'backwards'", (_TRAIN, "loss.backwards()"))
    one = _first(_scene(texts, failure))
    assert one.texts == {_TRAIN: edited(*_OTHERS)[_TRAIN]}


def test_what_only_a_comment_changed_is_left_alone() -> None:
    texts = edited(_OTHERS[0])
    assert list(restore_proposals(_scene(texts, _crash(texts, "ValueError", "no", (_TRAIN, "import math"))))) == []


def test_a_file_that_cannot_be_read_any_more_comes_first() -> None:
    texts = edited(*_OTHERS, Edit("", _DATA, "def read(path: str) -> list[str]:", "def read(path: str) -> list[str]"))
    failure = _crash(texts, "SyntaxError", "expected ':'")
    assert _first(_scene(texts, failure)).texts == {_DATA: edited(*_OTHERS)[_DATA]}


def test_a_file_that_is_gone_and_is_missed_comes_first() -> None:
    texts = edited(_OTHERS[0], _OTHERS[1], Edit("", _DATA, None, ""))
    failure = _crash(texts, "ModuleNotFoundError", "No module named 'toy.data'", (_TRAIN, "from toy.data"))
    assert _first(_scene(texts, failure)).texts == {_DATA: FILES[_DATA]}


def test_what_was_renamed_in_two_places_is_put_back_together() -> None:
    texts = edited(
        Edit("", _DATA, "def batches(", "def windows("),
        Edit("", _TRAIN, "from toy.data import batches", "from toy.data import windows as batches_"),
    )
    failure = _crash(texts, "NameError", "name 'batches' is not defined", (_TRAIN, "enumerate(batches"))
    offered = [one.texts for one in restore_proposals(_scene(texts, failure))][:3]
    assert any(set(one) == {_DATA, _TRAIN} for one in offered) or {_TRAIN: FILES[_TRAIN]} in offered


def test_the_last_resort_is_everything() -> None:
    texts = edited(*_OTHERS)
    *_, last = restore_proposals(_scene(texts, _crash(texts, "RuntimeError", "no")))
    assert {file: FILES[file] for file in last.texts} == last.texts
    assert set(last.texts) == {_TRAIN, _DATA, _CONFIG}
    assert last.guess


PROBES = [
    ("causality", Edit("", _MODEL, "torch.tril(", "torch.triu(")),
    ("target_shift", Edit("", _TRAIN, "targets = batch[:, 1:]", "targets = batch[:, :-1]")),
    ("schedule", Edit("", _TRAIN, "        self.scheduler.step()\n", "")),
    ("clipping", Edit("", _TRAIN, "self.config.grad_clip)", "1e9)")),
    ("split_overlap", Edit("", _DATA, "texts[:n], texts[n:]", "texts[:n], texts[n - 5:]")),
    ("eval_mode", Edit("", _TRAIN, "        self.model.eval()\n", "")),
    ("resume", Edit("", _TRAIN, '    trainer.optimizer.load_state_dict(state["optimizer"])\n', "")),
    ("seed", Edit("", _TRAIN, "    torch.manual_seed(seed)\n", "")),
]


@pytest.mark.parametrize(("probe", "edit"), PROBES, ids=lambda one: one if isinstance(one, str) else "")
def test_a_failing_probe_leads_to_what_it_looks_at(probe: str, edit: Edit) -> None:
    texts = edited(_OTHERS[0], _OTHERS[1], _OTHERS[3], edit)
    offered = list(restore_proposals(_scene(texts, failed_probe(["python", "scripts/probe.py"], probe, "no"))))
    found = [
        n
        for n, one in enumerate(offered)
        if one.texts.get(edit.file) == edited(_OTHERS[0], _OTHERS[1], _OTHERS[3])[edit.file]
    ]
    assert found[0] <= 1


@pytest.mark.parametrize("edit", [one for one in CHEATS if one.old], ids=lambda edit: edit.name)
def test_no_restore_is_ever_a_violation(edit: Edit) -> None:
    texts = edited(*(one for one in _OTHERS if one.file != edit.file), edit)
    scene = _scene(texts, _crash(texts, "RuntimeError", "no"))
    for one in restore_proposals(scene):
        after = tree_of(texts | one.texts)
        assert violations(scene.tree, after, "en", proven=FILES, requirement=one.requirement) == []


def test_every_proposal_is_another_one_with_a_name_of_its_own() -> None:
    texts = edited(*_OTHERS)
    offered = list(restore_proposals(_scene(texts, _crash(texts, "RuntimeError", "no"))))
    assert len({one.entry for one in offered}) == len(offered)


def test_dependencies_that_are_put_back_are_installed_again() -> None:
    texts = edited(Edit("", "requirements-cpu.txt", "numpy==1.26\n", ""))
    failure = _crash(texts, "ModuleNotFoundError", "No module named 'numpy'", (_TRAIN, "import numpy"))
    assert _first(_scene(texts, failure)).again == "install"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_reason_says_that_proven_lines_are_put_back(lang: Lang) -> None:
    texts = edited(*_OTHERS)
    failure = _crash(texts, "RuntimeError", "no", (_DATA, "n = round"))
    assert all(one.why and one.title for one in restore_proposals(_scene(texts, failure, lang)))


def test_nothing_proven_nothing_restored() -> None:
    assert list(restore_proposals(_scene(FILES, failed_probe([], "causality", "no"), proven={}))) == []
