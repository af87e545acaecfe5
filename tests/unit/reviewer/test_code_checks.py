# ruff: noqa: E501  # what is planted is easier to read in one line
"""Each check of code finds what it is for, at its place, and lets what only looks like it go."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from agents.reviewer.checks import CHECKS
from agents.reviewer.subject import Subject
from framework.artifacts.review import CHECKS as EXPECTED_CHECKS
from framework.artifacts.review import TOOLS as EXPECTED_TOOLS
from framework.runtime.codetree import CodeTree
from tests.unit.reviewer.conftest import Plant

SRC = "src/scratch_llm"
NEW = f"{SRC}/models/extra.py"
TEST = "tests/models/test_extra.py"
CONFIG = "configs/pretrain/debug.yaml"

# In two parts, so that this file holds no loose end itself.
TO_DO, FIX_ME = "TO" + "DO", "FIX" + "ME"

CODE: list[tuple[str, str, str, str]] = [
    ("placeholders", NEW, "def grow(size: int) -> int:\n    pass\n", "grow"),
    ("placeholders", NEW, 'async def grow(size: int) -> int:\n    """Grow."""\n    ...\n', "grow"),
    ("placeholders", NEW, 'class A:\n    def grow(self) -> int:\n        """Grow."""\n', "grow"),
    ("placeholders", NEW, "def grow() -> int:\n    raise NotImplementedError\n", "NotImplementedError"),
    ("placeholders", NEW, 'def grow(n: int) -> int:\n    if n:\n        raise NotImplementedError("n")\n    return n\n', "grow"),
    ("placeholders", NEW, f"X = 1  # {TO_DO}: measure it\n", TO_DO),
    ("placeholders", NEW, f'"""Sizes.\n\n{FIX_ME}: wrong for one.\n"""\n', FIX_ME),
    ("placeholders", NEW, "def grow(n: int) -> int:\n    # Your code here\n    return n\n", "code here"),
    ("placeholders", NEW, "def score(texts: list[str]) -> float:\n    return 0.5\n", "0.5"),
    ("placeholders", NEW, 'def grow(n: int) -> None:\n    """Grow."""\n    return\n', "grow"),
    ("placeholders", NEW, "def grow(n: int) -> int:\n    print('not implemented yet', n)\n    return n\n", "not implemented"),
    ("placeholders", NEW, "class Cache:\n    pass\n", "Cache"),
    ("placeholders", "scripts/more.py", "def main() -> None:\n    ...\n", "main"),
    ("placeholders", "configs/sft/more.yaml", f"task: sft  # {TO_DO}\n", TO_DO),
    ("imports", NEW, "import requests\n", "requests"),
    ("imports", NEW, "def f() -> None:\n    from scipy.stats import norm\n    norm()\n", "scipy"),
    ("imports", NEW, "import importlib\n\nX = importlib.import_module('einops')\n", "einops"),
    ("imports", NEW, "def f() -> None:\n    import openai\n    openai.OpenAI()\n", "openai"),
    ("imports", NEW, "import pyarrow\n", "pyarrow"),
    ("imports", NEW, "from scratch_llm.utils.file import sha256\n", "scratch_llm.utils.file"),
    ("imports", NEW, "from scratch_llm.utils.files import sha257\n", "sha257"),
    ("imports", NEW, "import scratch_llm.model.decoder\n", "scratch_llm.model"),
    ("imports", "tests/data/test_more.py", "from tests.data.materials import rows\n", "tests.data.materials"),
    ("imports", "scripts/more.py", "from scratch_llm.training import trian\n", "trian"),
    ("imports", "main2.py", "import hypothesis\n", "hypothesis"),
    ("layers", NEW, "from scratch_llm.training.run import train\n", "scratch_llm.training.run"),
    ("layers", NEW, "def f() -> None:\n    from scratch_llm.data.batch import Batch\n    Batch()\n", "scratch_llm.data.batch"),
    ("layers", f"{SRC}/evaluation/extra.py", "from scratch_llm.inference.server.app import create_app\n", "server"),
    ("layers", NEW, "from scratch_llm import load_config\n", "scratch_llm"),
    ("layers", NEW, "from scripts.generate import main\n", "scripts.generate"),
    ("layers", "tutorials/more.py", "from scratch_llm.models import Decoder\n", "scratch_llm.models"),
    ("tests_present", TEST, "from scratch_llm.models import Decoder\n", ""),
    ("tests_present", TEST, "def test_a() -> None:\n    print(1)\n", "test_a"),
    ("tests_present", TEST, "def test_a() -> None:\n    assert True\n", "assert True"),
    ("tests_present", TEST, "def test_a() -> None:\n    assert (1, 'message')\n", "test_a"),
    ("tests_present", TEST, "def test_a() -> None:\n    x = 1\n    assert x == x\n", "x == x"),
    ("tests_present", TEST, "import pytest\n\n@pytest.mark.skip\ndef test_a() -> None:\n    assert int('1') == 1\n", "skip"),
    ("tests_present", TEST, "import pytest\n\n@pytest.mark.xfail(reason='x')\ndef test_a() -> None:\n    assert int()\n", "xfail"),
    ("tests_present", TEST, "import pytest\n\n@pytest.mark.skipif(True, reason='')\ndef test_a() -> None:\n    assert int()\n", "skipif"),
    ("tests_present", TEST, "import pytest\n\ndef test_a() -> None:\n    pytest.skip('slow')\n    assert int()\n", "skip"),
    ("tests_present", TEST, "import pytest\n\npytestmark = [pytest.mark.skip]\n\ndef test_a() -> None:\n    assert int()\n", "skip"),
    ("tests_present", TEST, "def helper() -> None:\n    print()\n\ndef test_a() -> None:\n    helper()\n", "test_a"),
    ("smells", NEW, "def f() -> None:\n    try:\n        int('a')\n    except:\n        print()\n", "except:"),
    ("smells", NEW, "def f() -> None:\n    try:\n        int('a')\n    except Exception:\n        pass\n", "except Exception"),
    ("smells", NEW, "def f(text: str) -> object:\n    return eval(text)\n", "eval"),
    ("smells", NEW, "import torch\n\nX = torch.load('a.pt')\n", "torch.load"),
    ("smells", NEW, "import torch\n\nX = torch.load('a.pt', weights_only=False)\n", "torch.load"),
    ("smells", NEW, "import yaml\n\nX = yaml.load('a', Loader=yaml.Loader)\n", "yaml.load"),
    ("smells", "scripts/more.py", "import subprocess\n\nsubprocess.run('ls', shell=True)\n", "subprocess.run"),
    ("smells", NEW, "def f() -> None:\n    breakpoint()\n", "breakpoint"),
    ("smells", NEW, "import os  # noqa\n", "noqa"),
    ("smells", NEW, "x: int = ''  # type: ignore\n", "ignore"),
    ("config_keys", f"{SRC}/config/extra.py", "from pydantic import BaseModel\n\nclass Extra(BaseModel):\n    width: 'no type'\n", "width"),
    ("sizes", NEW, "X = 1\n" * 401, "401"),
    ("sizes", NEW, "def f() -> None:\n" + "    print()\n" * 61, "62"),
]  # fmt: skip


def _found(check: str, subject: Subject, file: str) -> list[str]:
    return [one.evidence for one in CHECKS[check](subject) if one.file == file]


@pytest.mark.parametrize(("check", "file", "text", "words"), CODE, ids=[f"{c}-{n}" for n, (c, *_) in enumerate(CODE)])
def test_what_is_planted_is_found(check: str, file: str, text: str, words: str, plant: Plant) -> None:
    found = _found(check, plant({file: text}), file)
    assert len(found) == 1, found
    assert words in found[0]


HARMLESS: list[tuple[str, str, str]] = [
    ("placeholders", NEW, "from typing import Protocol\n\nclass A(Protocol):\n    def f(self) -> int: ...\n"),
    ("placeholders", NEW, "import abc\n\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def f(self) -> int:\n        ...\n"),
    ("placeholders", NEW, "class A:\n    def f(self) -> None:\n        raise NotImplementedError\n\nclass B(A):\n    def f(self) -> None:\n        print()\n"),
    ("placeholders", NEW, "class A:\n    def f(self) -> None:\n        pass\n\nclass B(A):\n    def f(self) -> None:\n        print()\n"),
    ("placeholders", NEW, "class A:\n    def near(self) -> int | None:\n        return None\n"),
    ("placeholders", NEW, "class OddError(ValueError):\n    pass\n"),
    ("placeholders", NEW, "from typing import overload\n\n@overload\ndef f(a: int) -> int: ...\ndef f(a: object) -> object:\n    return a\n"),
    ("placeholders", NEW, f"MARKS = ('{TO_DO}', '{FIX_ME}')\n"),
    ("placeholders", NEW, "class Quiet:\n    def __enter__(self) -> None:\n        pass\n"),
    ("placeholders", NEW, "def warm(steps: int) -> float:\n    return 1.0 / steps\n"),
    ("imports", NEW, "def f() -> None:\n    import pyarrow\n    pyarrow.table({})\n"),
    ("imports", NEW, "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import transformers\n"),
    ("imports", NEW, "import yaml\nimport numpy as np\nfrom scratch_llm.data import Batch\n"),
    ("imports", f"{SRC}/models/more.py", "from . import decoder\nfrom .decoder import Decoder\n"),
    ("imports", f"{SRC}/inference/server/more.py", "import fastapi\n"),
    ("imports", "tests/data/test_more.py", "import openai\nfrom tests.data import material\n"),
    ("layers", NEW, "from scratch_llm.config import ModelConfig\nfrom scratch_llm import __version__\n"),
    ("tests_present", TEST, "import pytest\n\ndef test_a() -> None:\n    with pytest.raises(ValueError):\n        int('a')\n"),
    ("tests_present", TEST, "def _same(a: int) -> None:\n    assert a == 1\n\ndef test_a() -> None:\n    _same(1)\n"),
    ("tests_present", TEST, "import sys, pytest\n\n@pytest.mark.skipif(sys.platform == 'win32', reason='')\ndef test_a() -> None:\n    assert int()\n"),
    ("tests_present", TEST, "import pytest, torch\n\ndef test_a() -> None:\n    if not torch.cuda.is_available():\n        pytest.skip('no GPU')\n    assert int()\n"),
    ("tests_present", TEST, "import torch\n\ndef test_a() -> None:\n    torch.testing.assert_close(1, 1)\n"),
    ("tests_present", TEST, "def test_a() -> None:\n    a, b = next([1]), next([1])\n    assert next(a) == next(a)\n"),
    ("smells", NEW, "def f() -> None:\n    try:\n        int('a')\n    except Exception as error:\n        raise ValueError('a') from error\n"),
    ("smells", NEW, "import torch, yaml\n\nX = torch.load('a', weights_only=True)\nY = yaml.load('a', Loader=yaml.SafeLoader)\n"),
    ("smells", NEW, "import os  # noqa: F401  # re-exported\nX = '# noqa'\nY: int = ''  # type: ignore[assignment]\n"),
    ("smells", NEW, "class M:\n    def go(self) -> None:\n        self.model.eval()\n"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "file", "text"), HARMLESS, ids=[f"{c}-{n}" for n, (c, *_) in enumerate(HARMLESS)])
def test_what_only_looks_like_it_is_let_go(check: str, file: str, text: str, plant: Plant) -> None:
    assert _found(check, plant({file: text}), file) == []


def _replaced(tree: CodeTree, file: str, old: str, new: str) -> Mapping[str, str | None]:
    text = tree.texts[file]
    assert old in text
    return {file: text.replace(old, new, 1)}


EDITS: list[tuple[str, str, str, str, str, str]] = [
    ("config_keys", CONFIG, "model:", "model:\n  n_layers: 4", CONFIG, "n_layers"),
    ("config_keys", CONFIG, "model:", "modle: {}\nmodel:", CONFIG, "modle"),
    ("config_keys", CONFIG, "task: pretrain", "task: pretraining", CONFIG, "pretraining"),
    ("config_keys", CONFIG, "model:", "seed: zero\nmodel:", CONFIG, "zero"),
    ("config_keys", CONFIG, "model:", "seed: true\nmodel:", CONFIG, "true"),
    ("config_keys", CONFIG, "model:", "seed: 1.5\nmodel:", CONFIG, "1.5"),
    ("config_keys", CONFIG, "model:", "logging: true\nmodel:", CONFIG, "logging"),
    ("config_keys", CONFIG, "model:", "model: [", CONFIG, "YAML"),
    ("config_keys", "configs/evaluation/default.yaml", "n_choice: 4", "n_choices: 4", "configs/evaluation/default.yaml", "n_choices"),
    ("config_keys", "configs/evaluation/default.yaml", "token_f1", "token_f2", "configs/evaluation/default.yaml", "token_f2"),
    ("config_keys", "configs/serve/default.yaml", "port:", "prot:", "configs/serve/default.yaml", "prot"),
    ("config_keys", f"{SRC}/config/run.py", "    seed: int", "    label_smoothing: float = 0.0\n    seed: int", f"{SRC}/config/run.py", "label_smoothing"),
    ("config_keys", f"{SRC}/config/serve.py", "    port: int", "    n_worker: int = Field(1)\n    port: int", f"{SRC}/config/serve.py", "n_worker"),
    ("dependencies", "pyproject.toml", '    "tqdm', '    "pandas>=2,<3",\n    "tqdm', "pyproject.toml", "pandas"),
    ("dependencies", "pyproject.toml", '    "tqdm', '    "requests>=2,<3",\n    "tqdm', "pyproject.toml", "requests"),
    ("dependencies", "pyproject.toml", '"psutil>=7,<8",\n', '"psutil>=7,<8",\n    "pytest-mock>=3",\n', "pyproject.toml", "pytest-mock"),
    ("dependencies", "pyproject.toml", '"types-tqdm', '"types-requests>=2",\n    "types-tqdm', "pyproject.toml", "types-requests"),
    ("tests_present", "pyproject.toml", 'addopts = "-ra', 'addopts = "-ra --ignore=tests/data', "pyproject.toml", "--ignore"),
    ("imports", "pyproject.toml", '    "tqdm>=4.67,<5",\n', "", f"{SRC}/", "tqdm"),
    ("layers", f"{SRC}/models/norm.py", "import torch", "from scratch_llm.models.decoder import Decoder\nimport torch", f"{SRC}/models/", "->"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("check", "file", "old", "new", "where", "words"), EDITS, ids=[f"{c}-{n}" for n, (c, *_) in enumerate(EDITS)]
)
def test_what_is_changed_for_the_worse_is_found(
    check: str, file: str, old: str, new: str, where: str, words: str, plant: Plant, clean_tree: CodeTree
) -> None:
    found = CHECKS[check](plant(_replaced(clean_tree, file, old, new)))
    assert found
    assert all(one.file.startswith(where) for one in found), found
    assert words in found[0].evidence


def test_a_choice_among_members_of_an_enum_is_left_alone(plant: Plant, clean_tree: CodeTree) -> None:
    written = 'Literal["pretrain", "sft", "dpo"]'
    subject = plant(_replaced(clean_tree, f"{SRC}/config/run.py", written, "Literal[Stage.PRETRAIN, Stage.SFT]"))
    assert [one.evidence for one in CHECKS["config_keys"](subject)] == []


def test_a_floor_without_tests_is_found(plant: Plant, clean_tree: CodeTree) -> None:
    gone = {name: None for name in clean_tree.files if name.startswith("tests/checkpoint/")}
    assert any("checkpoint" in one.evidence for one in CHECKS["tests_present"](plant(gone)))


def test_findings_are_told_in_the_readers_language(plant: Plant) -> None:
    [found] = [one for one in CHECKS["imports"](plant({NEW: "import requests\n"}, "zh")) if one.file == NEW]
    assert "没有声明" in found.evidence
    assert (found.line, found.severity) == (1, "error")


def test_what_the_gate_expects_is_what_there_is() -> None:
    from agents.reviewer.tools import TOOLS

    assert tuple(CHECKS) == EXPECTED_CHECKS
    assert tuple(tool.name for tool in TOOLS) == EXPECTED_TOOLS
