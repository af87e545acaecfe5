"""The recorded run that `--engine replay` shows without a key: how it was made, and how it is made again.

    python -m tests.llm.recorded_run

It is made again when what a question tells has changed: the catalog, a report's words, an answer's form.
The model behind it is a script of ours that answers over HTTP (`answer` below). No language model has said any of it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from tests.llm.behaviours import answering
from tests.llm.server import Heard, serving

FOLDER: Final = Path(__file__).with_name("recorded")
MODEL: Final = "scripted-server"  # the name that every record carries
NAME: Final = "tales"
WISH: Final = (
    "A small model that writes bedtime stories, trained from scratch on TinyStories. One RTX 4090, and the lab "
    "wants its box back in 20 hours."
)
UNTIL: Final = "technology"
_HEARS_NOTHING: Final[dict[str, Any]] = {
    "coder.candidates": {"candidates": []},
    "coder.prose": {"paragraph": ""},
    "coder.write_code": {"files": [], "claim": ""},
    "coder.diagnose": {"file": "", "old": "", "new": "", "why": ""},
    "reviewer.senior_look": {"findings": []},
}


def answer(heard: Heard) -> Any:
    """What the script says to a question."""
    said = heard.said()
    match heard.kind:
        case "planner.read_more":
            told = {"slot": "time_limit_h", "value": "20 hours", "quote": "wants its box back in 20 hours"}
            return {"values": [told] if told["quote"] in said else [], "title": "Bedtime stories from a small model"}
        case "planner.ask_better":
            return {"questions": [_reworded(*one) for one in _questions(said)], "further": []}
        case "coder.recommend":
            return _in_order(said)
    return _HEARS_NOTHING[heard.kind]


def _questions(said: str) -> list[tuple[str, str, str]]:
    return re.findall(r"^id: (.+)\ntext: (.+)\nwhy: (.+)$", said, re.MULTILINE)


def _reworded(id_: str, text: str, why: str) -> dict[str, str]:
    return {"id": id_, "text": f"For your bedtime stories: {text[:1].lower()}{text[1:]}"[:160], "why": why[:240]}


def _in_order(said: str) -> dict[str, Any]:
    """The candidates as they stand on the sheet, none praised beyond it."""
    names = re.findall(r"^name: (.+)$", said, re.MULTILINE)
    levels = re.findall(r"quality to expect at most: (\w+)$", said, re.MULTILINE)
    quality = [{"name": name, "level": level} for name, level in zip(names, levels, strict=True)]
    remark = "Read a few of its stories aloud before you train longer."
    return {"order": names, "recommended": names[0], "reasons": [], "quality": quality, "remark": remark}


def record(folder: Path, until: str = UNTIL) -> None:
    """Run foundry before the script, and keep what was decided."""
    with serving(answering(answer)) as server, tempfile.TemporaryDirectory() as room:
        told = {"OPENAI_BASE_URL": server.url, "FOUNDRY_MODEL": MODEL, "XDG_CACHE_HOME": f"{room}/cache"}
        command = [sys.executable, "-m", "framework.cli.main", "new", WISH, "--name", NAME, "--yes", "--no-docker"]
        more = ["--engine", "llm", "--until", until, "--out", "made"]
        subprocess.run([*command, *more], check=True, cwd=room, env=os.environ | told)
        for old in folder.glob("*.json"):
            old.unlink()
        shutil.copytree(Path(room, "made", NAME, ".foundry", "decisions"), folder, dirs_exist_ok=True)


if __name__ == "__main__":
    record(FOLDER)
