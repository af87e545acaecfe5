"""The commands that make an environment, for each system and each installer, as they are typed."""

from __future__ import annotations

from collections.abc import Iterator

from agents.ops.policy import Policy
from framework.artifacts.venv_spec import REQUIREMENTS, Installer, Kind, Recipe, System
from framework.runtime.resolver import Lock

_SYSTEM_OF = {"linux": "linux", "darwin": "macos", "win32": "windows"}


def recipes(policy: Policy, locks: dict[Kind, Lock]) -> list[Recipe]:
    """Every way that works. There is no CUDA but on Linux (in WSL 2 too), so a GPU has recipes there only."""
    return [
        Recipe(system=system, installer=installer, kind=kind, lines=_lines(policy, locks[kind], system, installer))
        for kind in ("cpu", "gpu")
        for system in _systems(locks[kind], kind)
        for installer in ("pip", "uv")
    ]


def _systems(lock: Lock, kind: Kind) -> tuple[System, ...]:
    if kind == "gpu":
        return ("linux",)
    if lock.platform == "any":
        return ("linux", "macos", "windows")
    return tuple(name for name in ("linux", "macos", "windows") if name == _SYSTEM_OF.get(lock.platform.split()[0]))


def _lines(policy: Policy, lock: Lock, system: System, installer: Installer) -> list[str]:
    folder = policy.environments.gpu if lock.device == "gpu" else policy.environments.cpu
    activate = f"{folder}\\Scripts\\Activate.ps1" if system == "windows" else f"source {folder}/bin/activate"
    make, install = _make(lock.python, system, installer, folder), _install(installer)
    file = REQUIREMENTS[lock.device]
    return [
        make,
        activate,
        " ".join((install, "--require-hashes", *_places(lock, system, installer), "-r", file)),
        f"{install} --no-deps -e .",
    ]


def _make(python: str, system: System, installer: Installer, folder: str) -> str:
    if installer == "uv":
        return f"uv venv --python {python} {folder}"
    return f"py -{python} -m venv {folder}" if system == "windows" else f"python{python} -m venv {folder}"


def _install(installer: Installer) -> str:
    return "uv pip install" if installer == "uv" else "python -m pip install"


def _places(lock: Lock, system: System, installer: Installer) -> Iterator[str]:
    """The indexes that a person named, and where uv finds the CPU build when nobody did."""
    quote = "'"
    if lock.given.index:
        yield f"--index-url {quote}{lock.given.index}{quote}"
    for address in lock.given.extra:
        yield f"--extra-index-url {quote}{address}{quote}"
    if installer == "uv" and lock.given.extra:
        yield "--index-strategy unsafe-best-match"
    if installer == "uv" and system == "linux" and lock.torch.endswith("+cpu") and lock.origin != "index":
        yield "--torch-backend cpu"
