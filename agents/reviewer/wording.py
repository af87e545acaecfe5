"""A model's words in a report: on one line, printable, and without an address that anybody could be sent to."""

from __future__ import annotations

import re

_LINK = re.compile(r"\w://|\bwww\.|mailto:", re.IGNORECASE)


def one_line(text: str, most: int = 400) -> str:
    """The printable signs on one line, cut where they are too many."""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return plain if len(plain) <= most else f"{plain[: most - 1]}…"


def reason_fault(why: str) -> str:
    """Why it is no reason that can be shown, in words for the model; empty where it is one."""
    if not one_line(why):
        return "why is empty"
    return "why must hold no link" if _LINK.search(why) else ""
