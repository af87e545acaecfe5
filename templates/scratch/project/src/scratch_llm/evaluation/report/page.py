"""A page of headings, tables, charts and quotations, written as Markdown or as HTML."""

import base64
import html
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from scratch_llm.evaluation.results import markdown_table
from scratch_llm.utils.errors import ConfigError
from scratch_llm.utils.files import write_text

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; } td, th { border: 1px solid #ccc; padding: .25rem .6rem; text-align: left; }
blockquote { border-left: 4px solid #ccc; margin-left: 0; padding-left: 1rem; white-space: pre-wrap; }
"""


class Heading(NamedTuple):
    """The title of a part; level 1 is the page's own."""

    text: str
    level: int = 2

    def markdown(self) -> str:
        """Give it as Markdown."""
        return f"{'#' * self.level} {_plain(self.text)}"

    def html(self) -> str:
        """Give it as HTML."""
        return f"<h{self.level}>{html.escape(self.text)}</h{self.level}>"


class Table(NamedTuple):
    """Rows below a head."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """Give it as Markdown."""
        return markdown_table(self.head, self.rows)

    def html(self) -> str:
        """Give it as HTML."""
        head = "".join(f"<th>{html.escape(cell)}</th>" for cell in self.head)
        rows = ["".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in self.rows]
        return f"<table>\n<tr>{head}</tr>\n" + "\n".join(f"<tr>{row}</tr>" for row in rows) + "\n</table>"


class Chart(NamedTuple):
    """A picture as SVG."""

    title: str
    svg: str

    def markdown(self) -> str:
        """Give it as Markdown, the picture inside."""
        data = base64.b64encode(self.svg.encode()).decode()
        return f"![{_plain(self.title)}](data:image/svg+xml;base64,{data})"

    def html(self) -> str:
        """Give it as HTML."""
        return self.svg


class Quote(NamedTuple):
    """What somebody else has written, a model for instance."""

    text: str

    def markdown(self) -> str:
        """Give it as Markdown that shows exactly these characters."""
        return "\n".join(f"> {_plain(line)}  " for line in self.text.splitlines() or [""])

    def html(self) -> str:
        """Give it as HTML."""
        return f"<blockquote>{html.escape(self.text)}</blockquote>"


Part = Heading | Table | Chart | Quote


def write_page(path: Path, parts: Sequence[Part]) -> None:
    """Write a page; its suffix, .md or .html, says how."""
    if path.suffix == ".md":
        write_text(path, "\n\n".join(part.markdown() for part in parts) + "\n")
    elif path.suffix == ".html":
        write_text(path, _html_page(parts))
    else:
        raise ConfigError(f"a report cannot be written as '{path.name}'", "let it end in .md or .html")


def _html_page(parts: Sequence[Part]) -> str:
    title = next((part.text for part in parts if isinstance(part, Heading)), "Report")
    body = "\n".join(part.html() for part in parts)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{html.escape(title)}</title>\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _plain(text: str) -> str:
    """Let no character of a text act as Markdown or HTML."""
    return "".join(f"\\{character}" if character in "\\`*_[]<>#|!~" else character for character in text)
