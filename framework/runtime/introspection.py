"""What the packages of a project's environment really offer, asked of its own interpreter in a bounded process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeAlias

from pydantic import Field, ValidationError

from framework.artifacts.base import Strict
from framework.errors import MissingOutside
from framework.runtime.processes import run

Python: TypeAlias = Path  # the interpreter of an environment
_SECONDS = 90
_ASK = """
import importlib, inspect, json, re, sys
def documented(thing):
    # What is written in C has no signature, but its documentation mostly begins with one.
    name = re.escape(getattr(thing, "__name__", ""))
    head = re.search(name + r"\\((.*?)\\)(?: ->|\\n|$)", inspect.getdoc(thing) or "", re.S)
    parts = re.findall(r"(?:^|,)\\s*(\\*{0,2}\\w+)\\s*(?::[^,=]+)?(=)?", head.group(1) if head else "")
    kind = "POSITIONAL_OR_KEYWORD"
    return [{"name": name, "kind": kind, "required": not default} for name, default in parts if "*" not in name]
def look(module, path):
    try:
        thing = importlib.import_module(module)
    except Exception as error:
        return {"found": False, "trouble": f"{type(error).__name__}: {error}"[:300]}
    for part in path:
        if not hasattr(thing, part):
            return {"found": False, "names": sorted(n for n in dir(thing) if not n.startswith("__"))}
        thing = getattr(thing, part)
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        signature = None
    parameters = [
        {"name": p.name, "kind": p.kind.name, "required": p.default is p.empty}
        for p in (signature.parameters.values() if signature else ())
    ]
    if signature is None and callable(thing):
        parameters = documented(thing)
    return {"found": True, "names": sorted(n for n in dir(thing) if not n.startswith("__")), "parameters": parameters,
            "is_callable": callable(thing)}
print("\\n" + json.dumps([look(*one) for one in json.loads(sys.argv[1])]))
"""


class Parameter(Strict):
    """One parameter of a callable."""

    name: str
    kind: str
    required: bool


class Offer(Strict):
    """What stands at a dotted path. Not found: `names` are those of the last part that was there."""

    found: bool
    names: list[str] = Field(default_factory=list)
    parameters: list[Parameter] = Field(default_factory=list)
    is_callable: bool = False
    trouble: str = ""


class _Answer(Strict):
    offers: list[Offer]


def offers(python: Python, asked: list[tuple[str, list[str]]]) -> list[Offer]:
    """For each module and path below it what is there. Only for installed packages: importing runs code."""
    try:
        done = run([str(python), "-I", "-c", _ASK, json.dumps(asked)], _SECONDS, env={"HF_HUB_OFFLINE": "1"})
    except MissingOutside:
        return [Offer(found=False)] * len(asked)
    if done is None or done.rc != 0:
        return [Offer(found=False)] * len(asked)
    try:
        return _Answer.model_validate({"offers": json.loads(done.stdout.splitlines()[-1])}).offers
    except (ValidationError, ValueError, IndexError):
        return [Offer(found=False)] * len(asked)
