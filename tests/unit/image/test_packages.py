"""What goes into an image: what the server imports, what that needs, and the wheels of it for the system there."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.ops.imaging.sbom import sbom
from agents.ops.imaging.serving import direct, reached, split
from agents.ops.wanted import declared
from framework.artifacts.base import sha256
from framework.artifacts.image import BuiltImage
from framework.artifacts.pins import parse_pins
from framework.errors import MissingOutside
from framework.runtime.build_secrets import build_secrets
from framework.runtime.codetree import CodeTree
from framework.runtime.image_progress import BuildProgress, FetchProgress
from framework.runtime.indexes import Indexes
from framework.runtime.package_closure import needed_by
from framework.runtime.torch_index import named_in
from framework.runtime.wheelhouse import Target, fill, lacking

TARGET = Target(python="3.11", machine="x86_64", glibc="2.36")
PYPROJECT = """
[project]
name = "tale"
dependencies = ["torch>=2", "PyYAML>=6", "tqdm>=4", "tensorboard>=2"]
[project.optional-dependencies]
serve = ["uvicorn>=0.3"]
export = ["onnxruntime>=1"]
"""
CODE = {
    "pyproject.toml": PYPROJECT,
    "scripts/serve.py": "from tale.config import load\ndef main():\n    from tale.inference.server import serve\n",
    "scripts/train.py": "import tale.training\n",
    "src/tale/__init__.py": "",
    "src/tale/config/__init__.py": "from tale.config.load import load\n",
    "src/tale/config/load.py": "import yaml\n",
    "src/tale/inference/__init__.py": "import torch\nfrom tale.inference import onnx\n",
    "src/tale/inference/onnx.py": "def open():\n    import onnxruntime\n",
    "src/tale/inference/server/__init__.py": "import uvicorn.config\nfrom tale.inference.server.app import serve\n",
    "src/tale/inference/server/app.py": "import tale.inference\n",
    "src/tale/training/__init__.py": "import tensorboard\nimport tqdm\n",
}
BROUGHT = {name: [name] for name in ("torch", "tqdm", "tensorboard", "uvicorn", "onnxruntime")} | {"yaml": ["PyYAML"]}


def tree(**changes: str) -> CodeTree:
    return CodeTree(Path("nowhere"), {name: text.encode() for name, text in (CODE | changes).items()})


def test_what_only_training_imports_is_left_out() -> None:
    assert {"yaml", "torch", "uvicorn", "onnxruntime"} <= reached(tree())
    assert direct(tree(), declared(tree()), BROUGHT) == ["pyyaml", "torch", "uvicorn"]


def test_code_that_imports_in_circles_is_followed_once() -> None:
    again = tree(**{"src/tale/config/load.py": "import yaml\nimport tale.config\nimport scripts.serve\n"})
    assert "yaml" in reached(again)


def package(home: Path, name: str, *needs: str) -> None:
    info = home / f"lib/python3.11/site-packages/{name}-1.dist-info"
    info.mkdir(parents=True)
    lines = "".join(f"Requires-Dist: {one}\n" for one in needs)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n{lines}")


def test_needs_are_followed_as_the_system_in_the_image_wants_it(tmp_path: Path) -> None:
    package(tmp_path, "server", "Web_App[fast]>=1", "winonly; sys_platform == 'win32'", "docs; extra == 'docs'")
    package(tmp_path, "web-app", "quick; extra == 'fast'", "slow; extra == 'slow'", "server")
    package(tmp_path, "quick", "absent-package; python_version >= '3.11'")
    found = needed_by(tmp_path, ["server"], TARGET.environment)
    assert found == {"server", "web-app", "quick", "absent-package"}


def test_markers_are_judged_by_the_image_and_pytorch_comes_first() -> None:
    pins = parse_pins("a==1 ; sys_platform == 'darwin'\nb==2 ; python_version >= '3.11'\ntorch==2\nx==1\nc==3\n")
    meant = TARGET.meant(pins)
    assert [pin.name for pin in meant] == ["b", "torch", "x", "c"]
    parts = split(meant, {"b", "torch", "x"}, {"torch", "b"})
    assert ([pin.name for pin in parts.torch], [pin.name for pin in parts.serving]) == (["b", "torch"], ["x"])


@pytest.mark.parametrize(
    ("glibc", "there", "absent"),
    [
        ("2.36", "manylinux_2_28_aarch64", "manylinux_2_37_aarch64"),
        ("2.17", "manylinux2014_aarch64", "manylinux_2_18_aarch64"),
        ("2.12", "manylinux2010_aarch64", "manylinux2014_aarch64"),
    ],
)
def test_wheels_for_an_older_system_run_on_a_newer_one(glibc: str, there: str, absent: str) -> None:
    platforms = Target(python="3.12", machine="aarch64", glibc=glibc).platforms
    assert there in platforms
    assert absent not in platforms
    assert platforms[-1] == "linux_aarch64"


def test_only_the_hash_says_whether_a_wheel_is_there(tmp_path: Path) -> None:
    (tmp_path / "a-1-py3-none-any.whl").write_bytes(b"a")
    right, wrong = (f"a==1 --hash=sha256:{sha256(data)}" for data in (b"a", b"other"))
    assert lacking(tmp_path, parse_pins(right)) == []
    assert [pin.name for pin in lacking(tmp_path, parse_pins(wrong))] == ["a"]
    assert [pin.name for pin in lacking(tmp_path / "nothing", parse_pins(right))] == ["a"]


def test_older_versions_are_taken_away_and_foreign_files_stay(tmp_path: Path) -> None:
    for name in ("a-1-py3-none-any.whl", "a-0.9-py3-none-any.whl", "mine-1-py3-none-any.whl", "strange.whl"):
        (tmp_path / name).write_bytes(b"a" if name.startswith("a-1") else name.encode())
    fill(tmp_path, parse_pins(f"a==1 --hash=sha256:{sha256(b'a')}"), TARGET, Indexes(), lambda *_, **__: None)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["a-1-py3-none-any.whl", "mine-1-py3-none-any.whl", "strange.whl"]


def test_secrets_hold_addresses_of_the_network_alone(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.crt"
    bundle.write_text("certificates")
    indexes = Indexes(
        index="https://u:p@index.example/simple", extra=("file:///here", "http://other/simple"), links=("/wheels",)
    )
    with build_secrets(indexes, str(bundle)) as secrets:
        text = secrets["pip.conf"].read_text()
        assert secrets["ca.pem"] == bundle
        assert secrets["pip.conf"].parent.stat().st_mode & 0o077 == 0
    assert not secrets["pip.conf"].exists()
    assert text == (
        "[global]\nindex-url = https://u:p@index.example/simple\nextra-index-url = http://other/simple\n"
        "cert = /run/secrets/ca.pem\n"
    )


def test_a_build_with_wheels_has_no_secrets_and_a_bundle_must_be_there(tmp_path: Path) -> None:
    with build_secrets(None, "/nowhere") as secrets:
        assert secrets == {}
    with pytest.raises(MissingOutside, match="no file /nowhere"), build_secrets(Indexes(), "/nowhere"):
        pass


def test_progress_is_told_in_few_sentences() -> None:
    told: list[tuple[str, dict[str, object]]] = []
    fetch = FetchProgress(20, lambda key, **fields: told.append((key, fields)))
    for number in range(20):
        fetch(f"Collecting package{number}==1.0 (from -r requirements.txt)")
        fetch("  Downloading x.whl (3 MB)")
    assert len(told) == 10
    assert told[-1] == ("image.fetched", {"count": 20, "total": 20, "name": "package19"})


def test_a_step_of_the_build_is_named_once() -> None:
    told: list[object] = []
    build = BuildProgress(lambda _, **fields: told.append(fields["line"]))
    for line in ("#8 [torch 1/1] RUN pip", "#8 sha256:00", "#8 ...", "#9 DONE", "#8 [torch 1/1] RUN pip", "#8 DONE 2s"):
        build(line)
    assert told == ["#8 [torch 1/1] RUN pip", "#9 DONE", "#8 DONE 2s"]


def test_the_index_of_pytorch_is_read_from_what_uv_says() -> None:
    text = "torch==2.13.0+cpu\n    # via -r wanted.in\n    # from https://index.example/whl/cpu\n"
    assert named_in(text) == "https://index.example/whl/cpu"
    assert named_in("torch==2.13.0\n") == ""


def test_the_bill_of_materials_names_what_is_inside() -> None:
    image = BuiltImage(tag="t:cpu-v1", id="sha256:1", digest="", bytes=1, layers=[], user="1", content="", node="n")
    text = sbom(image, {"Torch": "2+cpu", "x": "1"}, parse_pins(f"torch==2+cpu --hash=sha256:{'0' * 64}\nx==1\n"))
    assert '"purl": "pkg:pypi/torch@2%2Bcpu"' in text
    assert text.count('"alg": "SHA-256"') == 1
