"""What this machine has of what foundry needs: each probe looks at one thing, all of them at the same time.

A probe asks only; it installs nothing and changes nothing. What it found is a key of the message catalogue with its
fields, so that the same result can be told in every language.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import framework
from framework.errors import FoundryError, MissingOutside
from framework.runtime.processes import Completed, run

if TYPE_CHECKING:
    from framework.engines.llm.settings import LlmSettings

State = Literal["ok", "warning", "missing"]
GIB = 1024**3
OLDEST_PYTHON = (3, 11)
DISK_NEEDED_GB, DISK_WANTED_GB = 1, 10  # a project's own files; with its torch environment and a mini data set
MEMORY_WANTED_GB = 8  # torch, a mini data set and a model of some ten million parameters
_QUICK, _NETWORK = 3, 6  # seconds
_NOWHERE = str(Path(tempfile.gettempdir()) / "foundry-doctor")  # a dry run needs a target and leaves it alone
_YES_NO = {True: "✓", False: "✗", None: "?"}
_UV_INDEX_QUESTION = ("pip", "install", "--dry-run", "--no-deps", "--no-cache", "--target", _NOWHERE, "pip")


@dataclass(frozen=True)
class Check:
    """One probe's result. `needed` says whether foundry can do anything without it."""

    name: str
    state: State
    found: str  # the key of what was found, below `doctor.`
    fields: Mapping[str, object] = field(default_factory=dict)
    advice: str = ""  # the key of what to type, below `doctor.`; empty where nothing is to be done
    needed: bool = False


def examine(folder: Path) -> list[Check]:
    """Every probe's result. `folder` is where projects will lie."""
    probes: tuple[Callable[[], Check], ...] = (
        _python,
        lambda: _disk(folder),
        _memory,
        _packages,
        _uv,
        _git,
        _gpu,
        _docker,
        _compose,
        _llm_endpoint,
        _package_index,
    )
    with ThreadPoolExecutor(max_workers=len(probes)) as pool:
        return [result.result() for result in [pool.submit(probe) for probe in probes]]


def system() -> str:
    """The platform that advice is given for: macos, or the package manager of this Linux."""
    if sys.platform == "darwin":
        return "macos"
    managers = {"apt-get": "debian", "dnf": "fedora", "pacman": "arch"}
    return next((name for program, name in managers.items() if shutil.which(program)), "other")


def _ask(*args: str, timeout: float | None = None) -> Completed | None:
    """Run a program that only answers; one that does not answer in time counts as one that failed."""
    timeout = timeout or _QUICK
    try:
        return run(args, timeout)
    except MissingOutside:
        return Completed(124, "", f"no answer within {timeout:g} seconds")


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _python() -> Check:
    fields = {"version": platform.python_version(), "path": sys.executable}
    is_new = sys.version_info >= OLDEST_PYTHON
    return Check(
        "python", "ok" if is_new else "missing", "python", fields, "" if is_new else "advice_python", needed=True
    )


def _disk(folder: Path) -> Check:
    existing = next(parent for parent in (folder.resolve(), *folder.resolve().parents) if parent.exists())
    free = shutil.disk_usage(existing).free / GIB
    fields = {"free": f"{free:.1f}", "folder": existing, "wanted": DISK_WANTED_GB}
    if not os.access(existing, os.W_OK):
        return Check("disk", "missing", "disk_read_only", fields, "advice_disk_read_only", needed=True)
    if free < DISK_NEEDED_GB:
        return Check("disk", "missing", "disk", fields, "advice_disk", needed=True)
    enough = free >= DISK_WANTED_GB
    return Check("disk", "ok" if enough else "warning", "disk", fields, "" if enough else "advice_disk", needed=True)


def _memory() -> Check:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = _container_limit()
    memory = min(total, limit) if limit else total
    fields = {"memory": f"{memory / GIB:.1f}", "wanted": MEMORY_WANTED_GB, "cores": os.cpu_count() or 1}
    enough = memory >= 0.9 * MEMORY_WANTED_GB * GIB  # firmware keeps a part of what is sold as 8 GB
    return Check("memory", "ok" if enough else "warning", "memory", fields, "" if enough else "advice_memory")


def _container_limit() -> int | None:
    """The memory that a container may use, where it is less than the machine's."""
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            limit = Path(path).read_text(encoding="ascii").strip()
        except OSError:
            continue
        return int(limit) if limit.isdecimal() else None
    return None


def _packages() -> Check:
    """`framework` and `agents` are names that others use too: whoever comes before us takes our place."""
    home = Path(framework.__file__).resolve().parent.parent
    for folder in map(Path, sys.path):
        if folder.resolve() == home:
            break
        for name in ("framework", "agents"):
            if found := _module_in(folder, name):
                fields = {"name": name, "path": found}
                return Check("packages", "missing", "packages_foreign", fields, "advice_packages", needed=True)
    if not list((home / "agents").glob("*/role.yaml")):
        fields = {"path": home / "agents"}
        return Check("packages", "missing", "packages_overwritten", fields, "advice_packages", needed=True)
    return Check("packages", "ok", "packages", {"path": home}, needed=True)


def _module_in(folder: Path, name: str) -> Path | None:
    candidates = (folder / name / "__init__.py", folder / f"{name}.py")
    return next((path for path in candidates if path.is_file()), None)


def _uv() -> Check:
    done = _ask("uv", "--version")
    if done is None or done.rc != 0:
        return Check("uv", "warning", "missing", advice="advice_uv")
    return Check("uv", "ok", "version", {"version": _first_line(done.stdout)})


