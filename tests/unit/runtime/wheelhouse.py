"""Small real wheels and a package index made of them, so that real installers have something to work on offline."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZipFile

TAG = "py3-none-any"


def make_wheel(folder: Path, name: str, version: str, requires: Sequence[str] = (), module: str = "") -> Path:
    """A wheel with one module."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = name.replace("-", "_")
    info = f"{plain}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
    files = {
        f"{module or plain}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {TAG}\n",
    }
    record = "".join(f"{path},sha256={_digest(text)},{len(text.encode())}\n" for path, text in files.items())
    wheel = folder / f"{plain}-{version}-{TAG}.whl"
    with ZipFile(wheel, "w") as archive:
        for path, text in (files | {f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}).items():
            archive.writestr(path, text)
    return wheel


def make_index(folder: Path) -> str:
    """The wheels in the folder as an index; its address."""
    pages: dict[str, list[str]] = {}
    for wheel in sorted(folder.glob("*.whl")):
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        link = f'<a href="../../{wheel.name}#sha256={digest}">{wheel.name}</a>'
        pages.setdefault(re.sub(r"[-_.]+", "-", wheel.name.split("-")[0]).lower(), []).append(link)
    for name, links in pages.items():
        page = folder / "simple" / name / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text("<!DOCTYPE html><html><body>" + "\n".join(links) + "</body></html>", encoding="utf-8")
    return (folder / "simple").as_uri()


def make_registry(folder: Path) -> str:
    """An index like the usual one: its torch brings CUDA along on Linux."""
    make_wheel(folder, "torch", "9.0", ["nvidia-cublas==1.0 ; sys_platform == 'linux'"])
    make_wheel(folder, "nvidia-cublas", "1.0")
    make_wheel(folder, "PyYAML", "6.0", module="yaml")
    make_wheel(folder, "idna", "3.1")
    make_wheel(folder, "idna", "3.2")
    make_wheel(folder, "wants-idna", "1.0", ["idna>=3"])
    return make_index(folder)


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
