"""Which wishes a model is asked to write code for."""

from __future__ import annotations

from pathlib import Path

from agents.coder.writing.wishes import lacking
from framework.artifacts.codec import encode
from framework.artifacts.files import write_text
from framework.artifacts.requirements import Item, Requirements
from tests.unit.coder.guiding.desk import project


def test_a_metric_that_the_template_has_not_is_lacking_and_one_that_it_has_is_not(tmp_path: Path) -> None:
    at = project("card_24", tmp_path / "p")
    wanted = at.files.read_artifact(Requirements)
    metric = Item(slot="success_metric", value=["chrF", "perplexity"], provenance="answered", score=1.0)
    items = [*(item for item in wanted.items if item.slot != "success_metric"), metric]
    write_text(at.files.report(Requirements.FILE), encode(wanted.model_copy(update={"items": items})))
    assert [one.wish for one in lacking(at) if one.slot == "success_metric"] == ["chrF"]
