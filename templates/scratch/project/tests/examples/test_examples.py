"""Every example runs and prints what `expected/` says: the same words, and numbers that are near.

Of lines that begin with `measured`, which tell of this machine, only the words are compared; of those that begin with
`generated`, which a rounding error may change, nothing.
"""

import re
import runpy
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("[0-9]*.py"))
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_example_prints_what_is_expected(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = (path.parent / "expected" / f"{path.stem}.txt").read_text(encoding="utf-8").splitlines()
    runpy.run_path(str(path), run_name="__main__")
    printed = capsys.readouterr().out.splitlines()
    assert [words(line) for line in printed] == [words(line) for line in expected]
    for found, wanted in zip(printed, expected, strict=True):
        if not wanted.startswith("measured"):
            assert numbers(found) == pytest.approx(numbers(wanted), rel=0.1, abs=1.01), wanted


def test_every_example_is_documented_with_its_expected_output() -> None:
    for path in EXAMPLES:
        assert f"examples/expected/{path.stem}.txt" in path.read_text(encoding="utf-8")
    assert [path.name[:2] for path in EXAMPLES] == [f"{number:02}" for number in range(1, len(EXAMPLES) + 1)]


def words(line: str) -> list[str]:
    return ["generated:"] if line.startswith("generated:") else NUMBER.sub("#", line).split()


def numbers(line: str) -> list[float]:
    return [float(number.replace(",", "")) for number in NUMBER.findall(line)]
