"""A file that does not parse: the smallest change of the lines around the error with which it does."""

from __future__ import annotations

import difflib
import keyword
import re
from collections.abc import Callable, Iterator

from agents.coder.debugging.failure import Frame
from agents.coder.debugging.proposing import in_code
from agents.coder.debugging.scene import Proposal, Scene

_ERRORS = ("SyntaxError", "IndentationError", "TabError")
_OPENING = {"(": ")", "[": "]", "{": "}"}
_HEADS = r"(?:async |def |class |if |elif |else|for |while |try|with |except|finally|match |case )"
_SIGNS = str.maketrans("，。：；（）【】“”‘’！\u00a0\u3000＝", ",.:;()[]\"\"''!  =")
_OTHERS = (
    ("&&", "and"),
    ("||", "or"),
    ("else if ", "elif "),
    (" = ", " == "),
    (" == ", " = "),
    ("===", "=="),
    ("!==", "!="),
)
_BELOW = 40  # lines after an opening bracket


def diagnose(scene: Scene) -> Iterator[Proposal]:
    """Of a SyntaxError, an IndentationError or a TabError."""
    frames = scene.failure.frames or [frame for one in scene.failure.chain for frame in one.frames]
    if scene.failure.kind not in _ERRORS or not frames or not frames[-1].own:
        return
    where = frames[-1]
    text = scene.tree.texts.get(where.file)
    if text is None:
        return
    for new in sorted(_parsing(text, where), key=lambda new: _distance(text, new))[:3]:
        yield from in_code(scene, "syntax", where.file, new, _shown(text, new), message=scene.failure.message)


def _parsing(text: str, where: Frame) -> Iterator[str]:
    """The candidates that parse, the likely ones first; if none does, those with which the parser gets further."""
    line, further = trouble(text), list[str]()
    for candidates in (_likely(text, where.line), _unlikely(text, where.line)):
        outcomes = {new: trouble(new) for new in dict.fromkeys(candidates) if new != text}
        whole = [new for new, error in outcomes.items() if error == 0]
        if whole:
            yield from whole
            return
        further += [new for new, error in outcomes.items() if line and error > line + 1]
    yield from further


