"""The address of PyTorch's own index for CPU builds: uv knows it, and pip, which fetches the wheels, must be told."""

from __future__ import annotations

import re

from framework.artifacts.files import write_text
from framework.errors import MissingOutside
from framework.runtime.compilers import refusal
from framework.runtime.indexes import Indexes
from framework.runtime.interpreters import uv
from framework.runtime.passing_folders import passing_folder
from framework.runtime.processes import run

_SECONDS = 120
_FROM = re.compile(r"^torch==.*?^ +# from (\S+)$", re.MULTILINE | re.DOTALL)


def torch_index(version: str, python: str) -> str:
    """Where uv finds this build of torch."""
    options = ["--quiet", "--no-header", "--no-deps", "--torch-backend", "cpu", "--emit-index-annotation"]
    with passing_folder("torch") as folder:
        write_text(folder / "wanted.in", f"torch=={version}\n")
        args = [*(uv() or ["uv"]), "pip", "compile", *options, "--python-version", python, "wanted.in"]
        done = run(args, _SECONDS, cwd=folder, env=Indexes.configured().for_uv())
    if done is None or done.rc != 0:
        raise MissingOutside(
            f"uv does not find torch {version} again:\n{refusal(done).message}",
            hint="Mend what it says, or name the index under `torch.cpu_index` in VENV_CONFIG.md; then resume.",
        )
    return named_in(done.stdout)


def named_in(text: str) -> str:
    """The index that the annotation of torch names; empty where there is none."""
    match = _FROM.search(text)
    return match[1] if match else ""
