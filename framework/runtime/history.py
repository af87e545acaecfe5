"""A project's own git history: one commit per stage, whatever repository the project's folder happens to lie in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from framework.artifacts.files import ProjectFiles, outside_failures, write_text
from framework.errors import MissingOutside, UsageError
from framework.runtime.processes import Completed, run

_TIMEOUT = 60
_UNTRACKED = [
    "ledger.jsonl",
    "llm.jsonl",
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
    "core.fsmonitor": "false",
    "core.untrackedCache": "false",
    "core.attributesFile": "/dev/null",
    "diff.ignoreSubmodules": "all",
    "submodule.recurse": "false",
    "protocol.allow": "never",
    "gc.auto": "0",
}
SETTINGS = tuple(part for key, value in _OURS.items() for part in ("-c", f"{key}={value}"))
# What git would run, or read further settings from, without being asked for it; the settings above do not undo these.
_RUNS = re.compile(
    r"(filter|include|includeif|gpg|trailer|pager)\..*|diff\.(external|command|textconv)|merge\.driver"
    r"|core\.(fsmonitor|sshcommand|gitproxy|alternaterefscommand|askpass)"
    r"|extensions\.(worktreeconfig|partialclone)|remote\.(promisor|uploadpack|receivepack|vcs)"
)
_HEADER = re.compile(r'\[([\w.-]+)(?:[ \t]+"(?:[^"\\]|\\.)*")?\]')
_KEY = re.compile(r"([A-Za-z][\w-]*)[ \t]*(?:=[ \t]*(.*))?")
_SWITCH = re.compile(r"(?i)true|false|yes|no|on|off|0|1|")


def begin(files: ProjectFiles) -> bool:
    """Make the project a repository; False where git is not installed, which costs the history and nothing else."""
    write_text(files.state / ".gitignore", "\n".join(_UNTRACKED) + "\n")
    refuse_foreign(files.root)
    # Without --work-tree, which git would write down and which a renamed or copied project would not be at any more.
    return run(["git", *SETTINGS, "init", "--quiet", "--initial-branch=main", str(files.root)], _TIMEOUT) is not None


def record(files: ProjectFiles, message: str, *, work: bool = False) -> str:
    """Commit whatever has changed; what git says where it cannot. The next commit then takes it in as well.

    A commit of `work` can be taken back, and what foundry knows is not taken back with it.
    """
    if not (files.root / ".git").is_dir():
        return ""
    added = ["add", "--all", *(("--", ".", *_RECORDS) if work else ())]
    for args in (added, ["commit", "--quiet", "--allow-empty", "--no-verify", f"--message={message}"]):
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
    root = files.root.absolute()
    refuse_foreign(root)
    place = [f"--git-dir={root / '.git'}", f"--work-tree={folder or root}"]
    env = {"GIT_INDEX_FILE": str(index)} if index else None
    return run(["git", *SETTINGS, *place, *args], _TIMEOUT, cwd=folder or root, env=env)


def refuse_foreign(root: Path) -> None:
    """Git does what a repository's own settings say; code of the project may have written some that start programs."""
    place = root / ".git"
    if place.is_file() or (place / "commondir").exists():
        raise UsageError(
            f"{place} leads to a repository elsewhere, whose settings are not the project's.",
            hint="Keep the project in a repository of its own, then run `foundry resume` on it.",
        )
    with outside_failures(place):
        # Latin-1 takes every byte.
        text = (place / "config").read_text(encoding="latin-1") if (place / "config").exists() else ""
    if name := next(_foreign(text), ""):
        raise UsageError(
            f"{place / 'config'} holds `{name}`, with which git may start a program.",
            hint="Look where it comes from and take it out; what you need of it belongs into your own ~/.gitconfig.",
        )


def _foreign(text: str) -> Iterator[str]:
    """The settings that may start a program. What is not understood counts as one."""
    section = ""
    for line in text.removeprefix("\u00ef\u00bb\u00bf").replace("\r\n", "\n").split("\n"):
        rest = line.strip()
        if line.endswith("\\"):
            yield rest  # goes on in the next line, which is rare and hides what stands there
        while found := _HEADER.match(rest):
            section, rest = found[1].lower().partition(".")[0], rest[found.end() :].strip()
        if rest.startswith("["):
            yield rest
        elif key := _KEY.match(rest):
            name = f"{section}.{key[1].lower()}"
            if _RUNS.fullmatch(name) and not (name == "core.fsmonitor" and _SWITCH.fullmatch((key[2] or "").strip())):
                yield name
