"""The project's names, licence and Python, in the narrow form that a template can print anywhere."""

from __future__ import annotations

import re
from typing import get_args

from agents.coder.scratch.case import Case
from framework.artifacts.requirements import Requirements
from framework.rendering.context import NEWEST_PYTHON, Identity, LicenseName

OLDEST_PYTHON = 11
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
        python=f"3.{supported_minor(case.wanted)}",
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
    said = " ".join([*case.wanted.texts("goal"), *case.wanted.texts("problem")])
    line = "".join(sign if sign.isprintable() else " " for sign in said)
    plain = " ".join(line.split()) or title_of(case.tech.project.title, case.wanted.project.name)
    return plain if len(plain) <= _LONGEST_GOAL else f"{plain[: _LONGEST_GOAL - 1]}…"


def license_of(wanted: Requirements) -> LicenseName:
    """The first licence asked for that the template has a text of; MIT where there is none."""
    known = {name.lower(): name for name in get_args(LicenseName)}
    asked = [known[text.lower()] for text in wanted.texts("license") if text.lower() in known]
    return asked[0] if asked else "MIT"


def wished_minor(wanted: Requirements) -> int | None:
    """The 12 of "Python 3.12"."""
    found = re.search(r"\b3\.(\d{1,2})\b", wanted.text("python") or "")
    return int(found[1]) if found else None


def supported_minor(wanted: Requirements) -> int:
    """The oldest Python: as wished, as far as the code and its libraries go."""
    return min(max(wished_minor(wanted) or OLDEST_PYTHON, OLDEST_PYTHON), NEWEST_PYTHON)
