"""The stage image on a small project of its own, with all that the stages before have left in it."""

from __future__ import annotations

import json
import re
import tarfile
import venv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agents.ops import image
from framework.artifacts.base import sha256
from framework.artifacts.bugfix import Bugfix, Checkpoint
from framework.artifacts.codec import decode, encode
from framework.artifacts.docker_env import DockerEnv, Needs
from framework.artifacts.files import ProjectFiles, read_text, write_text
from framework.artifacts.image import Image
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.records import Answer, Answers, RunRecord, Settings, Verdict
from framework.artifacts.requirements import Project
from framework.artifacts.venv_spec import MiniData, MiniRules, RequirementSet, VenvSpec
from framework.engines.expert import ExpertEngine
from framework.gates.image import judge
from framework.messages import Lang
from framework.runtime.docker import Engine
from framework.runtime.env_facts import site_packages
from framework.runtime.events import Event
from framework.runtime.history import begin
from framework.runtime.interpreters import running_version
from framework.runtime.project_venvs import MARK, Mark
from framework.runtime.workspace import Workspace
from framework.workflow.skills import load_role
from tests.architecture.house import ROOT
from tests.docker.image.wheels import unpack_wheels, write_wheels

BASE = "foundry-test-base:bookworm"
STEP = "outputs/mini/checkpoints/step_000002"
_PYPROJECT = """
[project]
name = "packed-tale"
version = "1"
dependencies = ["torch>=9", "pyyaml>=6", "tensorboard>=2"]

[project.optional-dependencies]
serve = ["uvicorn>=1"]
"""
_LOAD = """
import yaml
from packed_tale.config.serve import ServeConfig


def load_section(kind, path, overrides=()):
    return kind(**yaml.safe_load(path.read_text()))
"""
_SERVE_CONFIG = """
from dataclasses import dataclass


@dataclass
class ServeConfig:
    backend: str
    device: str
"""
_INFERENCE = """
from dataclasses import dataclass


@dataclass
class SamplingParams:
    max_new_tokens: int
    temperature: float
    ignore_eos: bool


@dataclass
class Completion:
    token_ids: list


def load_backend(path, kind, device):
    if (path / "model.yaml").read_text() != "sound":
        raise ValueError("model.yaml is of another model")
    return None, None


def generate(backend, tokenizer, prompts, params):
    return [Completion([7]) for _ in prompts]
"""
_SERVE = """
import argparse
import http.server
import os

import packed_tale.inference.server
from packed_tale.config.load import load_section


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ.get("LLM_API_KEY", "no key").encode())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--checkpoint")
    parser.add_argument("--config")
    parser.add_argument("overrides", nargs="*")
    options = dict(word.split("=") for word in parser.parse_args().overrides)
    http.server.HTTPServer((options["host"], int(options["port"])), Handler).serve_forever()
"""
_CODE = {
    "pyproject.toml": _PYPROJECT,
    ".gitignore": "/outputs/\n/index/\n/debug-cpu/\n",
    "src/packed_tale/__init__.py": "",
    "src/packed_tale/training.py": "import tensorboard\n",
    "src/packed_tale/config/__init__.py": "",
    "src/packed_tale/config/load.py": _LOAD,
    "src/packed_tale/config/serve.py": _SERVE_CONFIG,
    "src/packed_tale/inference/__init__.py": _INFERENCE,
    "src/packed_tale/inference/server/__init__.py": "import torch\nimport uvicorn\n",
    "scripts/serve.py": _SERVE,
    "configs/serve/project.yaml": "backend: eager\ndevice: cpu\n",
    "secret.key": "canary-of-the-folder\n",
}


def safetensors() -> bytes:
    """The smallest file of weights that is whole."""
    header = json.dumps({"w": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}}).encode()
    return len(header).to_bytes(8, "little") + header + b"abcd"


def write_checkpoint(folder: Path, model: str = "sound") -> None:
    """A checkpoint as a training run leaves it."""
    (folder / "tokenizer").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(safetensors())
    for name, text in (("model.yaml", model), ("tokenizer/about.json", "{}"), ("state.pt", "canary-of-the-optimizer")):
        write_text(folder / name, text)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    hashes = {path.relative_to(folder).as_posix(): sha256(path.read_bytes()) for path in files}
    write_text(folder / "manifest.json", json.dumps(hashes))


def _receipt() -> CommandReceipt:
    return CommandReceipt(command=["true"], rc=0, output_hash="", proved="exit 0", seconds=0, at="now")


