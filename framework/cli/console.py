"""The only place that prints.

People get styled lines, programs get one JSON document. What a user or a model wrote is always shown as text: it can
neither style the output nor reach the terminal as control codes.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from framework.cli import layout
from framework.cli.language import environment_language
from framework.cli.layout import Cell, Screen, plain
from framework.messages import Lang, say

if TYPE_CHECKING:
    from rich.console import Console as RichConsole


class Console:
    """Speaks with whoever runs the command."""

    def __init__(self, lang: Lang | None = None, *, as_json: bool = False) -> None:
        self.lang: Lang = lang or environment_language()
        self.as_json = as_json

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked: never guessed, never in the middle of a JSON document."""
        return not self.as_json and sys.stdin.isatty() and sys.stdout.isatty()

    @property
    def stream(self) -> TextIO:
        """The people's channel: standard output, or standard error where that belongs to a program."""
        return sys.stderr if self.as_json else sys.stdout

    @property
    def live(self) -> bool:
        """Whether what was shown can be redrawn."""
        return self.stream.isatty() and os.environ.get("TERM") != "dumb"

    @cached_property
    def rich(self) -> RichConsole:
        """For what needs more than lines and columns: the live view, and Markdown."""
        from rich.console import Console as RichConsole

        return RichConsole(file=_tolerant(self.stream), highlight=False, emoji=False, markup=False)

    def say(self, key: str, style: str = "", *, indent: int = 0, **fields: object) -> None:
        """A sentence of the catalogue."""
        self.line((say(self.lang, key, **fields), style), indent=indent)

    def word(self, key: str, **fields: object) -> str:
        """A sentence of the catalogue, to be part of something larger."""
        return say(self.lang, key, **fields)

    def line(self, *cells: Cell, indent: int = 0) -> None:
        """One line, or an empty one; what is too long for the terminal is wrapped under its indent."""
        _write(self.stream, layout.line(_screen(self.stream), cells, indent))

    def table(self, rows: Iterable[Sequence[Cell]], headers: Sequence[str] = (), *, indent: int = 0) -> None:
        """Aligned columns."""
        if shown := list(rows):
            _write(self.stream, layout.table(_screen(self.stream), shown, headers, indent))

    def markdown(self, text: str) -> None:
        """A report, rendered for reading; in a pipe it stays Markdown."""
        if not self.live:
            _write(self.stream, plain(text).strip())
            return
        from rich.markdown import Markdown

        self.rich.print(Markdown(plain(text), hyperlinks=False))

    def diff(self, text: str) -> None:
        """A unified diff, in its usual colours."""
        for line in text.splitlines():
            if line.startswith(("+++", "---")):
                style = "bold"
            else:
                style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "dim")
            self.line((line, style), indent=2)

    def ask(self, prompt: str) -> str:
        """One line typed by a person. EOFError and KeyboardInterrupt pass through: the caller knows what to keep."""
        _open_line_editor()
        return input(plain(prompt)).strip()

    def raw(self, text: str) -> None:
        """A file as it is; only a terminal is shielded from its control codes."""
        _write(sys.stdout, plain(text) if sys.stdout.isatty() else text, end="")

    def document(self, data: object) -> None:
        """The one JSON document of `--json`."""
        unicode_safe = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
        text = json.dumps(data, ensure_ascii=not unicode_safe, indent=2, default=str)
        _write(sys.stdout, text.encode("utf-8", "replace").decode("utf-8"))


def complain(message: str, hint: str = "", *, calm: bool = False) -> None:
    """An error, or (calm) a stop that is none, on standard error with what to do next."""
    mark = ("• ", "bold yellow") if calm else ("✗ ", "bold red")
    screen = _screen(sys.stderr)
    _write(sys.stderr, layout.line(screen, [mark, message]))
    if hint:
        _write(sys.stderr, layout.line(screen, [(hint, "dim")], indent=2))


def _screen(stream: TextIO) -> Screen:
    if not stream.isatty():
        return Screen()
    styled = "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    return Screen(shutil.get_terminal_size().columns, styled)


def _write(stream: TextIO, text: str, end: str = "\n") -> None:
    try:
        _tolerant(stream).write(text + end)
        stream.flush()
    except BrokenPipeError:  # the reader has left (`foundry status | head`): the work goes on, unheard
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _tolerant(stream: TextIO) -> TextIO:
    """A terminal that lacks a character shows `?` in its place, which is better than an error."""
    reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
    return stream


def _open_line_editor() -> None:
    """Arrow keys and wide characters work while typing, where the platform has readline."""
    _tolerant(sys.stdin)
    try:
        import readline  # noqa: F401
    except ImportError:
        return
