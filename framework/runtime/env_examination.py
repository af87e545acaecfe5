"""What works in an environment: every direct dependency is imported once by its own interpreter, which also says what
PyTorch sees of the machine. One process does it all; one that dies is named and another one goes on behind it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from framework.artifacts.base import Strict
from framework.artifacts.env_check import Imported, TorchView
from framework.runtime.env_facts import installed, modules_of
from framework.runtime.tools import Said, ask
from framework.runtime.venvs import Venv

# What packages print while they are imported goes to the other stream: the answer is one line of JSON each.
_SCRIPT = """
import importlib, json, os, platform, sys, time
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
def tell(**facts):
    answers.write(json.dumps(facts) + "\\n")
    answers.flush()
for name, modules in json.loads(sys.argv[1]):
    began = time.monotonic()
    os.write(2, b"\\x1e")
    message = ""
    for module in modules:
        try:
            importlib.import_module(module)
        except BaseException as error:
            message = f"import {module}: {type(error).__name__}: {error}"
    tell(name=name, message=message, seconds=round(time.monotonic() - began, 3))
torch = sys.modules.get("torch")
if torch is not None and hasattr(torch, "cuda"):
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    gpus = [torch.cuda.get_device_name(number) for number in range(count)]
    bf16 = torch.cuda.is_bf16_supported() if count else False
    tell(torch=torch.__version__, cuda=torch.version.cuda or "", gpus=gpus, threads=torch.get_num_threads(), bf16=bf16)
tell(python=platform.python_version())
"""


@dataclass(frozen=True)
class Examined:
    """What was seen."""

    python: str
    imports: list[Imported]
    torch: TorchView | None
    seconds: float


class _Told(Strict):
    """One line of the answer."""

    name: str = ""
    message: str = ""
    seconds: float = 0.0
    python: str = ""
    torch: str = ""
    cuda: str = ""
    gpus: list[str] = Field(default_factory=list)
    threads: int = 0
    bf16: bool = False


def examine(venv: Venv, folder: Path, direct: Sequence[str]) -> Examined:
    """Import what the packages bring, in the project's folder."""
    there = installed(venv.root)
    modules = {name: modules_of(venv.root, name) for name in direct}
    waiting = [name for name in direct if modules[name]]
    told, seconds = list[_Told](), 0.0
    while True:
        said = ask(
            venv, folder, ["python", "-P", "-c", _SCRIPT, json.dumps([(name, modules[name]) for name in waiting])]
        )
        lines = [_Told.model_validate_json(line) for line in said.stdout.splitlines() if line.startswith("{")]
        told += lines
        seconds += said.seconds
        waiting = waiting[sum(bool(line.name) for line in lines) :]
        if not waiting or any(line.python for line in lines):
            break
        told.append(_Told(name=waiting.pop(0), message=_last_words(said)))
    told += [_Told(name=name, message="it is not installed") for name in direct if name not in there]
    return _examined(told, modules, seconds)


def _last_words(said: Said) -> str:
    """What was said since the package at fault had its turn."""
    lines = said.stderr.rpartition("\x1e")[2].strip().splitlines()
    return f"the interpreter ended with {said.rc}: {lines[-1] if lines else 'without a word'}"


def _examined(told: Sequence[_Told], modules: Mapping[str, list[str]], seconds: float) -> Examined:
    results = {line.name: line for line in told if line.name}
    return Examined(
        python=next((line.python for line in told if line.python), ""),
        imports=[_imported(name, found, results.get(name)) for name, found in modules.items()],
        torch=next((_torch_view(line) for line in told if line.torch), None),
        seconds=round(seconds, 3),
    )


def _torch_view(line: _Told) -> TorchView:
    return TorchView(version=line.torch, cuda=line.cuda, gpus=line.gpus, threads=line.threads, bf16=line.bf16)


def _imported(name: str, modules: list[str], result: _Told | None) -> Imported:
    """A package without modules (types alone) has nothing that could fail."""
    message = result.message if result else ""
    took = result.seconds if result else 0.0
    return Imported(name=name, modules=modules, passed=not message, message=message, seconds=took)