def trouble(text: str) -> int:
    """The line on which the text stops to be Python; 0 where it is."""
    try:
        compile(text, "text", "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        return (error.lineno or 1) if isinstance(error, SyntaxError) else 1
    return 0


def _distance(old: str, new: str) -> tuple[int, int]:
    """Few changed lines, then few changed characters."""
    if abs(len(old) - len(new)) > 200:
        return 99, 0
    signs = [line[:2] for line in difflib.ndiff(old.splitlines(), new.splitlines())]
    return max(signs.count("- "), signs.count("+ ")), abs(len(old) - len(new))


def _shown(old: str, new: str) -> str:
    lines = [line[2:].strip() for line in difflib.ndiff(old.splitlines(), new.splitlines()) if line[:2] in ("- ", "+ ")]
    return " → ".join(f"`{line[:80]}`" for line in lines[:2])


def _likely(text: str, line: int) -> Iterator[str]:
    lines = text.splitlines(keepends=True)
    yield text.expandtabs(4)
    yield text.expandtabs(8)
    yield from _on_lines(lines, line, _of_line)
    yield from _indented(lines, line - 1)
    yield from _closed(lines, line - 1)
    yield from _without_marks(lines)


def _unlikely(text: str, line: int) -> Iterator[str]:
    yield from _on_lines(text.splitlines(keepends=True), line, _bracketed)
    yield from _on_lines(text.splitlines(keepends=True), line, _quoted)


def _on_lines(lines: list[str], line: int, change: Callable[[str], Iterator[str]]) -> Iterator[str]:
    """The changes of the line that is named, of the one before it and of the one after it."""
    for at in (line - 1, line - 2, line):
        if 0 <= at < len(lines) and lines[at].strip():
            body = lines[at].rstrip("\r\n")
            for new in change(body):
                yield "".join([*lines[:at], new + lines[at][len(body) :], *lines[at + 1 :]])


def _of_line(body: str) -> Iterator[str]:
    """Small changes of one line."""
    code, comment = _split(body)
    yield body.translate(_SIGNS)
    if re.match(rf"\s*{_HEADS}", body):
        yield f"{code}:{comment}"
        yield f"{code}):{comment}"
        yield f"{code[:-1]}):{comment}" if code.endswith(":") else body
    yield f"{code},{comment}"
    for end in "'\")]}":
        yield f"{code}{end}{comment}"
        if code.endswith((",", ":", ")", "]", "}")):
            yield f"{code[:-1]}{end}{code[-1]}{comment}"
        if code[-2:-1] in (")", "]", "}"):
            yield f"{code[:-2]}{end}{code[-2:]}{comment}"
    for place in [found.start() for found in re.finditer(r"[()\[\]{}'\",:.]", body)]:
        yield body[:place] + body[place + 1 :]
    for old, new in _OTHERS:
        for found in re.finditer(re.escape(old), body):
            yield body[: found.start()] + new + body[found.end() :]
    for found in re.finditer(r"(?<=[\w\])}'\"]) +(?=[\w(\[{'\"])", body):
        yield body[: found.start()] + ", " + body[found.end() :]
        yield body[: found.start()] + " = " + body[found.end() :]
    yield from _spelled(body)
    yield from _nested(body)


def _split(body: str) -> tuple[str, str]:
    found = re.search(r"\s+#[^'\"]*$", body)
    return (body[: found.start()], body[found.start() :]) if found else (body.rstrip(), "")


def _spelled(body: str) -> Iterator[str]:
    """A keyword with letters exchanged; `print x`."""
    for found in re.finditer(r"[A-Za-z_]\w+", body):
        for near in difflib.get_close_matches(found[0], keyword.kwlist, n=2, cutoff=0.6):
            yield body[: found.start()] + near + body[found.end() :]
    yield re.sub(r"^(\s*)print (.+)$", r"\1print(\2)", body)
    yield re.sub(r"\b0+(\d)", r"\1", body)
    yield re.sub(r"^(\s*)(\w+)\+\+$", r"\1\2 += 1", body)


def _nested(body: str) -> Iterator[str]:
    """Quotes within an f-string that end it too early."""
    for found in re.finditer(r"f\"[^\n]*\"", body):
        inner = found[0][2:-1]
        yield (
            body[: found.start()]
            + 'f"'
            + re.sub(r"\{[^{}]*\}", lambda hole: hole[0].replace('"', "'"), inner)
            + '"'
            + body[found.end() :]
        )


def _bracketed(body: str) -> Iterator[str]:
    """A bracket put in before an operator or a sign."""
    for found in re.finditer(r"[,:=+*/<>.)\]} -]", body):
        for end in ")]}([{":
            yield body[: found.start()] + end + body[found.start() :]


def _quoted(body: str) -> Iterator[str]:
    """A quote or a brace put in beside a word."""
    for found in re.finditer(r"[\w\])]", body):
        for sign in "'\"}":
            yield body[: found.end()] + sign + body[found.end() :]
    for found in re.finditer(r"\w", body):
        for sign in "'\"{":
            yield body[: found.start()] + sign + body[found.start() :]


def _indented(lines: list[str], at: int) -> Iterator[str]:
    """The line, or the block of lines that it begins, at the depth of a line above or below, or one deeper."""
    if not 0 <= at < len(lines):
        return
    around = [line for line in lines[max(0, at - 6) : at + 4] if line.strip()]
    depths = {_depth(line) for line in around} | {_depth(line) + 4 for line in around}
    for begin in range(at, max(-1, at - 5), -1):
        own = _depth(lines[begin])
        if not lines[begin].strip():
            continue
        end = begin + 1
        while end < len(lines) and lines[end].strip() and _depth(lines[end]) >= own:
            end += 1
        for stop in dict.fromkeys((begin + 1, end)):
            for depth in sorted(depths - {own}, key=lambda depth: abs(depth - own)):
                moved = [" " * max(0, _depth(line) + depth - own) + line.lstrip(" \t") for line in lines[begin:stop]]
                yield "".join([*lines[:begin], *moved, *lines[stop:]])


def _depth(line: str) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip(" "))


def _closed(lines: list[str], at: int) -> Iterator[str]:
    """A bracket that was never closed: at the end of one of the lines below it, best where the depth falls back."""
    for end in range(at, min(len(lines), at + _BELOW)):
        body = lines[end].rstrip("\r\n")
        code, comment = _split(body)
        for sign in ")]}":
            for new in (
                f"{code}{sign}{comment}",
                f"{code.rstrip(',:')}{sign}{code[len(code.rstrip(',:')) :]}{comment}",
            ):
                yield "".join([*lines[:end], new, lines[end][len(body) :], *lines[end + 1 :]])
            yield "".join([*lines[: end + 1], " " * _depth(lines[at]) + sign + "\n", *lines[end + 1 :]])


def _without_marks(lines: list[str]) -> Iterator[str]:
    """The marks of a merge that nobody finished: what was there first is kept."""
    kept, dropping = [], False
    for line in lines:
        if line.startswith(("<<<<<<< ", "=======", ">>>>>>> ")):
            dropping = line.startswith("=======")
        elif not dropping:
            kept.append(line)
    yield "".join(kept)
