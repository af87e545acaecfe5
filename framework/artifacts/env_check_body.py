"""env_check_report.md for people: the machine, what is installed, and whether it works."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from framework.artifacts.markdown import bullets, table, text
from framework.messages import say

if TYPE_CHECKING:
    from framework.artifacts.env_check import EnvCheck, Environment


def render(check: EnvCheck) -> str:
    """The whole report."""
    title = f"# {text(_say(check, 'title', title=check.project.title))}"
    if check.environment is None:
        return f"{title}\n\n{_say(check, 'result_open')}"
    return "\n\n".join([title, *_parts(check, check.environment)])


def headline(check: EnvCheck) -> str:
    """Its result in one line."""
    found = check.environment
    if found is None:
        return ""
    worked = sum(one.passed for one in found.imports)
    counts = {"packages": len(found.packages_installed), "worked": worked, "imports": len(found.imports)}
    return _say(check, "headline", folder=found.folder, python=found.python_version, **counts)


def _say(check: EnvCheck, key: str, **fields: object) -> str:
    return say(check.language, f"environment.{key}", **fields)


def _heads(check: EnvCheck, *keys: str) -> list[str]:
    return [_say(check, f"head_{key}") for key in keys]


def _parts(check: EnvCheck, found: Environment) -> Iterator[str]:
    yield headline(check)
    yield table(_heads(check, "what", "value"), _facts(check, found))
    yield f"## {_say(check, 'section_imports')}"
    yield _say(check, "imports", count=len(found.imports), seconds=found.import_seconds)
    yield table(_heads(check, "package", "modules", "result", "seconds"), _imports(check, found))
    yield f"## {_say(check, 'section_packages')}"
    yield _say(check, "packages")
    yield bullets(_remarks(check, found))
    yield table(_heads(check, "package", "version", "file", "hash"), _packages(found))
    yield f"## {_say(check, 'section_compare')}"
    yield _say(check, "compare", file=found.freeze_file, sha256=found.freeze_sha256)
    yield _commands(found)


def _commands(found: Environment) -> str:
    """pip writes names as their authors do; uv as registries compare them, like the frozen file."""
    python = f"{found.folder}/bin/python"
    pip = f"{python} -m pip freeze --all | tr 'A-Z_.' 'a-z--' | sort"
    listing = f"uv pip freeze --python {python}" if found.installer == "uv" else pip
    return f"```bash\n{listing} | diff {found.freeze_file} -\n```"


def _facts(check: EnvCheck, found: Environment) -> Iterator[list[str]]:
    machine = found.machine
    rows = {
        "python_version": found.python_version,
        "packages_installed": str(len(found.packages_installed)),
        "gpus": _gpus(check, found),
        "cores": str(machine.cores),
        "memory": f"{machine.memory_gb:g} GB",
        "disk": f"{machine.disk_free_gb:g} GB",
        "os": f"{machine.os}, {machine.architecture}",
        "isolation": _isolation(check, found),
        "installer": _say(check, "installed_by", installer=found.installer, seconds=found.install_seconds),
        "environment": f"{found.folder} ({check.device})",
    }
    for key, value in rows.items():
        yield [_say(check, f"row_{key}"), text(value)]


def _gpus(check: EnvCheck, found: Environment) -> str:
    """What the driver shows and what PyTorch can use: they may well differ."""
    cards = [f"{card.name}, {card.memory_gb:g} GB, {card.driver}" for card in found.machine.gpus]
    parts = ["; ".join(cards) or _say(check, "no_card")]
    if found.torch:
        usable = ", ".join(found.torch.gpus) or _say(check, "none_usable")
        parts.append(_say(check, "torch_sees", version=found.torch.version, gpus=usable))
    return "; ".join(parts)


def _isolation(check: EnvCheck, found: Environment) -> str:
    level = found.isolation
    key = "isolation_cut" if level.network_cut else "isolation_open"
    return _say(check, key, level=level.level, why=level.why)


def _imports(check: EnvCheck, found: Environment) -> Iterator[list[str]]:
    for one in found.imports:
        modules = ", ".join(f"`{name}`" for name in one.modules) or _say(check, "types_only")
        result = _say(check, "works") if one.passed else _say(check, "fails", message=text(one.message))
        yield [text(one.name), modules, result, f"{one.seconds:.2f}"]


def _remarks(check: EnvCheck, found: Environment) -> Iterator[str]:
    for one in found.requirements:
        yield _say(check, "from_file", file=one.file, count=one.packages, sha256=one.sha256)
    if found.strangers:
        names = ", ".join(f"{text(one.name)} {text(one.version)}" for one in found.strangers)
        yield _say(check, "strangers", names=names)
    yield (
        _say(check, "missing", names=text(", ".join(found.packages_missing)))
        if found.packages_missing
        else _say(check, "none_missing")
    )
    yield _say(check, "project_itself")


def _packages(found: Environment) -> Iterator[list[str]]:
    for one in found.packages_installed:
        several = f" ({one.builds})" if one.builds > 1 else ""
        yield [text(one.name), text(one.version), one.file or "-", f"`{one.hash[:23]}`{several}" if one.hash else "-"]
