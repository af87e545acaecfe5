"""The question which weights are served, before there is any engine to ask."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agents.ops import check_image, image
from agents.ops.imaging.asking import weights_question
from framework.artifacts.codec import decode
from framework.artifacts.files import read_text, write_text
from framework.artifacts.image import Image
from framework.artifacts.records import Answer, Answers
from framework.engines.expert import ExpertEngine
from framework.errors import MissingOutside, UsageError
from framework.gates.image import judge
from framework.messages import LANGUAGES, Lang
from tests.docker.image.project import STEP, Packed, write_checkpoint


@pytest.fixture(params=LANGUAGES)
def packed(tmp_path: Path, request: pytest.FixtureRequest) -> Packed:
    lang: Lang = request.param
    return Packed(tmp_path / "packed_tale", lang=lang).begin()


def test_it_waits_for_an_answer_and_offers_what_the_debug_stage_left(packed: Packed) -> None:
    image.run(replace(packed.workspace, answers=Answers()), ExpertEngine())
    text = read_text(packed.files.staging("image") / Image.FILE)
    write_text(packed.files.report(Image.FILE), text)
    [question] = decode(Image, text, Image.FILE).model.open_questions()
    assert (question.id, question.default) == ("image.weights", STEP)
    assert STEP in question.text
    [finding] = judge(packed.files).findings
    assert "image.weights" in finding.message
    assert not (packed.root / "deploy").exists()


def test_an_answer_is_judged_before_it_is_kept(packed: Packed) -> None:
    write_checkpoint(packed.root / "mine")
    check_image.run(packed.workspace, "image.weights", "mine")
    with pytest.raises(UsageError, match="nowhere"):
        check_image.run(packed.workspace, "image.weights", "nowhere")
    with pytest.raises(UsageError, match=r"image\.colour"):
        check_image.run(packed.workspace, "image.colour", "red")


def test_who_took_the_default_gets_what_the_debug_stage_has_trained_since(packed: Packed) -> None:
    taken = Answers(answers={"image.weights": Answer(text="outputs/of/yesterday", source="default", round=1)})
    question = weights_question(replace(packed.workspace, answers=taken))
    assert (question.answer, question.default, question.is_open) == (None, STEP, False)


def test_without_an_engine_nothing_is_written(packed: Packed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(MissingOutside, match=r"no docker engine answers at unix:///nowhere"):
        packed.pack()
    assert not (packed.root / "deploy").exists()
    assert not packed.files.report(Image.FILE).exists()


def test_a_checkpoint_that_was_damaged_since_is_refused(packed: Packed) -> None:
    write_text(packed.root / STEP / "model.yaml", "of another model")
    with pytest.raises(UsageError, match=r"model\.yaml"):
        packed.pack()
