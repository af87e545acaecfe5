"""The gate of image_report.md (W-D2): the image keeps the rules, and what was seen inside is what should be there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from framework.artifacts.base import sha256
from framework.artifacts.container_check import SBOM, ContainerCheck, parse_log
from framework.artifacts.files import ProjectFiles, outside_failures, read_text
from framework.artifacts.image import DOCKERFILES, FOLDER, BuiltImage, Image, ImageWeights
from framework.artifacts.pins import normal, parse_pins
from framework.artifacts.records import Finding, Verdict
from framework.errors import InvalidDocument
from framework.gates import dockerfile
from framework.messages import say

_GB, _MB = 1e9, 1e6
_SHOWN_LAYERS = 3
_BESIDE = ("README.md", ".gitignore", ".gitkeep")  # nothing of them is in an image
_TAG = r"[a-z0-9][a-z0-9-]*:{device}-v[1-9]\d*"


def judge(files: ProjectFiles) -> Verdict:
    """The Dockerfiles, the weights, the image within its bounds, and the log of the program that looked inside."""
    report = files.read_artifact(Image)
    if waiting := [_error(report, one.id, "open", question=one.id) for one in report.open_questions()]:
        return Verdict(findings=waiting)
    if report.weights is None:
        return Verdict(findings=[_error(report, "weights", "no_weights")])
    found = [*_files(files, report), *_weights(files, report, report.weights)]
    if report.image is None or report.build is None:
        found = found or [_error(report, "image", "not_built")]
        return Verdict(findings=found)
    return Verdict(findings=[*found, *_image(report, report.image), *_inside(files, report, report.weights)])


def _error(report: Image, where: str, key: str, **fields: object) -> Finding:
    return Finding(severity="error", where=where, message=say(report.language, f"image.gate_{key}", **fields))


def _files(files: ProjectFiles, report: Image) -> Iterator[Finding]:
    """What an image is built from stands as it did then, and both Dockerfiles keep the rules."""
    for missing in sorted(set(DOCKERFILES.values()) - {file.path for file in report.files}):
        yield _error(report, missing, "missing", file=missing)
    for file in report.files:
        path = files.root / file.path
        if not path.is_file():
            yield _error(report, file.path, "missing", file=file.path)
        elif file.path.endswith(_BESIDE):
            continue
        elif sha256(path.read_bytes()) != file.sha256:
            yield _error(report, file.path, "changed", file=file.path)
        elif file.path in DOCKERFILES.values():
            yield from _rules(report, file.path, read_text(path))


def _rules(report: Image, path: str, text: str) -> Iterator[Finding]:
    for fault in dockerfile.faults(text):
        rule = say(report.language, f"image.rule_{fault.rule}")
        yield _error(report, f"{path}:{fault.line}" if fault.line else path, "rule", rule=rule, text=fault.text or path)


def _weights(files: ProjectFiles, report: Image, weights: ImageWeights) -> Iterator[Finding]:
    if not weights.loads.passed:
        yield _error(report, weights.path, "loads", path=weights.path, tail=weights.loads.tail)
    if weights.how == "mounted":  # the image is nothing without them
        names = [path for path in (files.root / weights.path).glob("model.*") if path.is_file()]
        with outside_failures(files.root / weights.path):
            hashes = {sha256(path.read_bytes()) for path in names}
        if weights.sha256 not in hashes:
            yield _error(report, weights.path, "weights", path=weights.path)


def _image(report: Image, image: BuiltImage) -> Iterator[Finding]:
    bounds, build = report.bounds, report.build
    if bounds is None or build is None or not build.passed or build.proved != image.id:
        yield _error(report, "build", "unproven")
        return
    if not re.fullmatch(_TAG.format(device=report.device), image.tag):
        yield _error(report, "tag", "tag", tag=image.tag, device=report.device)
    if image.bytes > bounds.bytes:
        yield _error(report, "bytes", "size", found=f"{image.bytes / _GB:.2f}", most=f"{bounds.bytes / _GB:g}")
    if report.beyond_torch > bounds.bytes_beyond_torch:
        fields = {"found": f"{report.beyond_torch / _MB:.0f}", "most": f"{bounds.bytes_beyond_torch / _MB:g}"}
        yield _error(report, "layers", "beyond_torch", largest=_largest(image), **fields)
    if len(image.layers) > bounds.layers:
        yield _error(report, "layers", "layers", found=len(image.layers), most=bounds.layers)
    if image.user != bounds.user:
        yield _error(report, "user", "user", found=image.user or "root", wanted=bounds.user)


def _largest(image: BuiltImage) -> str:
    """Where room might be found: the base image is one of the layers."""
    rows = sorted(image.layers, key=lambda layer: layer.bytes, reverse=True)
    return ", ".join(f"{layer.bytes / _MB:.0f} MB {layer.made_by}" for layer in rows[:_SHOWN_LAYERS])


def _inside(files: ProjectFiles, report: Image, weights: ImageWeights) -> Iterator[Finding]:
    path = files.report(ContainerCheck.FILE)
    if report.check is None or not path.is_file():
        yield _error(report, "check", "no_log", file=ContainerCheck.FILE)
        return
    text = read_text(path)
    try:
        seen = parse_log(text)
    except InvalidDocument as error:
        yield _error(report, "check", "log", file=ContainerCheck.FILE, rule=error.message)
        return
    if sha256(text) != report.check.output_hash or seen != report.seen:
        yield _error(report, "check", "log_changed", file=ContainerCheck.FILE)
    if not report.check.passed or not seen.complete:
        yield _error(report, "check", "failed", proved=report.check.proved, why=seen.failed or report.check.tail)
        return
    yield from _seen(report, seen, weights)
    yield from _packages(files, report, seen)
    bill = files.report(SBOM)
    if not bill.is_file():
        yield _error(report, "sbom", "missing", file=f"reports/{SBOM}")
    elif sha256(bill.read_bytes()) != report.sbom:
        yield _error(report, "sbom", "changed", file=f"reports/{SBOM}")


def _seen(report: Image, seen: ContainerCheck, weights: ImageWeights) -> Iterator[Finding]:
    wanted = report.bounds.user if report.bounds else ""
    if seen.user != wanted:
        yield _error(report, "user", "user", found=seen.user, wanted=wanted)
    for where, found in (("writable", seen.writable), ("compilers", seen.compilers), ("leftovers", seen.leftovers)):
        if found:
            yield _error(report, where, where, found=", ".join(found))
    if report.device == "gpu" and not seen.cuda_available:
        yield _error(report, "cuda_available", "no_cuda", built=seen.cuda_built or "-")
    if seen.weights_sha256 != weights.sha256:
        yield _error(report, "weights", "other_weights", found=seen.weights_sha256 or "-", wanted=weights.sha256)
    if len(seen.token) != 1:
        yield _error(report, "token", "no_token", found=len(seen.token))


def _packages(files: ProjectFiles, report: Image, seen: ContainerCheck) -> Iterator[Finding]:
    """What the requirements pin is what is installed."""
    there = {normal(name): version for name, version in seen.packages.items()}
    for part in ("torch", "serve"):
        path = files.root / FOLDER / f"requirements-{report.device}-{part}.txt"
        for pin in parse_pins(read_text(path)) if path.is_file() else []:
            if there.get(pin.name) != pin.version:
                yield _error(report, pin.name, "package", line=pin.line, found=there.get(pin.name, "-"))
