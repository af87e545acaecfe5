"""Hold every command of the scripts in this folder against the program: its flags, its configuration, its values.

python deploy/train/check_commands.py

Nothing is trained: the scripts only show what they would start (DRY_RUN=1).
"""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from scratch_llm.config import load_config

# The very parser: one that is written anew would prove nothing.
from scratch_llm.training.cli import _parser
from scratch_llm.utils.errors import ProjectError

FOLDER = Path(__file__).resolve().parent
TRAINING = ("*.sh", "*.sbatch")
OTHER = ("first_hour_on_gpu.sh",)  # it starts no training
SHOWN = {"DRY_RUN": "1", "FORCE": "1", "HEAD": "first-node"}


def commands() -> Iterator[tuple[str, list[str]]]:
    """Each file with the words of its command."""
    for path in sorted(path for pattern in TRAINING for path in FOLDER.glob(pattern)):
        if path.name not in OTHER:
            shown = subprocess.run(  # noqa: S603
                ["bash", str(path)],  # noqa: S607
                env={**os.environ, **SHOWN},
                cwd=FOLDER.parents[1],
                capture_output=True,
                text=True,
                check=False,
            )
            yield path.name, shlex.split(shown.stdout) or [f"(nothing: {shown.stderr.strip()})"]
    for path in sorted(FOLDER.glob("*pytorchjob.yaml")):
        job = yaml.safe_load(path.read_text(encoding="utf-8"))
        for replica in job["spec"]["pytorchReplicaSpecs"].values():
            container = replica["template"]["spec"]["containers"][0]
            yield path.name, [*container["command"], *container["args"]]


def fault(words: Sequence[str]) -> str:
    """What is wrong with a command; empty where nothing is."""
    if "main.py" not in words:
        return f"starts no main.py: {shlex.join(words)}"
    try:
        options = _parser(None).parse_intermixed_args(list(words[words.index("main.py") + 1 :]))
        load_config(options.config, options.overrides)
    except (ProjectError, SystemExit) as error:
        return f"{shlex.join(words)}: {error}"
    return ""


def main() -> int:
    """Check them all, and say what was found."""
    faults = {}
    for name, words in commands():
        wrong = fault(words)
        print(json.dumps({"file": name, "command": words, "fault": wrong}))
        if wrong:
            faults[name] = wrong
    for name, wrong in faults.items():
        print(f"{name}: {wrong}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
