"""The README after a deployment that failed: it tells of no service that runs, until one does again."""

from __future__ import annotations

import pytest

from framework.artifacts.files import read_text, write_text
from tests.docker.standin.project import Make

pytestmark = pytest.mark.slow
WALKED = "\n<!-- running:begin -->\nall requirements are met\n<!-- running:end -->\n"


def test_the_readme_follows_what_runs(make: Make) -> None:
    stage = make()
    stage.want({"sla.latency_ms": 5000})
    readme = stage.root / "README.md"
    measured = f"| {stage.deploy(stage.subject('well')).sla[0].measured} |"
    write_text(readme, read_text(readme) + WALKED)
    assert measured in read_text(readme)
    failed = stage.deploy(stage.subject("missing_library"))
    told = read_text(readme)
    assert failed.error_report in told
    assert measured not in told
    assert "are met" not in told
    again = stage.deploy(stage.subject("well")).sla[0].measured
    assert again in read_text(readme)
    assert failed.error_report not in read_text(readme)
