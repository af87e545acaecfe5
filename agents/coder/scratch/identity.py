"""The project's names, licence and Python, in the narrow form that a template can print anywhere."""

from __future__ import annotations

import re
from typing import get_args

from agents.coder.scratch.case import Case
from framework.artifacts.requirements import Requirements
from framework.rendering.context import NEWEST_PYTHON, Identity, LicenseName

OLDEST_PYTHON = 11
NO_LICENSE = ("open source", "non-commercial", "commercial")  # demands that name none
_LONGEST_TITLE, _LONGEST_GOAL = 80, 300


def identity_of(case: Case) -> Identity:
    """Who the project is."""
    name = case.wanted.project.name
    return Identity(
        package=name,
        distribution=re.sub(r"_+", "-", name).strip("-"),
        title=title_of(case.tech.project.title, name),
        language=case.lang,
        license=license_of(case.wanted),
        python=f"3.{OLDEST_PYTHON}",
    )


def title_of(title: str, name: str) -> str:
    """What stands before any colon, in letters, digits, blanks and hyphens; a single word becomes the word and LLM.

    One word alone may be a number or a truth value to YAML, and replaces itself in sentences where it is a plain word.
    """
    head = re.split(r"[:\uff1a]", title, maxsplit=1)[0]
    words = "".join(sign if sign.isalpha() or sign.isdecimal() or sign == "-" else " " for sign in head).split()
    words = [word.strip("-") for word in words if word.strip("-")] or [part.title() for part in name.split("_") if part]
    if len(words) == 1 and "模型" not in words[0]:
        words.append("LLM")
    return " ".join(words)[:_LONGEST_TITLE].rstrip(" -")


def goal_of(case: Case) -> str:
    """What it is for, in one line of printable signs; the templates make it safe for where it stands."""
    goals = [_line(text) for text in (*case.wanted.texts("goal"), *case.wanted.texts("problem"))]
    several = [goal.rstrip(" .;,\u3002\uff1b\uff0c") or goal for goal in goals if goal]
    said = ("\uff1b" if case.lang == "zh" else "; ").join(several) if len(several) > 1 else "".join(goals)
    plain = said or title_of(case.tech.project.title, case.wanted.project.name)
    return plain if len(plain) <= _LONGEST_GOAL else f"{plain[: _LONGEST_GOAL - 1]}…"


def _line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def license_of(wanted: Requirements) -> LicenseName:
    """The first licence asked for that there is a text of, or none rather than one that nobody asked for.

    Where nothing is said it is MIT.
    """
    known = {name.lower(): name for name in get_args(LicenseName)}
    asked = [text.lower() for text in wanted.texts("license") if text.lower() not in NO_LICENSE]
    return next((known[text] for text in asked if text in known), "proprietary" if asked else "MIT")


def wished_minor(wanted: Requirements) -> int | None:
    """The 12 of "Python 3.12"."""
    found = re.search(r"\b3\.(\d{1,2})\b", wanted.text("python") or "")
    return int(found[1]) if found else None


def is_supported(minor: int | None) -> bool:
    """Whether the code and its libraries run on it."""
    return minor is not None and OLDEST_PYTHON <= minor <= NEWEST_PYTHON
