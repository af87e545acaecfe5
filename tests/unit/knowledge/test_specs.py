"""Spec documents: the yaml in them is obeyed, and what is wrong in it is named by the document's own lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import Field

from framework.artifacts.base import Strict
from framework.errors import InvalidDocument
from framework.knowledge.specs import SpecDocument, current_folder_specs, find_spec


class Rules(Strict):
    threshold: float
    names: list[str] = Field(default_factory=list)


def document(text: str) -> SpecDocument:
    return SpecDocument("ML.md", Path("ML.md"), text)


def test_the_blocks_of_a_document_are_one_mapping() -> None:
    text = "# Rules\n\n```yaml\nthreshold: 0.6\n```\n\nprose\n\n```yaml\nnames: [a]\n```\n```python\nx = 1\n```\n"

    assert document(text).parse(Rules) == Rules(threshold=0.6, names=["a"])


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("# R\n\n```yaml\nthreshold: high\n```\n", "ML.md, line 4, key threshold"),
        ("# R\n\n```yaml\nthreshold: 1\n```\n\n```yaml\nnmes: [a]\n```\n", "ML.md, line 8, key nmes"),
        ("# R\n\n```yaml\nthreshold: 1\n```\n\n```yaml\nthreshold: 2\n```\n", "must stand only once"),
        ("# R\n\n```yaml\nthreshold: [1\n```\n", "valid YAML"),
        ("# R\n\nno block\n", "must be a mapping"),
    ],
)
def test_what_is_wrong_is_named_with_the_documents_line(text: str, where: str) -> None:
    with pytest.raises(InvalidDocument, match=re.escape(where)):
        document(text).parse(Rules)


def test_the_users_folder_comes_before_the_packaged_documents(tmp_path: Path) -> None:
    (tmp_path / "ML.md").write_text("mine")

    assert find_spec("ML.md", tmp_path).text == "mine"
    assert find_spec("ML.md", None).text != "mine"
    assert find_spec("specs/CREATE.md", tmp_path).text == find_spec("specs/CREATE.md", None).text


def test_in_the_current_folder_only_a_marked_document_counts(tmp_path: Path) -> None:
    (tmp_path / "CLAUDE.md").write_text("# The rules of somebody's web shop\n")
    assert current_folder_specs(("CLAUDE.md", "ML.md"), tmp_path) is None

    (tmp_path / "ML.md").write_text("<!-- foundry spec: ML.md -->\n")
    assert current_folder_specs(("CLAUDE.md", "ML.md"), tmp_path) == tmp_path
