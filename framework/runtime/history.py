"""A project's own git history: one commit per stage, whatever repository the project's folder happens to lie in."""

from __future__ import annotations

from pathlib import Path

from framework.artifacts.files import ProjectFiles, write_text
from framework.errors import MissingOutside, UsageError
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
RENDER, NEXT = "refs/heads/foundry/render", "refs/heads/foundry/next"
_UNFINISHED = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")
_RECORDS = (":(exclude,top)reports", ":(exclude,top).foundry")  # foundry's own, which no hand has edited
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
        done = attempt(files, *args)
        if done and done.rc != 0:
            return done.stderr.strip()
    return ""


def refuse_unfinished(files: ProjectFiles) -> None:
    """A merge or a rebase of the user's would be taken for finished, with its conflict marks in the files."""
    found = [name for name in _UNFINISHED if (files.root / ".git" / name).exists()]
    if found:
        raise UsageError(
            f"{files.root}: a merge or rebase is not finished (.git/{found[0]}).",
            hint="Finish it with `git commit` (`git rebase --continue`), or give it up with --abort; then resume.",
        )
    branch = git(files, "rev-parse", "--symbolic-full-name", "HEAD").strip() if head(files) else ""
    if branch in (RENDER, NEXT):
        raise UsageError(
            f"{files.root} stands on the branch {branch.removeprefix('refs/heads/')}, which foundry writes itself.",
            hint="Go back with `git switch main`; what foundry offers comes in with `git merge foundry/next`.",
        )


def record_edits(files: ProjectFiles) -> None:
    """Whatever a hand has changed has to be in the history, by itself, before foundry writes over it."""
    asked = ("ls-files", "-z", "--modified", "--deleted", "--others", "--exclude-standard", "--", ".", *_RECORDS)
    if edited := git(files, *asked):
        listing = files.staging("edits") / "paths"
        write_text(listing, edited)
        settings = ("--all", "--pathspec-file-nul", f"--pathspec-from-file={listing.absolute()}")
        git(files, "--literal-pathspecs", "add", *settings)
    tree = attempt(files, "rev-parse", "--verify", "--quiet", "HEAD^{tree}")
    if tree is None or git(files, "write-tree") != tree.stdout:
        git(files, "commit", "--quiet", "--allow-empty", "--no-verify", "--message=edits by hand")


def head(files: ProjectFiles) -> str:
    """The commit that the project stands at; empty where it has no history."""
    done = attempt(files, "rev-parse", "--verify", "--quiet", "HEAD")
    return done.stdout.strip() if done and done.rc == 0 else ""


def git(files: ProjectFiles, *args: str, folder: Path | None = None, index: Path | None = None) -> str:
    """What git answers; a refusal is an error."""
    done = attempt(files, *args, folder=folder, index=index)
    if done is None:
        raise MissingOutside("git is not installed.", hint="Install git; foundry keeps a project in its history.")
    if done.rc != 0:
        raise MissingOutside(
            f"git {args[0]} refuses in {files.root}: {done.stderr.strip() or f'exit {done.rc}'}.",
            hint="Mend what git says, then run `foundry resume` on the project.",
        )
    return done.stdout


def attempt(files: ProjectFiles, *args: str, folder: Path | None = None, index: Path | None = None) -> Completed | None:
    """Run git on the project's repository, with another folder for its files or another index if they are given."""
    settings = [part for key, value in _OURS.items() for part in ("-c", f"{key}={value}")]
    root = files.root.absolute()
    place = [f"--git-dir={root / '.git'}", f"--work-tree={folder or root}"]
    env = {"GIT_INDEX_FILE": str(index)} if index else None
    return run(["git", *settings, *place, *args], _TIMEOUT, cwd=folder or root, env=env)
