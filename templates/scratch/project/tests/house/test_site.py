"""The documentation builds without a warning and asks nothing of the network."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.architecture.checkout import ROOT
from tests.house.documents import LANGUAGES

pytestmark = pytest.mark.slow

LOADED = re.compile(
    r"<(?:script|img|iframe)[^>]+src=\"(https?:[^\"]+)|<link[^>]+rel=\"?stylesheet[^>]+href=\"(https?:[^\"]+)"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return folder


def _first() -> str:
    """The language that the site begins with."""
    plugins = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["plugins"]
    languages = next(plugin["i18n"]["languages"] for plugin in plugins if "i18n" in plugin)
    (first,) = (language["locale"] for language in languages if language["default"])
    return str(first)


def test_every_page_is_there_in_both_languages(site: Path) -> None:
    for language in LANGUAGES:
        root = site if language == _first() else site / language
        for page in (ROOT / "docs" / language).glob("*.md"):
            folder = root if page.stem == "index" else root / page.stem
            assert (folder / "index.html").is_file(), f"{language}/{page.name}"


def test_a_page_loads_nothing_from_elsewhere(site: Path) -> None:
    asked = {
        address for page in site.rglob("*.html") for match in LOADED.findall(page.read_text()) for address in match
    }
    assert asked - {""} == set()


def test_the_api_reference_shows_the_code(site: Path) -> None:
    text = (site / "api" / "index.html").read_text()
    assert all(name in text for name in ("Decoder", "DataModule", "TrainConfig", "generate", "ContinuousBatcher"))
