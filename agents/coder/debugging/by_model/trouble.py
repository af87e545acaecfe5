"""What a model is told of a failure: what was raised, the code around it, and what was tried in vain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agents.coder.debugging.failure import Failure, Frame
from agents.coder.debugging.guards.files import is_kept
from agents.coder.debugging.restore.ranking import TOPICS
from agents.coder.debugging.scene import Scene
from framework.artifacts.base import Strict
from framework.artifacts.bugfix import Try
from framework.engines.base import Fenced
from framework.messages import Lang

_AROUND = 30  # lines before and after one that a traceback names
_WHOLE = 120  # lines: a file that is no longer is shown whole
_FILES, _CODE = 5, 20_000  # files, and characters of all of them
_CHAIN, _FRAMES, _MESSAGE, _LOG = 3, 15, 1_500, 3_000
_INSTALLED = re.compile(r".*/(?:site|dist)-packages/|.*/lib/python3[^/]*/")
_CHANGING = re.compile(r"\b0x[0-9a-fA-F]+\b|\btmp\w{6,}\b")
_PROGRESS = re.compile(r"^step \d+")


class Trouble(Strict):
    """The context of the question. What programs and files say is theirs, and is shown as data."""

    language: Lang
    failure: Fenced
    code: Fenced
    tried: Fenced


def trouble_of(scene: Scene, tries: Sequence[Try]) -> Trouble:
    """All of it, the same whenever the same thing fails: no addresses, no times, no folders of this machine."""
    return Trouble(
        language=scene.lang,
        failure=_stable(scene, "\n".join(_told(scene.failure))),
        code="\n\n".join(_within(_excerpts(scene), _CODE)),
        tried="\n".join(f"- {one.title}: {one.outcome}. {' '.join(one.said)[:400]}".rstrip() for one in tries) or "-",
    )


def _stable(scene: Scene, text: str) -> str:
    return _CHANGING.sub("...", text.replace(f"{scene.tree.root.absolute().as_posix()}/", ""))


def _told(failure: Failure) -> Iterator[str]:
    yield f"$ {' '.join(failure.command)}"
    for raised in failure.chain[-_CHAIN:]:
        yield from map(_line, raised.frames[-_FRAMES:])
        yield f"{raised.error}: {raised.message[:_MESSAGE]}\nwhich led to"
    yield from map(_line, failure.frames[-_FRAMES:])
    yield f"{failure.error or failure.ended}: {failure.message[:_MESSAGE]}"
    if not failure.frames:
        log = "\n".join(line for line in failure.log.splitlines() if not _PROGRESS.match(line))
        yield f"The log ends with\n{log[-_LOG:]}"


def _line(frame: Frame) -> str:
    return f"{_INSTALLED.sub('', frame.file)}:{frame.line} in {frame.function}: {' '.join(frame.code.split())[:200]}"


def _within(parts: Iterator[str], room: int) -> Iterator[str]:
    for part in parts:
        if len(part) <= room:
            room -= len(part)
            yield part


def _excerpts(scene: Scene) -> Iterator[str]:
    """The project's own code around the calls, the innermost first; else what such a failure usually lies in."""
    failure, texts = scene.failure, scene.tree.texts
    chained = [frame for raised in failure.chain for frame in raised.frames]
    own = [frame for frame in reversed([*chained, *failure.frames]) if frame.own and frame.file in texts]
    lines: dict[str, int] = {}
    for frame in own:
        lines.setdefault(frame.file, frame.line)
    for file, line in [*lines.items()][:_FILES]:
        yield _excerpt(file, texts[file], line)
    usual = _usual(scene) if not lines else []
    for file in (*usual[:_FILES], scene.config):
        if file in texts and file not in lines:
            yield _excerpt(file, texts[file], 0)


def _excerpt(file: str, text: str, named: int) -> str:
    """The file around a line; whole where it is short or no line is named."""
    lines = text.splitlines()
    whole = named == 0 or len(lines) <= _WHOLE
    first = 1 if whole else max(1, named - _AROUND)
    end = len(lines) if whole else min(len(lines), named + _AROUND)
    return "\n".join([f"=== {file}, lines {first} to {end} of {len(lines)}", *lines[first - 1 : end]])


def _usual(scene: Scene) -> list[str]:
    """The files that a probe or check of this name looks at, the telling ones first; else the script that ran."""
    kind, _, name = scene.failure.error.partition(":")
    paths, words = next((topic[1:] for topic in TOPICS if re.search(topic[0], name)), ("", ""))
    texts = {file: text for file, text in scene.tree.texts.items() if file.startswith("src/") and file.endswith(".py")}
    found = [file for file in texts if not is_kept(file) and re.search(paths, file)]
    if kind not in ("probe", "check") or not paths or not found:
        return [word for word in scene.failure.command if word in scene.tree.texts]
    weights = {file: len(re.findall(words, texts[file])) / (1 + len(texts[file])) ** 0.5 for file in found}
    return sorted(found, key=lambda file: (-weights[file], file))
