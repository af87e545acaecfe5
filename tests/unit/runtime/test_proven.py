"""The project as it was last proven, whatever has become of it since."""

from __future__ import annotations

from pathlib import Path

from framework.artifacts.files import ProjectFiles
from framework.runtime import history
from framework.runtime.codetree import CodeTree
from framework.runtime.proven import proven_texts


def project(root: Path, *messages: str) -> ProjectFiles:
    files = ProjectFiles(root)
    (root / "a.py").write_text("a = 1\n")
    (root / "b.py").write_text("b = 1\n")
    (root / "reports").mkdir()
    (root / "reports" / "x.md").write_text("x")
    history.begin(files)
    for message in messages:
        history.record(files, message)
    return files


def proven(files: ProjectFiles) -> dict[str, str]:
    texts = proven_texts(files, CodeTree.read(files.root))
    return {path: text for path, text in texts.items() if path.endswith(".py")}


def test_without_a_proof_nothing_is_proven(tmp_path: Path) -> None:
    assert proven(project(tmp_path, "build: failed", "rules: passed", "not build: passed")) == {}


def test_edits_are_not_proven_committed_or_not(tmp_path: Path) -> None:
    files = project(tmp_path, "venv-spec: passed")
    was = {"a.py": "a = 1\n", "b.py": "b = 1\n"}
    assert proven(files) == was
    (tmp_path / "a.py").write_text("a = 2\n")
    assert proven(files) == was
    history.record(files, "edits by hand")
    (tmp_path / "b.py").unlink()
    (tmp_path / "c.py").write_text("c = 1\n")
    assert proven(files) == was
    history.record(files, "debug: passed")
    assert proven(files) == {"a.py": "a = 2\n", "c.py": "c = 1\n"}


def test_nobody_else_can_prove(tmp_path: Path) -> None:
    files = project(tmp_path, "build: passed")
    (tmp_path / "a.py").write_text("a = 2\n")
    history.git(files, "commit", "--all", "--message=debug: passed", "--author=Me <me@example.org>")
    assert proven(files)["a.py"] == "a = 1\n"
