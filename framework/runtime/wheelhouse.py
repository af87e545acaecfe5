"""A folder of wheels for an image: exactly what its requirements pin, for the system in the image, known by its hashes.

What lies there already, however it came, is not fetched again: on a machine without a network the owner fills it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from packaging.markers import Marker
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from framework.artifacts.base import Strict
from framework.artifacts.files import outside_failures
from framework.artifacts.pins import Pin, normal
from framework.errors import MissingOutside
from framework.runtime.compilers import refusal
from framework.runtime.image_progress import FetchProgress
from framework.runtime.indexes import Indexes
from framework.runtime.interpreters import bare_pip, running_version
from framework.runtime.passing_folders import passing_folder
from framework.runtime.processes import stream

_DOWNLOAD = 3600  # seconds; a slow line takes its time for gigabytes
_OLDEST_GLIBC = 5  # manylinux1 is 2.5
_LEGACY = {5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014"}
_GLIBC = re.compile(r"^2\.(\d+)$")
Tell = Callable[..., None]  # the key of a sentence, and its fields


class Target(Strict):
    """The system that the wheels are for: Linux with glibc, in an image."""

    python: str
    machine: str
    glibc: str

    @property
    def platforms(self) -> list[str]:
        """The tags of wheels that run there, the best first."""
        tags = [f"manylinux_2_{minor}" for minor in range(self._newest_glibc, _OLDEST_GLIBC - 1, -1)]
        return [f"{tag}_{self.machine}" for tag in (*tags, *self._other_tags)]

    @property
    def typed_platforms(self) -> list[str]:
        """The same as a shell expands them."""
        tags = [f"manylinux_2_{{{self._newest_glibc}..{_OLDEST_GLIBC}}}"]
        return [f"{tag}_{self.machine}" for tag in (*tags, *self._other_tags)]

    @property
    def _newest_glibc(self) -> int:
        match = _GLIBC.match(self.glibc)
        return int(match[1]) if match else _OLDEST_GLIBC

    @property
    def _other_tags(self) -> list[str]:
        return [*(name for minor, name in _LEGACY.items() if minor <= self._newest_glibc), "linux"]

    @property
    def environment(self) -> dict[str, str]:
        """What markers are evaluated with."""
        return {
            "implementation_name": "cpython",
            "implementation_version": f"{self.python}.0",
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "linux",
        }

    def meant(self, pins: Sequence[Pin]) -> list[Pin]:
        """Those of the lines that are installed there."""
        return [pin for pin in pins if not pin.marker or Marker(pin.marker).evaluate(self.environment)]


def lacking(folder: Path, pins: Sequence[Pin]) -> list[Pin]:
    """Those that no wheel of the folder has the hash of."""
    there = set(_hashes(folder).values())
    return [pin for pin in pins if not there.intersection(pin.hashes)]


def fill(folder: Path, pins: Sequence[Pin], target: Target, indexes: Indexes, tell: Tell) -> None:
    """Fetch what is lacking; versions that are no longer wanted are taken away."""
    wanted = lacking(folder, pins)
    if wanted:
        tell("image.fetching", count=len(wanted), folder=folder.name)
        _download(folder, wanted, target, indexes, tell)
    if still := lacking(folder, pins):
        raise MissingOutside(
            f"{folder} lacks {', '.join(pin.line for pin in still[:5])}.",
            hint="Put wheels with the hashes of the requirements there, or mend the index, and run `foundry resume`.",
        )
    _remove_old(folder, pins)


def _download(folder: Path, pins: Sequence[Pin], target: Target, indexes: Indexes, tell: Tell) -> None:
    with passing_folder("wheels") as place, outside_failures(folder):
        folder.mkdir(parents=True, exist_ok=True)
        listing = place / "wanted.txt"
        listing.write_text("".join(f"{_bare(pin)}\n" for pin in pins), encoding="utf-8")
        platforms = [word for tag in target.platforms for word in ("--platform", tag)]
        asked = ["--python-version", target.python, "--implementation", "cp", *platforms]
        strict = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--progress-bar", "off"]
        command = [*bare_pip(running_version()), "download", *strict, *asked, "-d", str(folder), "-r", str(listing)]
        done = stream(command, _DOWNLOAD, FetchProgress(len(pins), tell), env=indexes.for_pip())
    if done is None or done.rc != 0:
        raise MissingOutside(
            f"the wheels for the image could not be fetched:\n{refusal(done).message}",
            hint="Mend what it says (network, index, disk) and run `foundry resume`; what has come stays.",
        )


def _bare(pin: Pin) -> str:
    """The line without its marker, which pip would judge by the Python that it runs on itself."""
    return " ".join((f"{pin.name}=={pin.version}", *(f"--hash={one}" for one in pin.hashes)))


def _hashes(folder: Path) -> Mapping[str, str]:
    """The wheels that lie there, with their hashes as requirements write them."""
    found = sorted(folder.glob("*.whl"))
    with outside_failures(folder):
        return {path.name: f"sha256:{_digest(path)}" for path in found}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _remove_old(folder: Path, pins: Sequence[Pin]) -> None:
    """Another version of what is pinned would make the folder grow for ever; anything else is the owner's."""
    kept = {pin.name: pin.version for pin in pins}
    with outside_failures(folder):
        for path, name, version in _wheels(folder):
            if name in kept and version != kept[name]:
                path.unlink()


def _wheels(folder: Path) -> Iterator[tuple[Path, str, str]]:
    for path in sorted(folder.glob("*.whl")):
        try:
            name, version, _, _ = parse_wheel_filename(path.name)
        except InvalidWheelFilename:
            continue
        yield path, normal(name), str(version)
