"""The gate of env_check_report.md (W-T2): the rows are complete, and what can be seen from disk is as they say."""

from __future__ import annotations

from collections.abc import Iterator

from framework.artifacts.base import sha256
from framework.artifacts.env_check import EnvCheck, Environment
from framework.artifacts.files import ProjectFiles, read_text
from framework.artifacts.pins import Pin, parse_pins
from framework.artifacts.records import Finding, Verdict
from framework.artifacts.venv_spec import REQUIREMENTS, VenvSpec
from framework.gates import mini_data
from framework.messages import say
from framework.runtime.env_facts import installed
from framework.runtime.project_venvs import made_for
from framework.runtime.resolver import meant_here
from framework.runtime.venvs import Venv


def judge(files: ProjectFiles) -> Verdict:
    """Whether the project can be run, with the data that was drawn for it, in the environment that was made."""
    check = files.read_artifact(EnvCheck)
    waiting = [_error(check, one.id, "open", question=one.id) for one in check.open_questions()]
    return Verdict(findings=waiting or [*findings(files), *mini_data.findings(files)])


def findings(files: ProjectFiles) -> Iterator[Finding]:
    """Everything that the report says of the environment, held against what is on disk."""
    check = files.read_artifact(EnvCheck)
    if check.environment is None:
        yield _error(check, "environment", "empty")
        return
    spec = files.read_artifact(VenvSpec)
    yield from _rows(check, check.environment)
    yield from _requirements(files, check, check.environment)
    yield from _packages(files, check, check.environment, spec)
    yield from _imports(files, check, check.environment, spec)


def _error(check: EnvCheck, where: str, key: str, **fields: object) -> Finding:
    return Finding(severity="error", where=where, message=say(check.language, f"environment.gate_{key}", **fields))


def _rows(check: EnvCheck, found: Environment) -> Iterator[Finding]:
    """What must be filled in."""
    rows = {
        "python_version": found.python_version,
        "packages_installed": found.packages_installed,
        "imports": found.imports,
        "machine.os": found.machine.os,
        "machine.cores": found.machine.cores,
        "machine.memory_gb": found.machine.memory_gb,
        "isolation.level": found.isolation.level,
    }
    for row, value in rows.items():
        if not value:
            yield _error(check, row, "row", row=row)
    if not found.isolation.network_cut and not found.isolation.why:
        yield _error(check, "isolation.why", "row", row="isolation.why")


def _requirements(files: ProjectFiles, check: EnvCheck, found: Environment) -> Iterator[Finding]:
    described = {one.file: one for one in found.requirements}
    for file in _wanted_files(check):
        path = files.root / file
        if file not in described:
            yield _error(check, "requirements", "not_installed", file=file)
        elif not path.is_file() or sha256(read_text(path)) != described[file].sha256:
            yield _error(check, file, "changed", file=file)


def _wanted_files(check: EnvCheck) -> tuple[str, ...]:
    return (REQUIREMENTS["gpu" if check.device == "gpu" else "cpu"], REQUIREMENTS["dev"])


def _pins(files: ProjectFiles, check: EnvCheck, spec: VenvSpec) -> list[Pin]:
    paths = [files.root / file for file in _wanted_files(check)]
    return meant_here([pin for path in paths if path.is_file() for pin in parse_pins(read_text(path))], spec.python)


def _packages(files: ProjectFiles, check: EnvCheck, found: Environment, spec: VenvSpec) -> Iterator[Finding]:
    """The report against what lies in the folder, and both against the requirements."""
    home = files.root.absolute() / found.folder
    there = installed(home)
    if not Venv(home, "").python.exists() or made_for(Venv(home, "")).key != found.key:
        yield _error(check, found.folder, "gone", folder=found.folder)
        return
    told = {one.name: one.version for one in found.packages_installed}
    for name in sorted(told.keys() ^ there.keys()):
        yield _error(check, "packages_installed", "differs", name=name)
    for pin in _pins(files, check, spec):
        if there.get(pin.name) != pin.version:
            yield _error(check, pin.name, "missing", line=pin.line, found=there.get(pin.name, "-"))
    for one in found.packages_installed:
        if one.file and not one.hash:
            yield _error(check, one.name, "no_hash", name=one.name)


def _imports(files: ProjectFiles, check: EnvCheck, found: Environment, spec: VenvSpec) -> Iterator[Finding]:
    """Every direct dependency was imported, and every import went well."""
    meant = {pin.name for pin in _pins(files, check, spec)}
    asked = {name for one in spec.requirements if one.file in _wanted_files(check) for name in one.direct} & meant
    for name in sorted(asked - {one.name for one in found.imports}):
        yield _error(check, "imports", "not_imported", name=name)
    for one in found.imports:
        if not one.passed:
            yield _error(check, f"imports {one.name}", "import", name=one.name, message=one.message)
