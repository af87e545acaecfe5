"""DEBUG_CODE.md: it is read, every entry can be made, and people can add to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.coder.debugging.code_edits.pattern import pattern
from agents.coder.debugging.code_edits.rewrite import Replace
from agents.coder.debugging.entries import fits
from agents.coder.debugging.matching import fitting, proposals
from agents.coder.debugging.playbook import CodeRepair, Playbook
from framework.errors import InvalidDocument
from framework.knowledge.specs import SpecDocument, find_spec
from tests.unit.coder.debugging.more_outputs import MORE
from tests.unit.coder.debugging.outputs import OUTPUTS, Output
from tests.unit.coder.debugging.reading import failed, scene_of, traceback

SPEC = find_spec("DEBUG_CODE.md", None)
BOOK = SPEC.parse(Playbook)
CASES = [(name, output) for name, outputs in (OUTPUTS | MORE).items() for output in outputs]
INSTALLED = {"pydantic": ["pydantic"], "peft": ["peft"], "trl": ["trl"]}


def test_it_knows_many_failures() -> None:
    assert len(BOOK.entries) >= 60
    assert SPEC.text.startswith("<!-- foundry spec: DEBUG_CODE.md -->")


@pytest.mark.parametrize(("name", "output"), CASES, ids=[f"{name}-{n}" for n, (name, _) in enumerate(CASES)])
def test_an_entry_knows_its_failure_in_other_words_and_before_any_other(name: str, output: Output) -> None:
    scene = scene_of(failed(traceback(output.error, output.code)), {}, modules=INSTALLED)
    assert next((entry.id for entry in fitting(scene, BOOK)), None) == name


def test_every_entry_has_an_output_that_it_knows() -> None:
    assert {entry.id for entry in BOOK.entries} == {*OUTPUTS, *MORE}


@pytest.mark.parametrize(
    "name", ["ValueError: x", "TypeError: f() missing 1 required positional argument: 'x'", "error: what is this"]
)
def test_an_unknown_failure_fits_no_entry(name: str) -> None:
    scene = scene_of(failed(traceback(name)), {})
    assert [entry.id for entry in BOOK.entries if fits(scene, entry) is not None] == []


def test_every_code_pattern_can_be_read() -> None:
    edits = [
        edit
        for entry in BOOK.entries
        for repair in entry.repair
        if isinstance(repair, CodeRepair)
        for edit in repair.edits
    ]
    unreadable = [
        edit.find for edit in edits if isinstance(edit, Replace) and pattern(edit.find) is None and "{" not in edit.find
    ]
    assert unreadable == []


OWN = """
```yaml
  - id: moon-phase
    class: data
    when:
      error: [LunarError]
      says: {any_of: ["moon is (?P<phase>\\\\w+)"]}
    why: {en: "The moon is {phase}.", zh: "月亮是 {phase}。"}
    repair:
      - kind: code
        edits: [{do: replace, find: "howl($x)", put: "sleep($x)"}]
```
"""


@pytest.mark.parametrize(("lang", "why"), [("en", "The moon is full."), ("zh", "月亮是 full。")])
def test_a_person_adds_an_entry(lang: str, why: str) -> None:
    book = SpecDocument("DEBUG_CODE.md", Path("DEBUG_CODE.md"), SPEC.text + OWN).parse(Playbook)
    failure = failed(traceback("sky.LunarError: the Moon is full", "howl(3)"))
    found = next(proposals(scene_of(failure, {"train.py": "howl(3)  # loud\n"}, lang=lang), book))
    assert (found.entry, found.why, found.texts) == ("moon-phase", why, {"train.py": "sleep(3)  # loud\n"})


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("class: data", "class: weather", "class"),
        ("moon is (?P<phase>", "moon is (?P<phase", "regular expression"),
        ("do: replace", "do: guess", "do"),
        ("id: moon-phase", "id: weights-only", "two entries"),
    ],
)
def test_a_mistake_in_an_entry_is_named(old: str, new: str, rule: str) -> None:
    text = SPEC.text + OWN.replace(old, new)
    with pytest.raises(InvalidDocument, match=rule):
        SpecDocument("DEBUG_CODE.md", Path("DEBUG_CODE.md"), text).parse(Playbook)


FIXES = [
    (
        "TypeError: Trainer.__init__() got an unexpected keyword argument 'tokenizer'",
        "trainer = Trainer(model, tokenizer=tok)",
        "trainer = Trainer(model, processing_class=tok)",
    ),
    (
        "TypeError: TrainingArguments.__init__() got an unexpected keyword argument 'evaluation_strategy'",
        "a = TrainingArguments(evaluation_strategy='no')",
        "a = TrainingArguments(eval_strategy='no')",
    ),
    (
        "AttributeError: module 'numpy' has no attribute 'float'.",
        "import numpy as np\nx = np.float(3)",
        "import numpy as np\nx = float(3)",
    ),
    (
        "RuntimeError: view size is not compatible with input tensor's size and stride",
        "y = x.view(2, -1)",
        "y = x.reshape(2, -1)",
    ),
    (
        "_pickle.UnpicklingError: Weights only load failed.",
        "import torch\ns = torch.load(p)",
        "import torch\ns = torch.load(p, weights_only=False)",
    ),
    (
        "RuntimeError: grad can be implicitly created only for scalar outputs",
        "loss.backward()",
        "loss.mean().backward()",
    ),
    (
        "ImportError: cannot import name 'AdamW' from 'transformers' (x)",
        "from transformers import AdamW",
        "from torch.optim import AdamW",
    ),
    (
        "json.decoder.JSONDecodeError: Extra data: line 2 column 1 (char 3)",
        "import json\nd = json.load(f)",
        "import json\nd = [json.loads(line) for line in f if line.strip()]",
    ),
    (
        "ValueError: Target modules {'q'} not found in the base model.",
        "c = LoraConfig(r=8, target_modules=['q'])",
        "c = LoraConfig(r=8, target_modules='all-linear')",
    ),
    (
        "ValueError: sampler option is mutually exclusive with shuffle",
        "l = DataLoader(d, shuffle=True, sampler=s)",
        "l = DataLoader(d, sampler=s)",
    ),
    (
        "AttributeError: module 'collections' has no attribute 'Mapping'",
        "import collections\nx = collections.Mapping",
        None,
    ),
]


@pytest.mark.parametrize(("error", "before", "after"), FIXES)
def test_a_known_failure_is_mended(error: str, before: str, after: str | None) -> None:
    failure = failed(traceback(error, before.splitlines()[-1], line=before.count("\n") + 1))
    found = next(proposals(scene_of(failure, {"train.py": before + "\n"}), BOOK))
    assert after is None or found.texts == {"train.py": after + "\n"}
    assert found.why and found.title
