"""The user's language, as long as no project has said which one it is."""

from __future__ import annotations

import os

from framework.messages import Lang, say


def environment_language() -> Lang:
    """The language that the user's environment asks for."""
    wish = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return "zh" if wish.lower().startswith("zh") else "en"


def tell(key: str, **fields: object) -> str:
    """A sentence about the command line as it was typed."""
    return say(environment_language(), key, **fields)
