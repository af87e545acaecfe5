"""What a model may propose as a repair at all: a small edit of the project's own code that opens no door."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.coder.debugging.by_model.allowed import Diagnosis, diagnosis_faults
from framework.runtime.codetree import CodeTree

MODEL = "src/small/model.py"
FILES = {
    MODEL: "import math\n\nimport torch\n\n\ndef rate(step: int) -> float:\n    return math.sqrt(1 / step)\n",
    "src/small/io.py": "import os\nfrom pathlib import Path\n\ndef text() -> str:\n    return Path('a').read_text()\n",
    "src/small/broken.py": "import os\n\ndef size(a: int -> int:\n    return a\n",
    "src/small/probes/step.py": "def probe() -> bool:\n    return True\n",
    "scripts/probe.py": "passed = False\n",
    "scripts/train.py": "from small.model import rate\n\nprint(rate(0))\n",
    "scripts/run.sh": "python scripts/train.py\n",
    "configs/mini.yaml": "rate: 0.5\ndata: {path: data/mini}\n",
    "tests/test_model.py": "def test_a() -> None:\n    assert False\n",
    "pyproject.toml": "[project]\nname = 'small'\n",
    "src/small/.hidden.py": "a = 1\n",
    "Makefile": "all:\n",
}
TREE = CodeTree(Path("small"), {name: text.encode() for name, text in FILES.items()})


def faults(file: str, old: str, new: str, why: str = "It divides by zero.") -> list[str]:
    return diagnosis_faults(TREE, Diagnosis(file=file, old=old, new=new, why=why))


def in_rate(new: str) -> list[str]:
    return faults(MODEL, "    return math.sqrt(1 / step)\n", new)


HONEST = [
    (MODEL, "1 / step", "1 / max(1, step)"),
    (MODEL, "import math\n", "import math\nfrom collections import Counter\n"),
    (MODEL, "import torch\n", "import torch\n\nfrom small.io import text\n"),
    ("scripts/train.py", "rate(0)", "rate(1)"),
    ("configs/mini.yaml", "rate: 0.5", "rate: 0.25"),
    ("src/small/broken.py", "(a: int -> int", "(a: int) -> int"),
    (MODEL, "return math.sqrt", "return torch.compile(math.sqrt)"),
]


@pytest.mark.parametrize(("file", "old", "new"), HONEST)
def test_a_small_edit_of_the_projects_code_is_looked_at(file: str, old: str, new: str) -> None:
    assert faults(file, old, new) == []


def test_who_does_not_know_says_nothing() -> None:
    assert faults("", "", "", "") == []


PLACES = [
    "tests/test_model.py",
    "scripts/probe.py",
    "src/small/probes/step.py",
    "../small/src/small/model.py",
    "src/../tests/test_model.py",
    "/etc/passwd",
    "src/small/.hidden.py",
    ".git/hooks/pre-commit",
    ".foundry/ledger.jsonl",
    "reports/REVIEW_REPORT.md",
    "pyproject.toml",
    "Makefile",
    "scripts/run.sh",
    "src/small/gone.py",
    "src\\small\\model.py",
    "src/small/model.py\x00",
    "src/small/model.py ",
]


@pytest.mark.parametrize("file", PLACES)
def test_no_file_but_code_and_configs_that_are_there(file: str) -> None:
    old = FILES.get(file, "a")
    assert [one.partition(":")[0] for one in faults(file, old, f"{old}x")] == ["file"]


FORMS = [
    ("nowhere", "x", "It fails.", "it stands there 0 times"),
    ("", "x", "It fails.", "it stands there 0 times"),
    ("   ", "x", "It fails.", "it stands there 0 times"),
    ("math", "x", "It fails.", "it stands there 2 times"),
    ("1 / step", "1 / step", "It fails.", "the same"),
    ("1 / step", "1 / (step", "It fails.", "no longer valid|not be valid Python"),
    ("1 / step", "(1 / step)", "It fails.", "changes nothing that runs"),
    ("1 / step", "1 / step  # mended", " ", "why is empty"),
    ("1 / step", "1 / max(1, step)", "See https://example.org for the cause.", "no link"),
    ("1 / step", "1 / (\n" + "\n" * 61 + "step)", "It fails.", "small"),
    ("1 / step", "1 / step\x1b[2J", "It fails.", "cannot be printed"),
]


@pytest.mark.parametrize(("old", "new", "why", "words"), FORMS)
def test_an_edit_that_cannot_be_made_is_told(old: str, new: str, why: str, words: str) -> None:
    said = " ".join(faults(MODEL, old, new, why))
    assert any(one in said for one in words.split("|"))


DOORS = [
    "    import os\n    os.system('true')\n    return 1.0\n",
    "    import subprocess\n    return 1.0\n",
    "    from socket import create_connection\n    return 1.0\n",
    "    import requests\n    return 1.0\n",
    "    import pathlib\n    return 1.0\n",
    "    __import__('o' + 's').system('true')\n    return 1.0\n",
    "    return eval('1.0')\n",
    "    run = eval\n    return run('1.0')\n",
    "    exec('x = 1')\n    return 1.0\n",
    "    o = open\n    o('tests/test_model.py', 'w')\n    return 1.0\n",
    "    \uff4f\uff50\uff45\uff4e('a', 'w')\n    return 1.0\n",
    "    return getattr(math, 'sq' + 'rt')(1)\n",
    "    return ().__class__.__base__.__subclasses__()\n",
    "    return '{0.__globals__}'.format(rate)\n",
    "    torch.save(step, 'tests/test_model.py')\n    return 1.0\n",
    "    torch.hub.load('a/b', 'c')\n    return 1.0\n",
    "    torch.utils.cpp_extension.load_inline('a', 'b')\n    return 1.0\n",
    "    return 1.0 if 'pytest' in str(step) else 0.0\n",
    "    math.__dict__.clear()\n    return 1.0\n",
]


@pytest.mark.parametrize("new", DOORS)
def test_new_code_opens_no_door(new: str) -> None:
    assert any("may not" in one for one in in_rate(new))


def test_a_door_that_is_there_may_stay_and_not_be_used_more() -> None:
    file, old = "src/small/io.py", "    return Path('a').read_text()\n"
    assert faults(file, old, "    return Path('b').read_text()\n") == []
    assert faults(file, old, "    os.remove('b')\n    return Path('b').read_text()\n") != []


CONFIGS = [
    ("data/mini", "/etc"),
    ("data/mini", "../other"),
    ("data/mini", "~/data"),
    ("data/mini", "https://example.org/x"),
    ("rate: 0.5", "rate: [0.5"),
    ("rate: 0.5", "rate: 0.50"),
    ("rate: 0.5", "a: &a {x: 1}\nb: &b {x: *a, y: *a}\nrate: 0.5"),
    ("rate: 0.5", "rate: " + "[" * 1900 + "]" * 1900),
    ("rate: 0.5", "rate: !!python/object/apply:os.system ['true']"),
]


@pytest.mark.parametrize(("old", "new"), CONFIGS)
def test_a_setting_stays_within_the_project(old: str, new: str) -> None:
    assert faults("configs/mini.yaml", old, new) != []


DEEP = ["-" * 3900 + "1", "a" + ".b" * 1900, "1" + " + 1" * 990, "(" * 1900 + "1" + ")" * 1900, "f" + "()" * 1900]


@pytest.mark.parametrize("expression", DEEP, ids=range(len(DEEP)))
def test_what_is_nested_beyond_all_sense_is_refused_and_breaks_nothing(expression: str) -> None:
    assert "nested too deeply" in in_rate(f"    return {expression}\n")[0]
