"""A project's own git history: one commit per stage, whatever repository the project's folder happens to lie in."""

from __future__ import annotations

from framework.artifacts.files import ProjectFiles, write_text
from framework.errors import MissingOutside
from framework.runtime.processes import Completed, run

_TIMEOUT = 60
_UNTRACKED = [
    "ledger.jsonl",
    "checkpoints*.sqlite*",
    "lock",
    "logs/",
    "staging/",
    "scratch/",
    "baseline/",
    "edited/",
    ".*.tmp",
]
_OURS = {
    "user.name": "foundry",
    "user.email": "foundry@localhost",
    "commit.gpgsign": "false",
    "core.hooksPath": "/dev/null",
    "core.autocrlf": "false",
    "gc.auto": "0",
}


def begin(files: ProjectFiles) -> bool:
    """Make the project a repository; False where git is not installed, which costs the history and nothing else."""
    write_text(files.state / ".gitignore", "\n".join(_UNTRACKED) + "\n")
    return _git(files, "init", "--quiet", "--initial-branch=main") is not None


def record(files: ProjectFiles, message: str) -> None:
    """Commit whatever has changed."""
    if not (files.root / ".git").is_dir() or _git(files, "add", "--all") is None:
        return
    _git(files, "commit", "--quiet", "--allow-empty", "--no-verify", f"--message={message}")


def _git(files: ProjectFiles, *args: str) -> Completed | None:
    settings = [part for key, value in _OURS.items() for part in ("-c", f"{key}={value}")]
    place = [f"--git-dir={files.root / '.git'}", f"--work-tree={files.root}"]
    done = run(["git", *settings, *place, *args], _TIMEOUT)
    if done and done.rc != 0:
        raise MissingOutside(
            f"git {args[0]} failed in {files.root}: {done.stderr.strip()}.",
            hint="Mend the repository, or delete its .git folder to go on without a history.",
        )
    return done
