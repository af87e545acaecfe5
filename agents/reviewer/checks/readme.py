"""Documents tell the truth: what they say to type works, and what they name is there."""

from __future__ import annotations

from collections.abc import Iterator

from agents.reviewer.checks.commands import CommandCheck
from agents.reviewer.checks.mentions import MentionCheck
from agents.reviewer.reading.commands import Command, commands, usages
from agents.reviewer.reading.documents import Document, documents
from agents.reviewer.reading.offer import Offer
from agents.reviewer.subject import Subject
from framework.artifacts.review import ReviewFinding

NAME = "readme"


def things(subject: Subject) -> list[Document]:
    """The documents that are held against the code. What is history may name what is gone."""
    return [one for one in documents(subject.tree) if not one.path.rpartition("/")[2].startswith("CHANGELOG")]


def check(subject: Subject) -> Iterator[ReviewFinding]:
    """Every command, path, name, route, key and variable of every document."""
    offer = Offer(subject)
    for document in things(subject):
        typed: list[Command] = list(commands(document))
        one = CommandCheck(offer, NAME)
        for command in typed:
            yield from one.look(command)
        yield from MentionCheck(offer, NAME, document, typed).look()
    for file, tree in subject.tree.python.items():
        if not file.startswith(("src/", "tests/")):
            one = CommandCheck(offer, NAME)
            for command in usages(file, tree):
                yield from one.look(command)
