"""A project for which a model writes an extra metric: its files, a good answer, and a workspace on it in git."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from framework.artifacts.files import ProjectFiles, write_text
from framework.artifacts.ledger import now
from framework.artifacts.records import Answers, RunRecord, Settings
from framework.artifacts.tech import Unmet
from framework.messages import Lang
from framework.runtime import history
from framework.runtime.codetree import CodeTree
from framework.runtime.workspace import Workspace
from framework.workflow.skills import load_role

MODULE, TEST = "src/small/evaluation/extra_chrf.py", "tests/extra/test_chrf.py"
WISH = Unmet(slot="success_metric", wish="chrF", why="The template has no chrF.", nearest=["token F1"])
FILES = {
    "src/small/__init__.py": '"""Small."""\n',
    "src/small/evaluation/__init__.py": '"""Scores of what the model says."""\n',
    "src/small/evaluation/metrics.py": '"""Scores of answers."""\n\n\n'
    "def exact(answer: str, reference: str) -> float:\n"
    '    """Give 1 if both are the same."""\n    return float(answer == reference)\n\n\nTABLE = {"exact": exact}\n',
    "src/small/training/__init__.py": '"""Training."""\n\nSTEPS = 1\n',
    "tests/__init__.py": "",
    "tests/evaluation/__init__.py": "",
    "tests/evaluation/test_metrics.py": "from small.evaluation.metrics import exact\n\n\n"
    'def test_exact() -> None:\n    assert exact("a", "a") == 1.0\n',
    "tests/training/__init__.py": "",
    "tests/training/test_training.py": "import small.training\n\n\n"
    "def test_it_says_what_it_is() -> None:\n    assert small.training.__doc__\n",
    "pyproject.toml": '[project]\nname = "small"\nversion = "1"\n[tool.mypy]\nstrict = true\nmypy_path = "src"\n'
    'packages = ["small"]\n[tool.ruff]\nline-length = 120\n',
    ".gitignore": "__pycache__/\n",
}
CODE = '''"""Overlap of character pairs."""

from collections import Counter
from itertools import pairwise


def chrf(answer: str, reference: str) -> float:
    """Share of the pairs of the answer that the reference has too."""
    mine, other = (Counter(pairwise(text)) for text in (answer, reference))
    return (mine & other).total() / max(1, mine.total())
'''
TESTS = """from small.evaluation.extra_chrf import chrf


def test_half_of_the_pairs() -> None:
    assert chrf("abc", "abd") == 0.5
"""
GOOD = {
    "files": [{"path": MODULE, "content": CODE}, {"path": TEST, "content": TESTS}],
    "claim": "It compares pairs of characters.",
}


def answer(code: str = CODE, tests: str = TESTS, *, module: str = MODULE, test: str = TEST, **more: Any) -> Any:
    files = [{"path": module, "content": code}, {"path": test, "content": tests}]
    return {**GOOD, "files": files, **more}


def tree(more: Mapping[str, str] | None = None) -> CodeTree:
    return CodeTree(Path("small"), {name: text.encode() for name, text in {**FILES, **(more or {})}.items()})


def workspace(root: Path, lang: Lang = "en") -> Workspace:
    files = ProjectFiles(root)
    for name, text in FILES.items():
        write_text(root / name, text)
    history.begin(files)
    history.record(files, "build: done")
    run = RunRecord(name="small", lang=lang, request="x", settings=Settings(), created_at=now())
    return Workspace(files, load_role("coder"), "build", run, Answers(), lambda _: None)