def _git() -> Check:
    done = _ask("git", "--version")
    if done is None or done.rc != 0:
        return Check("git", "warning", "missing", advice=f"advice_git_{system()}")
    return Check("git", "ok", "version", {"version": _first_line(done.stdout)})


def _gpu() -> Check:
    query = ("--query-gpu=name,memory.total,driver_version", "--format=csv,noheader,nounits")
    done = _ask("nvidia-smi", *query, timeout=_NETWORK)
    if done and done.rc == 0 and done.stdout.strip():
        cards = [[part.strip() for part in line.split(",")] for line in done.stdout.strip().splitlines()]
        names = [f"{name} ({_gib(memory)})" for name, memory, *_ in cards]
        return Check("gpu", "ok", "gpu", {"cards": ", ".join(names), "count": len(cards), "driver": cards[0][-1]})
    if done:
        return Check(
            "gpu", "warning", "gpu_silent", {"error": _first_line(done.stderr + done.stdout)}, "advice_gpu_driver"
        )
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return Check("gpu", "ok", "gpu_apple")
    if (other := next(filter(shutil.which, ("rocm-smi", "npu-smi")), None)) is not None:
        return Check("gpu", "ok", "gpu_other", {"program": other})
    return Check("gpu", "warning", "gpu_none", advice="advice_gpu")


def _gib(mebibytes: str) -> str:
    return f"{int(mebibytes) / 1024:.0f} GB" if mebibytes.isdecimal() else "?"


def _docker() -> Check:
    done = _ask("docker", "version", "--format", "{{.Server.Version}}", timeout=_NETWORK)
    if done is None:
        return Check("docker", "warning", "missing", advice=f"advice_docker_{system()}")
    if done.rc == 0 and done.stdout.strip():
        return Check("docker", "ok", "version", {"version": _first_line(done.stdout)})
    denied = "permission denied" in done.stderr.lower()
    advice = (
        "advice_docker_permission" if denied else f"advice_docker_start_{'macos' if system() == 'macos' else 'linux'}"
    )
    return Check("docker", "warning", "docker_silent", {"error": _first_line(done.stderr)}, advice)


def _compose() -> Check:
    for command in (("docker", "compose"), ("docker-compose",)):
        done = _ask(*command, "version", "--short")
        if done and done.rc == 0 and done.stdout.strip():
            version = f"{' '.join(command)} {_first_line(done.stdout)}"
            return Check("compose", "ok", "version", {"version": version})
    return Check("compose", "warning", "missing", advice=f"advice_compose_{system()}")


def _llm_endpoint() -> Check:
    """Whether one is configured; if so it is asked a small question, in every form that it may know."""
    from framework.engines.llm.settings import LlmSettings, load_settings

    try:
        settings = load_settings(None, os.environ)
    except FoundryError as error:
        return Check("llm", "warning", "llm_wrong", {"error": error.message}, "advice_llm_wrong")
    if settings == LlmSettings():
        return Check("llm", "ok", "llm_none")
    fields = {"host": settings.host}
    if not settings.api_key and not settings.is_local:
        return Check("llm", "warning", "llm_no_key", fields, "advice_llm_key")
    if not settings.model:
        return Check("llm", "warning", "llm_no_model", fields, "advice_llm_model")
    return _examined(settings)


def _examined(settings: LlmSettings) -> Check:
    from framework.engines.llm.examination import examine as examine_endpoint

    found = examine_endpoint(settings)
    fields: dict[str, object] = {"host": found.host, "model": found.model}
    if found.trouble:
        return Check("llm", "warning", "llm_silent", fields | {"error": found.trouble}, "advice_llm")
    able = {name: _YES_NO[getattr(found, name)] for name in ("json_schema", "json_object", "tools", "usage")}
    fields |= able | {"context": found.context or "?", "seconds": f"{found.seconds:.1f}"}
    if not found.right:
        return Check("llm", "warning", "llm_weak", fields, "advice_llm_weak")
    return Check("llm", "ok", "llm", fields)


def _package_index() -> Check:
    """Whether an environment could be filled: asked of pip as it is configured, else of uv."""
    pip = _pip()
    if pip is None:
        done = _ask("uv", *_UV_INDEX_QUESTION, timeout=_NETWORK)
        return _index("uv", done) if done else Check("index", "warning", "missing", advice="advice_uv")
    settings = _ask(*pip, "config", "list", timeout=_NETWORK)
    done = _ask(*pip, "index", "versions", "pip", "--retries", "0", "--timeout", "4", timeout=_NETWORK)
    return _index(_sources(settings.stdout if settings else "") or "PyPI", done)


def _pip() -> tuple[str, ...] | None:
    if (Path(sysconfig.get_path("purelib")) / "pip").is_dir():
        return (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input")
    program = shutil.which("pip") or shutil.which("pip3")
    return (program, "--disable-pip-version-check", "--no-input") if program else None


def _sources(settings: str) -> str:
    """Where pip is told to look, without the passwords that an address may hold."""
    addresses = re.findall(r"(?:index-url|find-links)='([^']*)'", settings)
    parts = [urlsplit(address) for addresses_of_one in addresses for address in addresses_of_one.split()]
    return ", ".join(dict.fromkeys(part.hostname or part.path for part in parts))


def _index(source: str, done: Completed | None) -> Check:
    if done and done.rc == 0:
        return Check("index", "ok", "index", {"source": source})
    lines = [line for line in done.stderr.splitlines() if line.startswith(("ERROR", "error"))] if done else []
    error = _first_line("\n".join(lines)) or (_first_line(done.stderr) if done else "")
    return Check("index", "warning", "index_silent", {"source": source, "error": error}, "advice_index")
