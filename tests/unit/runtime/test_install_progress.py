"""What an installer's own lines tell of its progress."""

from __future__ import annotations

from typing import Any

import pytest

from framework.runtime.install_progress import InstallProgress


@pytest.mark.parametrize(
    ("line", "key", "fields"),
    [
        ("Downloading torch (180.3MiB)", "fetching", {"name": "torch", "size": "180.3MiB"}),
        ("  Downloading numpy-2.4.6-cp312-cp312-manylinux_2_28_x86_64.whl (16.6 MB)", "fetching", {"size": "16.6 MB"}),
        (" Downloaded torch", "fetched", {"count": 1, "name": "torch"}),
        (
            "Collecting typing-extensions==4.15.0 (from -r packages.txt (line 3))",
            "fetched",
            {"name": "typing-extensions"},
        ),
        ("Collecting zope.interface>=5", "fetched", {"name": "zope.interface"}),
        ("Processing ./wheels/PyYAML-6.0-py3-none-any.whl (from -r a.txt (line 1))", "fetched", {"name": "PyYAML"}),
        ("Prepared 12 packages in 3.2s", "unpacking", {"total": 1}),
        ("Installing collected packages: idna, torch", "unpacking", {"total": 1}),
        (" + idna==3.10", "installed", {"count": 1}),
    ],
)
def test_a_line_is_told(line: str, key: str, fields: dict[str, Any]) -> None:
    told: list[tuple[str, dict[str, Any]]] = []
    progress = InstallProgress(1, lambda key, **fields: told.append((key, fields)))

    progress(line)

    assert told[0] == ("environment.installing", {"total": 1})
    assert told[1][0] == f"environment.{key}"
    assert told[1][1].items() >= fields.items()


@pytest.mark.parametrize(
    "line", ["Resolved 12 packages in 5ms", "", "  Using cached idna-3.10-py3-none-any.whl", "warning: x"]
)
def test_other_lines_are_nothing(line: str) -> None:
    told: list[str] = []
    InstallProgress(1, lambda key, **_: told.append(key))(line)
    assert told == ["environment.installing"]


def test_many_packages_are_told_in_a_few_sentences() -> None:
    told: list[str] = []
    progress = InstallProgress(155, lambda key, **_: told.append(key))
    for number in range(155):
        progress(f"Collecting package-n{number}==1")
    assert 8 <= told.count("environment.fetched") <= 12
