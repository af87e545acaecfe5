"""image_report.md for people: the image, how to run it, what is in it, and what nobody could try here."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from framework.artifacts.container_check import SBOM, ContainerCheck
from framework.artifacts.markdown import bullets, table, text
from framework.messages import say

if TYPE_CHECKING:
    from framework.artifacts.image import BuiltImage, Image, ImageWeights
    from framework.artifacts.receipts import CommandReceipt

_FENCE = "````"
_MB = 1e6


def render(report: Image) -> str:
    """The whole report."""
    title = f"# {text(_say(report, 'title', title=report.project.title))}"
    if report.weights is None:
        return f"{title}\n\n{_say(report, 'result_open')}"
    return "\n\n".join(part for part in (title, *_parts(report, report.weights)) if part)


def headline(report: Image) -> str:
    """Its result in one line."""
    image = report.image
    if image is None:
        return _say(report, "headline_none") if report.weights else ""
    return _say(report, "headline", tag=image.tag, size=_mb(image.bytes), layers=len(image.layers))


def _say(report: Image, key: str, **fields: object) -> str:
    return say(report.language, f"image.{key}", **fields)


def _heads(report: Image, *keys: str) -> list[str]:
    return [_say(report, f"head_{key}") for key in keys]


def _parts(report: Image, weights: ImageWeights) -> Iterator[str]:
    yield headline(report)
    yield table(_heads(report, "what", "value"), _facts(report, weights))
    if report.image:
        yield f"## {_say(report, 'section_run')}"
        yield _run(report, report.image, weights)
        yield f"## {_say(report, 'section_layers')}"
        yield _say(report, "layers", beyond=_mb(report.beyond_torch))
        yield table(_heads(report, "size", "made_by"), _layers(report.image))
    yield from _inside(report)
    yield f"## {_say(report, 'section_files')}"
    yield bullets(_files(report))
    yield from (_diff(file.path, file.diff) for file in report.files if file.diff)
    yield f"## {_say(report, 'section_receipts')}"
    yield table(_heads(report, "command", "proved", "seconds"), _receipts(report, weights))
    if report.unverified:
        yield f"## {_say(report, 'section_unverified')}"
        yield bullets(text(line) for line in report.unverified)


def _facts(report: Image, weights: ImageWeights) -> Iterator[list[str]]:
    image, base = report.image, report.base
    rows = {
        "tag": image.tag if image else "",
        "id": image.id if image else "",
        "digest": image.digest if image else "",
        "node": image.node if image else "",
        "device": report.device,
        "weights": f"{weights.path} ({weights.bytes / _MB:.1f} MB)",
        "sha256": weights.sha256,
        "how": _say(report, f"how_{weights.how}"),
        "verified": _say(report, "manifest_same" if weights.verified else "manifest_none"),
        "base": f"{base.name} ({base.id[:19]}; Python {base.python}, glibc {base.glibc}, {base.machine})"
        if base
        else "",
        "dependencies": _say(report, f"from_{report.dependencies}"),
    }
    for key, value in rows.items():
        if value:
            yield [_say(report, f"row_{key}"), text(value)]


def _run(report: Image, image: BuiltImage, weights: ImageWeights) -> str:
    gpus = " --gpus all" if report.device == "gpu" else ""
    place = shlex.quote(weights.path) if weights.path.startswith("/") else f'"$PWD"/{shlex.quote(weights.path)}'
    mount = f" -v {place}:/model:ro" if weights.how == "mounted" else ""
    closed = "--read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges"
    return f"```bash\ndocker run --rm {closed}{gpus}{mount} -p 127.0.0.1:8000:8000 {image.tag}\n```"


def _layers(image: BuiltImage) -> Iterator[list[str]]:
    for row in image.layers:
        yield [_mb(row.bytes), text(row.made_by[:90])]


def _inside(report: Image) -> Iterator[str]:
    seen = report.seen
    if seen is None:
        return
    yield f"## {_say(report, 'section_inside')}"
    yield _say(report, "inside", file=ContainerCheck.FILE, sbom=SBOM)
    rows = {
        "python": seen.python,
        "torch": f"{seen.torch} (CUDA {seen.cuda_built or '-'})",
        "cuda_available": str(seen.cuda_available).lower(),
        "gpus": ", ".join(seen.gpus) or "-",
        "user": seen.user,
        "writable": ", ".join(seen.writable) or "-",
        "compilers": ", ".join([*seen.compilers, *seen.leftovers]) or "-",
        "packages": str(len(seen.packages)),
        "model": f"{seen.model} ({seen.backend}), {seen.load_seconds:g} s",
        "token": f"{', '.join(map(str, seen.token)) or '-'}, {seen.token_seconds:g} s",
    }
    named = [[_say(report, f"seen_{key}"), text(value)] for key, value in rows.items()]
    yield table(_heads(report, "what", "value"), named)
    if seen.failed:
        yield f"{_FENCE}\n{seen.failed}\n{_FENCE}"


def _files(report: Image) -> Iterator[str]:
    for file in report.files:
        yield _say(report, "file_kept" if file.diff else "file_made", file=file.path)


def _diff(path: str, diff: str) -> str:
    return f"`{path}`\n\n{_FENCE}diff\n{diff}\n{_FENCE}"


def _receipts(report: Image, weights: ImageWeights) -> Iterator[list[str]]:
    receipts: list[CommandReceipt | None] = [weights.loads, report.build, report.check]
    for one in receipts:
        if one:
            yield [text(shlex.join(one.command)), text(one.proved), f"{one.seconds:.1f}"]


def _mb(size: int) -> str:
    return f"{size / _MB:,.0f} MB"
