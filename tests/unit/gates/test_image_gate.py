"""The gate of image_report.md: what is said of the image is held against the rules and against what is on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agents.ops.imaging.files import Values
from agents.planner.family import FAMILY
from framework.artifacts.base import Question, sha256
from framework.artifacts.codec import decode, encode
from framework.artifacts.container_check import ContainerCheck, parse_log
from framework.artifacts.files import ProjectFiles, write_text
from framework.artifacts.image import (
    DOCKERFILES,
    BaseImage,
    Bounds,
    BuiltImage,
    Image,
    ImageFile,
    ImageWeights,
    LayerRow,
)
from framework.artifacts.receipts import CommandReceipt
from framework.artifacts.records import Device
from framework.artifacts.requirements import Project
from framework.errors import InvalidDocument
from framework.gates.image import judge
from framework.messages import LANGUAGES, Lang
from framework.rendering.deploy import DeployTemplates

LOG = """# docker run ...
python: "3.11.2"
Some library warns: of nothing
user: "10001:10001"
writable: []
compilers: []
leftovers: []
packages:
  torch: "2.13.0"
  PyYAML: "6.0"
torch: "2.13.0"
cuda_built: ""
cuda_available: false
gpus: []
model: "/model"
  a line that goes on
weights_sha256: "w"
token: [7]
complete: true
"""
PINS = "deploy/docker/requirements-{device}-torch.txt"


def receipt(rc: int = 0, output_hash: str = "", proved: str = "exit 0", tail: str = "") -> CommandReceipt:
    return CommandReceipt(
        command=["docker"], rc=rc, output_hash=output_hash, proved=proved, tail=tail, seconds=1, at="now"
    )


def dockerfile(device: Device) -> str:
    values = Values(device=device, base="python:3.11-slim", user=10001, slug="tale")
    return DeployTemplates(FAMILY, "scratch_llm", "docker").fill("Dockerfile", values)


def layers(*sizes: tuple[int, str]) -> list[LayerRow]:
    return [LayerRow(bytes=size, made_by=made_by) for size, made_by in sizes]


BUILT = BuiltImage(
    tag="tale:cpu-v3", id="sha256:1", digest="", bytes=1_000, user="10001:10001", content="c", node="n",
    layers=layers((100, "base"), (600, "COPY /venv"), (100, "COPY /venv"), (150, "COPY /model"), (50, "COPY /app")),
)  # fmt: skip


class Place:
    """A project whose report is sound, but for what a test changes."""

    def __init__(self, root: Path, lang: Lang = "en", device: Device = "cpu", log: str = LOG) -> None:
        self.files, self.log, self.device = ProjectFiles(root), log, device
        for name, path in DOCKERFILES.items():
            write_text(root / path, dockerfile(name))
        write_text(root / PINS.format(device=device), "torch==2.13.0\npyyaml==6.0\n")
        write_text(root / "outputs/run/model.safetensors", "weights")
        write_text(self.files.report("sbom.cdx.json"), "{}")
        write_text(self.files.report(ContainerCheck.FILE), log)
        told = [ImageFile(path=path, sha256=sha256(dockerfile(n)), made="") for n, path in DOCKERFILES.items()]
        weights = ImageWeights(
            path="outputs/run", sha256="w", bytes=7, how="copied", trained_by="debug", verified=True, loads=receipt()
        )
        self.report = Image(
            project=Project(name="tale", title="A | tale", language=lang), device=device, weights=weights,
            base=BaseImage(name="b:1", id="sha256:0", digest="", python="3.11", machine="x86_64", glibc="2.36"),
            image=BUILT.model_copy(update={"tag": f"tale:{device}-v3"}),
            bounds=Bounds(bytes=2_000, bytes_beyond_torch=300, layers=6, user="10001:10001"), files=told,
            build=receipt(proved="sha256:1"), check=receipt(output_hash=sha256(log)), seen=parse_log(log),
            sbom=sha256("{}"),
        )  # fmt: skip

    def judged(self, **changes: Any) -> list[str]:
        report = self.report.model_copy(update=changes)
        text = encode(report, "")
        assert decode(Image, text, Image.FILE).model == report
        write_text(self.files.report(Image.FILE), text)
        return [finding.message for finding in judge(self.files).findings]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_sound_report_passes(tmp_path: Path, lang: Lang) -> None:
    place = Place(tmp_path, lang)
    assert place.judged() == []
    assert place.report.beyond_torch == 250
    assert "tale:cpu-v3" in place.report.headline()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bytes": 3_000}, "GB are allowed"),
        ({"user": ""}, "runs as root"),
        ({"tag": "tale:gpu-v3"}, "is not <name>:cpu-vN"),
        ({"tag": "tale:cpu-v0"}, "is not <name>:cpu-vN"),
        ({"id": "sha256:2"}, "Nothing proves"),
        ({"layers": layers((400, "base"), (600, "COPY /venv"))}, "MB are allowed"),
        ({"layers": layers(*[(1, "x")] * 7)}, "7 layers"),
    ],
)
def test_an_image_out_of_bounds_fails(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    assert words in Place(tmp_path).judged(image=BUILT.model_copy(update=changes))[0]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('user: "10001:10001"', 'user: "0:0"', "runs as 0:0"),
        ("writable: []", 'writable: ["/app"]', "could write to /app"),
        ("compilers: []", 'compilers: ["gcc"]', "holds gcc"),
        ("leftovers: []", 'leftovers: ["/wheels"]', "left /wheels"),
        ('weights_sha256: "w"', 'weights_sha256: "v"', "have the hash v"),
        ("token: [7]", "token: []", "wrote 0 tokens"),
        ('  torch: "2.13.0"', '  torch: "2.12.0"', "torch==2.13.0 is wanted, and the image has 2.12.0"),
        ('  PyYAML: "6.0"\n', "", "pyyaml==6.0 is wanted, and the image has -"),
        ("complete: true", 'failed: "OSError: gone"', "failed (exit 0): OSError: gone"),
    ],
)
def test_what_was_seen_inside_counts(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in LOG
    assert words in Place(tmp_path, log=LOG.replace(old, new)).judged()[0]


def test_a_gpu_image_must_see_a_gpu(tmp_path: Path) -> None:
    assert "cuda_available is false" in Place(tmp_path, device="gpu").judged()[0]
    seen = LOG.replace("cuda_available: false", "cuda_available: true")
    assert Place(tmp_path, device="gpu", log=seen).judged() == []


def test_the_log_on_disk_is_what_counts(tmp_path: Path) -> None:
    place = Place(tmp_path)
    write_text(place.files.report(ContainerCheck.FILE), LOG.replace("[7]", "[8]"))
    assert "not the log" in place.judged()[0]
    write_text(place.files.report(ContainerCheck.FILE), "user: [\n")
    assert "cannot be read" in place.judged()[0]
    place.files.report(ContainerCheck.FILE).unlink()
    assert "nobody has looked inside" in place.judged()[0]


def test_the_bill_of_materials_is_the_one_that_was_made(tmp_path: Path) -> None:
    place = Place(tmp_path)
    write_text(place.files.report("sbom.cdx.json"), '{"components": []}')
    [message] = place.judged()
    assert "reports/sbom.cdx.json" in message and "not as it was" in message
    place.files.report("sbom.cdx.json").unlink()
    assert "sbom.cdx.json is not there" in place.judged()[0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weights": None}, "names no weights"),
        ({"image": None}, "No image was built"),
        ({"build": receipt(1)}, "Nothing proves"),
        ({"check": receipt(1, sha256(LOG), "out of memory", "Killed")}, "(out of memory): Killed"),
        ({"files": []}, "Dockerfile.cpu is not there"),
    ],
)
def test_what_is_missing_is_told(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    assert words in Place(tmp_path).judged(**changes)[0]


def test_weights_that_do_not_load_are_told_without_an_image(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert place.report.weights
    weights = place.report.weights.model_copy(update={"loads": receipt(1, tail="another model")})
    [message] = place.judged(weights=weights, image=None, build=None, check=None, seen=None)
    assert "another model" in message


def test_mounted_weights_must_be_there_as_they_were(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert place.report.weights
    mounted = place.report.weights.model_copy(update={"how": "mounted"})
    assert "gone or others" in place.judged(weights=mounted)[0]
    log = LOG.replace('"w"', f'"{sha256("weights")}"')
    place = Place(tmp_path, log=log)
    assert place.judged(weights=mounted.model_copy(update={"sha256": sha256("weights")})) == []


def test_an_open_question_comes_first(tmp_path: Path) -> None:
    question = Question(id="image.weights", slot="image.weights", text="?", why="", score=0.5)
    [message] = Place(tmp_path).judged(questions=[question], weights=None)
    assert "image.weights is not answered" in message


def test_both_dockerfiles_keep_the_rules(tmp_path: Path) -> None:
    place = Place(tmp_path)
    text = dockerfile("gpu").replace("USER 10001:10001", "USER root")
    write_text(tmp_path / DOCKERFILES["gpu"], text)
    assert "not as it was" in place.judged()[0]
    told = [
        file.model_copy(update={"sha256": sha256(text)}) if file.path == DOCKERFILES["gpu"] else file
        for file in place.report.files
    ]
    assert "ends with USER" in place.judged(files=told)[0]


def test_a_log_may_hold_what_libraries_print() -> None:
    noise = "Traceback (most recent call last):\n  File x\nnoise: {]\n"
    seen = parse_log(f"{noise}user: '1:1'\n{noise}failed: 'E: x'\n - odd\n  warnings.warn: x\n")
    assert (seen.user, seen.failed, seen.complete) == ("1:1", "E: x", False)
    assert parse_log("nothing at all") == ContainerCheck()
    with pytest.raises(InvalidDocument, match=r"container_env_check\.log, line 1"):
        parse_log("token: {]\n")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_says_it_to_people(tmp_path: Path, lang: Lang) -> None:
    place = Place(tmp_path, lang)
    body = place.report.body()
    assert "A \\| tale" in body
    assert "docker run --rm --read-only" in body
    assert "cuda_available | false" in body
    failed = place.report.model_copy(update={"seen": parse_log("failed: 'E: ```x'"), "image": None})
    assert "E: ```x" in failed.body()
    assert len(Image(project=place.report.project, device="cpu").body()) < 200
