"""What a Makefile offers: targets and variables."""

from __future__ import annotations

import re

from agents.reviewer.subject import Subject


def targets(subject: Subject) -> set[str]:
    """The targets that can be asked for."""
    text = subject.tree.texts.get("Makefile", "")
    rules = re.findall(r"^([A-Za-z][\w .-]*?):(?!=)", text, re.MULTILINE)
    return {name for rule in rules for name in rule.split()}


def variables(subject: Subject) -> set[str]:
    """The variables that it sets or uses."""
    text = subject.tree.texts.get("Makefile", "")
    return set(re.findall(r"^(?:export )?([A-Z][A-Z0-9_]*)\s*[?:+]?=", text, re.MULTILINE)) | set(
        re.findall(r"\$[({]([A-Z][A-Z0-9_]*)[)}]", text)
    )
