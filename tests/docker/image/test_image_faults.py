"""What goes wrong while an image is built: foundry is killed, the engine goes away, the network wants to be known."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from framework.artifacts.files import read_text, write_text
from framework.errors import InvalidDocument, MissingOutside
from framework.runtime.docker import BuildFailed, Engine, labels_of
from framework.runtime.events import Event
from framework.runtime.interpreters import bare_pip, running_version
from tests.architecture.house import ROOT
from tests.docker.image.index import PASSWORD, serving
from tests.docker.image.passage import Passage
from tests.docker.image.project import Packed, contents_of

pytestmark = pytest.mark.slow

_CHILD = """
import sys
from pathlib import Path
from tests.docker.image.project import Packed

class Loud(list):
    def append(self, event):
        print(event.key, event.fields.get("line", ""), flush=True)

Packed(Path(sys.argv[1]), heard=Loud()).pack()
"""


@pytest.mark.parametrize("moment", ["image.fetching", "image.line #8", "image.checking"])
def test_a_run_that_is_killed_is_made_good_by_the_next_one(packed: Packed, engine: Engine, moment: str) -> None:
    packed.want_packages(str(packed.root))  # nothing of it is in the engine's cache
    child = subprocess.Popen([sys.executable, "-c", _CHILD, packed.root], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert child.stdout
    assert any(line.startswith(moment) for line in child.stdout)
    child.kill()
    child.wait()
    report = packed.pack()
    assert packed.complaints == []
    assert report.image
    assert report.image.tag == f"{packed.slug}:cpu-v1"
    assert engine.containers(labels_of(packed.name, "image", packed.root)) == []


def test_an_engine_that_goes_away_amid_a_build_is_told_as_such(
    packed: Packed, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passage = Passage(tmp_path / "docker.sock", engine.endpoint.url.removeprefix("unix://"))
    monkeypatch.setenv("DOCKER_HOST", passage.url)
    packed.heard = _Cutting(passage)
    with pytest.raises(MissingOutside, match=r"no docker engine answers at .*docker.sock") as told:
        packed.pack()
    assert "Start the engine again, then resume" in told.value.hint
    assert not packed.files.report("image_report.md").exists()
    monkeypatch.setenv("DOCKER_HOST", engine.endpoint.url)
    packed.heard = []
    packed.pack()
    assert packed.complaints == []


class _Cutting(list[Event]):
    """Cuts the way to the engine as soon as the build has begun."""

    def __init__(self, passage: Passage) -> None:
        super().__init__()
        self._passage = passage

    def append(self, event: Event) -> None:
        if event.key == "image.line":
            self._passage.cut()


def test_what_the_network_wants_to_know_is_in_no_layer(
    packed: Packed, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index behind a password, and certificates that only a bundle of this machine vouches for."""
    packed.configure(dependencies="index", network="host")
    packed.want_packages(str(packed.root))  # a layer that was made before would need no index
    with serving(packed.index, tmp_path) as index:
        for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("PIP_INDEX_URL", index.address)
        monkeypatch.setenv("PIP_CERT", str(index.certificate))
        report = packed.pack()
        authority = index.certificate.read_text().splitlines()[5].encode()
    assert packed.complaints == []
    assert report.image
    for name, content in contents_of(engine, report.image.tag, tmp_path):
        assert PASSWORD.encode() not in content, name
        assert authority not in content, name
        assert name not in ("run/secrets/ca.pem", "run/secrets/pip.conf")


def test_wheels_that_nobody_has_are_named(packed: Packed) -> None:
    (packed.index / "h11-1.0-py3-none-any.whl").unlink()
    with pytest.raises(MissingOutside, match=r"could not be fetched:(.|\n)*h11") as told:
        packed.pack()
    assert "foundry resume" in told.value.hint


def test_a_folder_that_was_filled_elsewhere_needs_no_index(packed: Packed, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = packed.root / "deploy/docker/wheels/cpu"
    folder.mkdir(parents=True)
    for wheel in packed.index.glob("*.whl"):
        wheel.rename(folder / wheel.name)
    monkeypatch.delenv("PIP_FIND_LINKS")
    packed.pack()
    assert packed.complaints == []
    assert "image.fetching" not in [event.key for event in packed.heard]


def test_a_base_image_that_is_nowhere_is_named(packed: Packed) -> None:
    packed.configure(cpu="nowhere.invalid/base:1")
    with pytest.raises(MissingOutside, match=r"nowhere\.invalid/base:1") as told:
        packed.pack()
    assert "image.base" in told.value.hint


@pytest.mark.parametrize(
    ("python", "platform", "fits"), [("3.9", "any", True), ("3.9", "here", False), ("3.99", "any", False)]
)
def test_the_base_must_have_a_python_that_the_requirements_are_for(
    packed: Packed, python: str, platform: str, fits: bool
) -> None:
    packed.resolved_for(python, platform)
    if fits:
        packed.pack()
        assert packed.complaints == []
        return
    with pytest.raises(InvalidDocument, match=rf"resolved for Python {python}\b") as told:
        packed.pack()
    assert "image.base" in told.value.hint


def test_an_engine_without_room_is_told_apart_from_a_broken_dockerfile(packed: Packed) -> None:
    """The disk of a real engine is not filled for it: what counts is the word of the build that failed."""
    packed.pack()
    dockerfile = packed.root / "deploy/docker/Dockerfile.cpu"
    made = read_text(dockerfile)
    write_text(dockerfile, made.replace("COPY src src", "RUN echo 'write /x: no space left on device' >&2 && false"))
    with pytest.raises(MissingOutside, match=f"no room left for {packed.slug}:cpu-v2") as told:
        packed.pack()
    assert "docker builder prune" in told.value.hint
    write_text(dockerfile, made.replace("COPY src src", "COPY absent src"))
    with pytest.raises(BuildFailed, match="absent"):
        packed.pack()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_two_commands_of_the_readme_are_all_it_takes(packed: Packed, engine: Engine, lang: str) -> None:
    """Nothing of foundry is needed: the wheels are fetched and the image is built as its README says."""
    packed.lang = "zh" if lang == "zh" else "en"
    packed.begin_again()
    packed.pack()
    for wheel in (packed.root / "deploy/docker/wheels/cpu").glob("*.whl"):
        wheel.unlink()
    commands = re.search(r"```bash\n(.*?)```", read_text(packed.root / "deploy/docker/README.md"), re.DOTALL)
    assert commands
    python = bare_pip(running_version())[0]
    script = commands[1].replace("python -m pip", f"{python} -m pip").replace("docker build", _building(engine))
    done = subprocess.run(["bash", "-e", "-c", script], cwd=packed.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    ran = engine.run(f"{packed.slug}:cpu", ["python", "docker/check.py"])
    assert ran.output.endswith("complete: true\n")
    engine.remove_image(f"{packed.slug}:cpu")


def _building(engine: Engine) -> str:
    """Docker's program here that knows BuildKit."""
    found = engine._builder
    assert found
    return f"DOCKER_BUILDKIT=1 {found.program} build"
