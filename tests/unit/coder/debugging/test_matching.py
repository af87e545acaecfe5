"""The general rules: what is proposed for failures that no entry knows, in a small project."""

from __future__ import annotations

import pytest

from agents.coder.debugging.matching import Proposal, proposals
from agents.coder.debugging.playbook import Playbook
from framework.knowledge.specs import find_spec
from tests.unit.coder.debugging.reading import failed, scene_of, traceback

BOOK = find_spec("DEBUG_CODE.md", None).parse(Playbook)
SETTINGS = '''"""Settings."""

from typing import Literal
from pydantic import BaseModel, Field


class Model(BaseModel):
    n_head: int = Field(4, gt=0)
    d_model: int = Field(64, gt=0)
    kind: Literal["small", "large"] = "small"


class Config(BaseModel):
    lr: float = 1e-3
    batch_size: int = Field(8, gt=0)
    model: Model
'''
CONFIG = "# mine\nlr: 0.01  # steep\nbatch_size: 8\nmodel:\n  n_head: 4\n  d_model: 64\n"


def first(
    error: str, code: str, files: dict[str, str] | None = None, *, text: str = "", line: int = 0, **more: object
) -> Proposal:
    """The first proposal for an error on the last line of train.py."""
    text = text or code
    failure = failed(traceback(error, code.strip(), line=line or text.count("\n") + 1))
    return next(proposals(scene_of(failure, {"train.py": text + "\n"} | (files or {}), **more), BOOK))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "text", "wanted"),
    [
        ("NameError: name 'maths' is not defined. Did you mean: 'math'?", "import math\nx = maths.pi", "x = math.pi"),
        ("NameError: name 'np' is not defined", "x = np.zeros(3)", "import numpy as np"),
        ("NameError: name 'json' is not defined", "x = json.loads(y)", "import json"),
        ("NameError: name 'true' is not defined", "x = true", "x = True"),
        ("AttributeError: 'dict' object has no attribute 'lr'", "x = config.lr", 'x = config["lr"]'),
        ("AttributeError: 'float' object has no attribute 'item'", "x = loss.item()", "x = loss\n"),
        ("AttributeError: 'A' object has no attribute 'sze'. Did you mean: 'size'?", "x = a.sze", "x = a.size"),
        ("TypeError: 'torch.Size' object is not callable", "n = x.shape()", "n = x.shape\n"),
        (
            "TypeError: 'float' object cannot be interpreted as an integer",
            "for i in range(n / 2): pass",
            "range(n // 2)",
        ),
        ("TypeError: 'module' object is not callable", "import tqdm\nx = tqdm(y)", "tqdm.tqdm(y)"),
        ('TypeError: can only concatenate str (not "int") to str', "x = 'a' + n", "x = 'a' + str(n)"),
    ],
)
def test_a_line_is_mended(error: str, text: str, wanted: str) -> None:
    found = first(error, text.splitlines()[-1], text=text)
    assert wanted in found.texts["train.py"]


def test_a_name_that_another_file_imports_or_defines() -> None:
    other = {"other.py": "from deep.inside import Thing\n"}
    assert (
        "from deep.inside import Thing"
        in first("NameError: name 'Thing' is not defined", "x = Thing()", other).texts["train.py"]
    )
    own = {"src/pkg/parts.py": "def wheel():\n    return 1\n"}
    assert (
        "from pkg.parts import wheel"
        in first("NameError: name 'wheel' is not defined", "x = wheel()", own).texts["train.py"]
    )


def test_a_module_of_the_project_under_another_name() -> None:
    files = {"src/pkg/__init__.py": "", "src/pkg/schedule.py": "def factor():\n    return 1\n"}
    error = "ModuleNotFoundError: No module named 'pkg.schedul'"
    assert (
        first(error, "from pkg.schedul import factor", files).texts["train.py"] == "from pkg.schedule import factor\n"
    )


def test_a_name_that_is_elsewhere() -> None:
    files = {"src/pkg/a.py": "x = 1\n", "src/pkg/b.py": "def factor():\n    return 1\n"}
    error = "ImportError: cannot import name 'factor' from 'pkg.a' (src/pkg/a.py)"
    assert first(error, "from pkg.a import factor", files).texts["train.py"] == "from pkg.b import factor\n"


def test_what_is_not_installed_becomes_a_requirement() -> None:
    project = '[project]\nname = "x"\ndependencies = [\n    "torch>=2",\n]\n'
    found = first("ModuleNotFoundError: No module named 'sklearn'", "import sklearn", {"pyproject.toml": project})
    assert (found.kind, found.again) == ("dependency", "install")
    assert '    "scikit-learn",\n]' in found.texts["pyproject.toml"]


