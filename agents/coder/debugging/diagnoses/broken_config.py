"""A config that is no YAML: the smallest change with which it reads and its keys are known."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.coder.debugging import config_edits
from agents.coder.debugging.proposing import in_config
from agents.coder.debugging.scene import Proposal, Scene, SettingChange
from agents.coder.debugging.schema import schema


def diagnose(scene: Scene) -> Iterator[Proposal]:
    """Of a config that does not parse."""
    text = scene.tree.texts.get(scene.config)
    if text is None or config_edits.tree(text) is not None:
        return
    named = [int(number) for number in re.findall(r"line (\d+)", scene.failure.message + scene.failure.log)]
    lines = text.splitlines(keepends=True)
    numbers = dict.fromkeys(one for number in named for one in (number - 1, number - 2) if 0 <= one < len(lines))
    found = {new: None for at in numbers or range(len(lines)) for new in _candidates(lines, at)}
    readable = [new for new in found if config_edits.tree(new) is not None]
    for new in sorted(readable, key=lambda new: (_strange(scene, new), abs(len(new) - len(text))))[:2]:
        old_line, new_line = _difference(text, new)
        change = SettingChange(file=scene.config, key=scene.config, old=old_line, new=new_line)
        yield from in_config(scene, "config-broken", [change], new)


def _strange(scene: Scene, text: str) -> int:
    """How many keys nobody knows."""
    keys = config_edits.keys(text)
    known = schema(scene.tree, [key for key in keys if "." not in key])
    return sum(key not in known for key in keys)


def _difference(old: str, new: str) -> tuple[str, str]:
    pairs = zip(old.splitlines(), new.splitlines(), strict=False)
    return next(((one.strip(), two.strip()) for one, two in pairs if one != two), ("", ""))


def _candidates(lines: list[str], at: int) -> Iterator[str]:
    """Tabs, a missing colon or the blank after it, quotes and brackets that are not closed, a wrong depth."""
    whole = "".join(lines)
    yield whole.expandtabs(2)
    yield "".join(line.replace("\t", "  ", 1) if line.startswith("\t") else line for line in lines)
    odd = [number for number, line in enumerate(lines) if line.count('"') % 2 or line.count("'") % 2]
    for number in (at, *odd):
        for new in _of_line(lines[number].rstrip("\r\n")):
            yield "".join([*lines[:number], new + "\n", *lines[number + 1 :]])


def _of_line(body: str) -> Iterator[str]:
    plain = body.lstrip(" \t")
    for depth in (0, 2, 4, 6, 8):
        yield " " * depth + plain
        yield " " * depth + re.sub(r"^([\w.-]+) *[=:]? *(?=\S)", r"\1: ", plain)
    yield re.sub(r"^(\s*[\w.-]+)\s*:(?=\S)", r"\1: ", body)
    yield re.sub(r"^(\s*[\w.-]+)\s*[= ]\s*(?=\S)", r"\1: ", body)
    yield re.sub(r"^(\s*[\w.-]+)\s*$", r"\1:", body)
    for end in "\"'])}":
        yield body.rstrip() + end
    yield re.sub(r"(?<=\S)[\"'](?=\s*$)", "", body)
    yield re.sub(r"^(\s*[\w.-]+: +)([^\"'\[{].*)$", lambda found: f'{found[1]}"{found[2]}"', body)
    yield body.replace("，", ",").replace("：", ": ").replace("“", '"').replace("”", '"')
