"""Settings of a repository that start programs: git is not asked anything where there are some."""

from __future__ import annotations

from pathlib import Path

import pytest

from framework.artifacts.files import ProjectFiles
from framework.errors import UsageError
from framework.runtime.codetree import tracked
from framework.runtime.history import attempt, record
from tests.unit.runtime.place import Place

RUNNING = {
    "core.fsmonitor": '[core] fsmonitor = "{program}"',
    "filter.clean": '[FILTER "x"]\n\tclean = {program}',
    "filter.process": "[filter.x]\nprocess = {program}",
    "diff.external": "[core][diff]\n external={program}",
    "diff.textconv": '[diff "a \\"b\\" c"] textconv = {program}',
    "merge.driver": '# a comment\n[merge "x"] ; another\n\tdriver = {program}',
    "include.path": "[include]\r\n\tpath = {program}\r\n",
    "includeif.path": '[includeIf "gitdir:**"]\n\tpath = {program}',
    "core.sshcommand": "[Core]\n\tSshCommand = {program}",
    r"dummy = a\\": '[filter "x"]\n\tother = 1\n[user]\n\tdummy = a\\\n[core]\n\tclean = {program}',
}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "project").begin()


def add(place: Place, text: str) -> None:
    with (place.root / ".git" / "config").open("a", encoding="utf-8", newline="") as config:
        config.write("\n" + text + "\n")


@pytest.mark.parametrize("name", RUNNING)
def test_a_setting_that_starts_a_program_is_refused_and_the_program_does_not_run(
    place: Place, tmp_path: Path, name: str
) -> None:
    program, trace = tmp_path / "program", tmp_path / "trace"
    program.write_text(f"#!/bin/sh\ntouch {trace}\ncat\n", encoding="utf-8")
    program.chmod(0o755)
    add(place, RUNNING[name].format(program=program))
    place.write({".gitattributes": "* filter=x diff=x merge=x\n", "a.txt": "a\n"})
    for ask in (lambda: record(place.files, "more"), lambda: tracked(place.root)):
        with pytest.raises(UsageError) as refused:
            ask()
        assert "may start a program" in refused.value.message
        assert "~/.gitconfig" in refused.value.hint
    assert not trace.exists()


def test_usual_settings_of_a_user_are_no_obstacle(place: Place) -> None:
    add(
        place,
        '[remote "origin"]\n\turl = https://example.org/a.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n'
        '[branch "main"]\n\tremote = origin\n[user]\n\tname = me ; it is\n'
        "[core]\n\tfsmonitor = true\n\thooksPath = hooks",
    )
    place.write({"a.txt": "a\n"})
    assert record(place.files, "more") == ""
    assert "a.txt" in tracked(place.root)


def test_a_hook_is_not_run(place: Place, tmp_path: Path) -> None:
    hook = place.root / ".git" / "hooks" / "post-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path / 'trace'}\n", encoding="utf-8")
    hook.chmod(0o755)
    assert record(place.files, "more") == ""
    assert not (tmp_path / "trace").exists()


def test_a_repository_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("gitdir: /somewhere\n", encoding="utf-8")
    for ask in (lambda: attempt(ProjectFiles(tmp_path), "status"), lambda: tracked(tmp_path)):
        with pytest.raises(UsageError, match="leads to a repository elsewhere"):
            ask()
