"""A project's own git history: one commit per stage, whatever repository the project's folder happens to lie in."""

from __future__ import annotations

from framework.artifacts.files import ProjectFiles, write_text
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
    # Without --work-tree, which git would write down and which a renamed or copied project would not be at any more.
    return run(["git", "init", "--quiet", "--initial-branch=main", str(files.root)], _TIMEOUT) is not None


def record(files: ProjectFiles, message: str) -> str:
    """Commit whatever has changed; what git says where it cannot. The next commit then takes it in as well."""
    if not (files.root / ".git").is_dir():
        return ""
    for args in (["add", "--all"], ["commit", "--quiet", "--allow-empty", "--no-verify", f"--message={message}"]):
        done = _git(files, *args)
        if done and done.rc != 0:
            return done.stderr.strip()
    return ""


def _git(files: ProjectFiles, *args: str) -> Completed | None:
    settings = [part for key, value in _OURS.items() for part in ("-c", f"{key}={value}")]
    place = [f"--git-dir={files.root / '.git'}", f"--work-tree={files.root}"]
    return run(["git", *settings, *place, *args], _TIMEOUT)
