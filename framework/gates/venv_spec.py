"""The gate of venv.md (W-F5): the files that it describes are unchanged, pinned, hashed, and were seen to resolve."""

from __future__ import annotations

from collections.abc import Iterator

from framework.artifacts.base import sha256
from framework.artifacts.files import ProjectFiles, read_text
from framework.artifacts.pins import parse_pins
from framework.artifacts.records import Finding, Verdict
from framework.artifacts.venv_spec import COPIES, REQUIREMENTS, RequirementSet, VenvSpec
from framework.messages import say


def judge(files: ProjectFiles) -> Verdict:
    """Everything that venv.md says of files, held against the files."""
    spec = files.read_artifact(VenvSpec)
    return Verdict(findings=[*_sets(files, spec), *_copies(files, spec)])


def _error(spec: VenvSpec, where: str, key: str, **fields: object) -> Finding:
    return Finding(severity="error", where=where, message=say(spec.language, f"venv.gate_{key}", **fields))


def _sets(files: ProjectFiles, spec: VenvSpec) -> Iterator[Finding]:
    described = {one.file for one in spec.requirements}
    for file in REQUIREMENTS.values():
        if file not in described:
            yield _error(spec, "requirements", "sets", file=file)
    for one in spec.requirements:
        text = _same(files, one.file, one.sha256)
        if text is None:
            yield _differs(files, spec, one.file, one.sha256)
        else:
            yield from _pinned(spec, one, text)
        if not one.receipt.passed:
            command = " ".join(one.receipt.command)
            yield _error(
                spec, one.file, "unresolved", file=one.file, command=command, rc=one.receipt.rc, tail=one.receipt.tail
            )


def _pinned(spec: VenvSpec, one: RequirementSet, text: str) -> Iterator[Finding]:
    pins = parse_pins(text)
    for pin in pins:
        if not pin.version:
            yield _error(spec, one.file, "unpinned", file=one.file, line=pin.line)
        elif not pin.hashes:
            yield _error(spec, one.file, "unhashed", file=one.file, name=pin.name)
    for name in sorted(set(one.direct) - {pin.name for pin in pins}):
        yield _error(spec, one.file, "direct", file=one.file, name=name)


def _copies(files: ProjectFiles, spec: VenvSpec) -> Iterator[Finding]:
    for name in COPIES:
        if name not in {copy.name for copy in spec.copies}:
            yield _error(spec, "copies", "copy", name=name)
    for copy in spec.copies:
        if _same(files, copy.file, copy.sha256) is None:
            yield _differs(files, spec, copy.file, copy.sha256)


def _same(files: ProjectFiles, name: str, wanted: str) -> str | None:
    """The file's text, if it is the described one."""
    path = files.root / name
    text = read_text(path) if path.is_file() else None
    return text if text is not None and sha256(text) == wanted else None


def _differs(files: ProjectFiles, spec: VenvSpec, name: str, wanted: str) -> Finding:
    path = files.root / name
    if not path.is_file():
        return _error(spec, name, "missing", file=name)
    return _error(spec, name, "changed", file=name, found=sha256(read_text(path)), wanted=wanted)
