"""Wheels of a few lines each, in place of what a real project needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile, ZipInfo

from framework.artifacts.base import sha256

_TORCH = """
__version__ = "9.0"


class cuda:
    is_available = staticmethod(lambda: False)


class version:
    cuda = None
"""
_YAML = """
import json


def safe_dump(data, **_):
    return "".join(f"{key}: {json.dumps(value)}\\n" for key, value in data.items())


def safe_load(text):
    return dict(line.split(": ") for line in text.splitlines())
"""


@dataclass(frozen=True)
class Package:
    """One wheel, and the module in it."""

    name: str
    version: str
    module: str
    code: str = ""
    needs: Sequence[str] = ()

    @property
    def file(self) -> str:
        return f"{self.name}-{self.version}-py3-none-any.whl"

    def write(self, folder: Path, mark: str) -> str:
        """Put the wheel into a folder; its line for requirements. The same wheel has the same bytes."""
        info = f"{self.name}-{self.version}.dist-info"
        needs = "".join(f"Requires-Dist: {one}\n" for one in self.needs)
        files = {
            f"{self.module}.py": f"{self.code}\n# {mark}\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {self.name}\nVersion: {self.version}\n{needs}",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD"))
        with ZipFile(folder / self.file, "w") as wheel:
            for name, text in (files | {f"{info}/RECORD": record}).items():
                wheel.writestr(ZipInfo(name), text)
        return f"{self.name}=={self.version} --hash=sha256:{sha256((folder / self.file).read_bytes())}\n"


PACKAGES = (
    Package("torch", "9.0", "torch", _TORCH, ("sympy>=1",)),
    Package("sympy", "1.0", "sympy"),
    Package("pyyaml", "6.0", "yaml", _YAML),
    Package("uvicorn", "1.0", "uvicorn", "", ("h11",)),
    Package("h11", "1.0", "h11"),
    Package("tensorboard", "2.0", "tensorboard"),
)


def write_wheels(folder: Path, mark: str = "") -> str:
    """All of them, and the requirements that pin them. With a mark of its own, no engine has built them before."""
    folder.mkdir(parents=True, exist_ok=True)
    return "".join(package.write(folder, mark) for package in PACKAGES)


def unpack_wheels(folder: Path, packages: Path) -> None:
    """Install them into a folder of packages."""
    for wheel in sorted(folder.glob("*.whl")):
        with ZipFile(wheel) as archive:
            archive.extractall(packages)