@dataclass
class Packed:
    """The project, and what one does with it."""

    root: Path
    lang: Lang = "en"
    answer: str | None = None
    heard: list[Event] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Another one for each test: several may be at work on one engine."""
        return f"packed_{sha256(str(self.root))[:8]}"

    @property
    def slug(self) -> str:
        """What its images are called."""
        return self.name.replace("_", "-")

    @property
    def files(self) -> ProjectFiles:
        return ProjectFiles(self.root)

    @property
    def project(self) -> Project:
        return Project(name=self.name, title='A tale; $(touch x) "y"', language=self.lang)

    @property
    def index(self) -> Path:
        """The folder that pip is told to look into."""
        return self.root / "index"

    def begin(self) -> Packed:
        """Everything that stands before the stage."""
        begin(self.files)
        for path, text in _CODE.items():
            write_text(self.root / path, text)
        self.want_packages()
        write_checkpoint(self.root / STEP)
        self.configure()
        self._make_venv()
        return self.begin_again()

    def begin_again(self) -> Packed:
        """The reports of the stages before, in the project's language."""
        for report in (self._venv_spec(), self._bugfix(), self._docker_env()):
            write_text(self.files.report(report.FILE), encode(report, ""))
        return self

    def want_packages(self, mark: str = "") -> None:
        """The wheels, and the requirements that pin them."""
        pins = write_wheels(self.index, mark)
        for kind in ("cpu", "gpu", "dev"):
            write_text(self.root / f"requirements-{kind}.txt", "" if kind == "dev" else pins)

    def configure(self, **changes: str) -> None:
        """The project's own DOCKER_CONFIG.md with the test's base image and other values for some keys."""
        text = re.sub(r"python:\S+-slim-bookworm", BASE, read_text(ROOT / "DOCKER_CONFIG.md"))
        for key, value in changes.items():
            line = re.compile(rf"^( +{key}:) [^#\n{{]*", flags=re.MULTILINE)
            assert len(line.findall(text)) == 1, key
            text = line.sub(rf"\g<1> {value} ", text)
        write_text(self.root / "specs/DOCKER_CONFIG.md", text)
        write_text(self.root / "specs/VENV_CONFIG.md", read_text(ROOT / "VENV_CONFIG.md"))

    def resolved_for(self, python: str, platform: str) -> None:
        """What venv.md says of it."""
        spec = self._venv_spec()
        kinds = [one.model_copy(update={"platform": platform}) for one in spec.requirements]
        changed = spec.model_copy(update={"python": python, "requirements": kinds})
        write_text(self.files.report(spec.FILE), encode(changed, ""))

    def pack(self) -> Image:
        """Run the stage, and put its report in place as the workflow does."""
        image.run(self.workspace, ExpertEngine())
        text = read_text(self.files.staging("image") / Image.FILE)
        write_text(self.files.report(Image.FILE), text)
        write_text(self.files.baseline(Image.FILE), text)
        return decode(Image, text, Image.FILE).model

    def judged(self) -> Verdict:
        return judge(self.files)

    @property
    def complaints(self) -> list[str]:
        return [finding.message for finding in self.judged().findings]

    @property
    def workspace(self) -> Workspace:
        run = RunRecord(name=self.name, lang=self.lang, request="a model", settings=Settings(), created_at="now")
        answers = Answers(answers={"image.weights": Answer(text=self.answer, source="set", round=1)})
        return Workspace(self.files, load_role("ops"), "image", run, answers, self.heard.append, own_specs=True)

    def _make_venv(self) -> None:
        home = self.root / "debug-cpu"
        venv.create(home, with_pip=False, symlinks=True)
        unpack_wheels(self.index, site_packages(home))
        write_text(home / MARK, Mark(device="cpu", key="k", python=running_version()).model_dump_json())

    def _venv_spec(self) -> VenvSpec:
        cpu = RequirementSet(
            kind="cpu", file="requirements-cpu.txt", sha256="", packages=6, platform="any", torch="9.0",
            origin="configured", direct=[], receipt=_receipt(),
        )  # fmt: skip
        rules = MiniRules(most_rows=10, tokens=1000, seed=1, shares={"train": 1.0}, least_per_class=1)
        return VenvSpec(
            project=self.project, python_wanted=["3.11"], python=running_version(), resolved_by="uv", indexes=[],
            requirements=[cpu], optional_extras=[], recipes=[], copies=[],
            mini=MiniData(source="x", license="mit", split="train", classes=False, rules=rules),
        )  # fmt: skip

    def _docker_env(self) -> DockerEnv:
        needs = Needs(oldest="20", oldest_compose="1", disk_gb=1, gpu=False)
        return DockerEnv(project=self.project, device="cpu", needs=needs)

    def _bugfix(self) -> Bugfix:
        weights = f"{STEP}/model.safetensors"
        return Bugfix(
            project=self.project, device="cpu", config="configs/mini.yaml", overrides=[], epoch=None, bounds=None,
            problems=[], checks=[], probes=[], probed=None, repaired=False, tests=[], measures=None,
            checkpoint=Checkpoint(path=weights, sha256=sha256(safetensors()), step=2),
        )  # fmt: skip


def contents_of(engine: Engine, tag: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of every layer of an image, those that later layers hide as well, and its settings and history."""
    archive = folder / "image.tar"
    with archive.open("wb") as file:
        for chunk in engine.api.get_image(tag):
            file.write(chunk)
    with tarfile.open(archive) as outer:
        for member in outer.getmembers():
            stream = outer.extractfile(member) if member.isfile() else None
            if stream is None:
                continue
            if not member.name.endswith(".tar"):
                yield member.name, stream.read()
                continue
            with tarfile.open(fileobj=stream) as layer:
                for inner in layer.getmembers():
                    found = layer.extractfile(inner) if inner.isfile() else None
                    yield inner.name.removeprefix("./"), found.read() if found else b""