def test_an_argument_by_its_real_name() -> None:
    files = {"lib.py": "def step(loss, scale=1):\n    return loss * scale\n"}
    error = "TypeError: step() got an unexpected keyword argument 'scal'"
    assert first(error, "step(3, scal=2)", files).texts["train.py"] == "step(3, scale=2)\n"


def test_an_argument_by_another_word_for_it() -> None:
    files = {"lib.py": "def step(loss, learning_rate=1):\n    return loss * learning_rate\n"}
    error = "TypeError: step() got an unexpected keyword argument 'lr'"
    assert first(error, "step(3, lr=2)", files).texts["train.py"] == "step(3, learning_rate=2)\n"


LIBRARY = '\n  File "/v/site-packages/deep/trainer.py", line 9, in train\n    self.step(model, inputs, n)'


@pytest.mark.parametrize(
    ("error", "head", "wanted"),
    [
        (
            "got an unexpected keyword argument 'n'",
            "def step(self, model, x=1):",
            "def step(self, model, x=1, **kwargs):",
        ),
        (
            "takes 3 positional arguments but 4 were given",
            "def step(self, model, x):",
            "def step(self, model, x, *args):",
        ),
    ],
)
def test_a_library_gives_a_method_more_than_it_did_once(error: str, head: str, wanted: str) -> None:
    text = f"class Own(Trainer):\n    {head}\n        return super().step(model, x)\n\n\nOwn().train()"
    found = first(f"TypeError: Own.step() {error}", "Own().train()" + LIBRARY, text=text)
    assert wanted in found.texts["train.py"]
    assert ("super().step(model, x, *args)" in found.texts["train.py"]) == ("*args" in wanted)


@pytest.mark.parametrize(
    ("error", "text", "wanted"),
    [
        (
            "ValueError: adamw_hf is not a valid OptimizerNames, please select one of ['sgd', 'adamw_torch']",
            "a = f(optim='adamw_hf')",
            'a = f(optim="adamw_torch")\n',
        ),
        (
            "ValueError: cosine_with_warmup is not a valid SchedulerType, please select one of ['linear', 'cosine']",
            "a = f(kind='cosine_with_warmup')",
            'a = f(kind="cosine")\n',
        ),
        (
            "ValueError: Invalid task type: 'CAUSALLM'. Must be one of the following task types: SEQ_CLS, CAUSAL_LM.",
            "a = f(kind='CAUSALLM')",
            'a = f(kind="CAUSAL_LM")\n',
        ),
        (
            "KeyError: 'The task text2text has been removed from the library. Use the `text-generation` one instead.'",
            "a = f('text2text')",
            'a = f("text-generation")\n',
        ),
        ("TypeError: 'size' was renamed to 'width'.", "a = f(size=3)", "a = f(width=3)\n"),
    ],
)
def test_a_value_that_is_refused_with_what_would_not_be(error: str, text: str, wanted: str) -> None:
    found = first(error, text)
    assert found.guess
    assert found.texts["train.py"] == wanted


def test_an_argument_that_other_callers_give() -> None:
    files = {"lib.py": "def step(loss, config):\n    return loss\n\n\ndef use(settings):\n    step(1, settings)\n"}
    text = "settings = 1\nstep(2)"
    error = "TypeError: step() missing 1 required positional argument: 'config'"
    assert "step(2, config=settings)" in first(error, "step(2)", files, text=text).texts["train.py"]


def test_a_method_without_self() -> None:
    text = "class A:\n    def go():\n        return 1\n\n\nA().go()"
    found = first("TypeError: A.go() takes 0 positional arguments but 1 was given", "A().go()", text=text)
    assert "def go(self):" in found.texts["train.py"]


def test_a_function_that_forgets_to_return() -> None:
    files = {"lib.py": "def double(x: int) -> int:\n    y = x * 2\n"}
    found = first("TypeError: unsupported operand type(s) for +: 'NoneType' and 'int'", "double(1) + 1", files)
    assert found.texts["lib.py"].endswith("    y = x * 2\n    return y\n")


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        ("def f(x)\n    return x\n", "def f(x):\n    return x\n"),
        ("x = max(1, 2\ny = 3\n", "x = max(1, 2)\ny = 3\n"),
        ("x = 'a\n", "x = 'a'\n"),
        ("form os import path\n", "from os import path\n"),
        ("if x = 3:\n    y = 1\n", "if x == 3:\n    y = 1\n"),
        ("x = [1，2]\n", "x = [1,2]\n"),
        ("x = {'a': 1\n     'b': 2}\n", "x = {'a': 1,\n     'b': 2}\n"),
    ],
)
def test_a_file_that_does_not_parse(broken: str, mended: str) -> None:
    line = next(
        n for n, (a, b) in enumerate(zip(broken.splitlines(), mended.splitlines(), strict=True), start=1) if a != b
    )
    text = f'  File "train.py", line {line}\n    x\n    ^\nSyntaxError: invalid syntax\n'
    found = next(proposals(scene_of(failed(text), {"train.py": broken}), BOOK))
    assert found.texts["train.py"] == mended


