"""Links lead somewhere: between documents, to images, in the site's navigation; translations are there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import yaml

from agents.reviewer.reading.documents import Document, Mark, documents
from agents.reviewer.reading.paths import Paths
from agents.reviewer.subject import Subject
from framework.artifacts.review import ReviewFinding

NAME = "links"
_OUTSIDE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//")
_SITES = ("mkdocs.yml", "mkdocs.yaml")
_TRANSLATED = re.compile(r"docs/([a-z]{2})/(.+\.md)")


def things(subject: Subject) -> list[Mark]:
    """Every link that stays within the project."""
    marks = (mark for one in documents(subject.tree) for mark in one.links)
    return [mark for mark in marks if not _OUTSIDE.match(mark.text)]


def check(subject: Subject) -> Iterator[ReviewFinding]:
    """Links of documents, navigation of the site, twins of translated pages."""
    pages = {one.path: one for one in documents(subject.tree)}
    paths = Paths(subject)
    for page in pages.values():
        for mark in page.links:
            yield from _link(subject, paths, pages, page, mark)
    yield from _navigation(subject)
    yield from _twins(subject)


def _link(
    subject: Subject, paths: Paths, pages: dict[str, Document], page: Document, mark: Mark
) -> Iterator[ReviewFinding]:
    if _OUTSIDE.match(mark.text):
        return
    name, _, anchor = unquote(mark.text).partition("#")
    folder = posixpath.dirname(page.path)
    base = "" if name.startswith("/") else folder
    target = posixpath.normpath(posixpath.join(base, name.split("?")[0].lstrip("/"))) if name else page.path
    if target not in subject.tree.files and target not in paths.folders and target != ".":
        yield subject.finding(NAME, "doc_dead_link", page.path, mark.line, target=mark.text)
    elif anchor and target in pages and anchor not in pages[target].anchors:
        yield subject.finding(NAME, "doc_dead_anchor", page.path, mark.line, anchor=anchor, target=target)


class _Loader(yaml.SafeLoader):
    """Reads a site's configuration, whose tags name functions; they are left unread."""


_Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, suffix, node: suffix)
_Loader.add_multi_constructor("!", lambda loader, suffix, node: suffix)


def _navigation(subject: Subject) -> Iterator[ReviewFinding]:
    for site in _SITES:
        text = subject.tree.texts.get(site)
        if text is None:
            continue
        try:
            read = yaml.load(text, _Loader)  # noqa: S506  # a safe loader with its unknown tags left unread
        except yaml.YAMLError as error:
            yield subject.finding(NAME, "doc_no_yaml", site, None, why=str(error).splitlines()[0])
            return
        folder = str(read.get("docs_dir", "docs"))
        entries = set(_leaves(read.get("nav") or []))
        for name in sorted(entries):
            if not _is_page(subject, folder, name):
                yield subject.finding(NAME, "doc_dead_entry", site, subject.line_of(site, name), target=name)
        if entries:
            yield from _unlisted(subject, site, folder, entries)


def _unlisted(subject: Subject, site: str, folder: str, entries: set[str]) -> Iterator[ReviewFinding]:
    """Pages that no entry leads to."""
    for name in sorted(subject.tree.files):
        inner = name.removeprefix(f"{folder}/")
        local = re.sub(r"^[a-z]{2}/", "", inner)
        if name.startswith(f"{folder}/") and name.endswith(".md") and not {inner, local} & entries:
            yield subject.finding(NAME, "doc_no_entry", name, 1, severity="warning", site=site)


def _leaves(entries: Any) -> Iterator[str]:
    if isinstance(entries, str):
        if entries.endswith(".md"):
            yield entries
    elif isinstance(entries, dict | list):
        for inner in entries.values() if isinstance(entries, dict) else entries:
            yield from _leaves(inner)


def _languages(subject: Subject) -> dict[str, set[str]]:
    """The pages of each language that has a folder of its own."""
    found: dict[str, set[str]] = {}
    for name in subject.tree.files:
        if match := _TRANSLATED.fullmatch(name):
            found.setdefault(match[1], set()).add(match[2])
    return found


def _is_page(subject: Subject, folder: str, name: str) -> bool:
    if f"{folder}/{name}" in subject.tree.files:
        return True
    return any(name in pages for pages in _languages(subject).values())


def _twins(subject: Subject) -> Iterator[ReviewFinding]:
    languages = _languages(subject)
    for language, pages in sorted(languages.items()):
        for other in sorted(languages.keys() - {language}):
            for name in sorted(pages - languages[other]):
                yield subject.finding(NAME, "doc_no_twin", f"docs/{language}/{name}", 1, twin=f"docs/{other}/{name}")