@pytest.mark.parametrize(
    ("config", "message", "wanted"),
    [
        ("batchsize: 8", "batchsize: unknown key; did you mean batch_size?", "\nbatch_size: 8\n"),
        ("batch_size: '16'", "batch_size = '16': must be a valid integer", "\nbatch_size: 16\n"),
        ("batch_size: 16.0", "batch_size = 16.0: must be a valid integer", "\nbatch_size: 16\n"),
        ("batch_size: -3", "batch_size = -3: must be greater than 0", "\nbatch_size: 3\n"),
    ],
)
def test_a_config_that_is_refused(config: str, message: str, wanted: str) -> None:
    text = CONFIG.replace("batch_size: 8", config)
    failure = failed(f"error: mini.yaml: 1 problem\n  - {message}\n  -> correct the keys\n", rc=2)
    scene = scene_of(failure, {"src/config.py": SETTINGS, "mini.yaml": text}, config="mini.yaml")
    found = next(proposals(scene, BOOK))
    assert found.kind == "config" and found.settings
    assert wanted in found.texts["mini.yaml"]
    assert "# mine" in found.texts["mini.yaml"] and "lr: 0.01  # steep" in found.texts["mini.yaml"]


def test_other_words_for_a_setting() -> None:
    failure = failed("error: 1 problem\n  - learning_rate: unknown key\n", rc=2)
    text = CONFIG.replace("lr:", "learning_rate:")
    found = next(proposals(scene_of(failure, {"src/config.py": SETTINGS, "mini.yaml": text}, config="mini.yaml"), BOOK))
    assert found.texts["mini.yaml"] == CONFIG


def test_sizes_that_do_not_go_together() -> None:
    failure = failed("error: 1 problem\n  - model: d_model (64) must be an even multiple of n_head (5)\n", rc=2)
    text = CONFIG.replace("n_head: 4", "n_head: 5")
    found = next(proposals(scene_of(failure, {"src/config.py": SETTINGS, "mini.yaml": text}, config="mini.yaml"), BOOK))
    assert found.texts["mini.yaml"] == CONFIG


@pytest.mark.parametrize("broken", ["batch_size 8", "batch_size:8", "\tbatch_size: 8", "batch_size: '8"])
def test_a_config_that_is_no_yaml(broken: str) -> None:
    text = CONFIG.replace("batch_size: 8", broken)
    failure = failed("error: mini.yaml is not valid YAML: line 3, column 1\n", rc=2)
    found = next(proposals(scene_of(failure, {"src/config.py": SETTINGS, "mini.yaml": text}, config="mini.yaml"), BOOK))
    assert "8" in found.texts["mini.yaml"].splitlines()[2] and "lr: 0.01  # steep" in found.texts["mini.yaml"]


def test_memory_halves_the_batch_of_a_script() -> None:
    text = "args = TrainingArguments(per_device_train_batch_size=8, gradient_accumulation_steps=2)"
    found = first("torch.OutOfMemoryError: CUDA out of memory.", text)
    assert (
        found.texts["train.py"]
        == "args = TrainingArguments(per_device_train_batch_size=4, gradient_accumulation_steps=4)\n"
    )
    assert found.requirement


def test_what_was_proven_is_blamed_last() -> None:
    """The config was proven as it is, the code has changed since: the code is looked at first."""
    failure = failed("error: mini.yaml: 1 problem\n  - batch_size = 8: must be greater than 10\n", rc=2)
    files = {"src/config.py": SETTINGS.replace("Field(8, gt=0)", "Field(8, gt=10)"), "mini.yaml": CONFIG}
    proven = {"src/config.py": SETTINGS, "mini.yaml": CONFIG}
    found = next(proposals(scene_of(failure, files, config="mini.yaml", proven=proven), BOOK))
    assert found.texts == {"src/config.py": SETTINGS}


def test_nothing_is_proposed_twice_and_guesses_come_last() -> None:
    text = "import math\nx = maths.pi"
    failure = failed(traceback("NameError: name 'maths' is not defined. Did you mean: 'math'?", "x = maths.pi", line=2))
    found = list(proposals(scene_of(failure, {"train.py": text + "\n"}), BOOK))
    assert len({repr(one.texts) for one in found}) == len(found)
    assert [one.guess for one in found] == sorted(one.guess for one in found)
