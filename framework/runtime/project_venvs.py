"""A project's own environments: `debug-cpu` and `debug-gpu` in its folder, made of its requirements files.

Each holds a mark, `foundry.json`. It is written first without a key, so that a half-made environment is known as ours,
and last of all with the key of what was installed. Without a mark a folder is somebody else's and is left alone. The
lock is handed on to the installer: while one that has lost its foundry still writes, nobody else begins.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import Field, ValidationError

from framework.artifacts.base import Strict, sha256
from framework.artifacts.files import outside_failures, read_text, write_text
from framework.errors import MissingOutside, UsageError
from framework.runtime.bytecode import take_over_bytecode
from framework.runtime.cache import alone
from framework.runtime.env_facts import PROJECT_FILE, census, damage, installed, machine_mark, site_packages
from framework.runtime.install_progress import InstallProgress
from framework.runtime.installers import fill, installer, make_empty
from framework.runtime.resolver import Device, Lock, here
from framework.runtime.venvs import Venv

MARK, FREEZE = "foundry.json", "freeze.txt"
GIB = 1024**3
_FORMAT = 1  # raise it when the same lock is installed in another way
_FULL = ("No space left", "os error 28", "Disk quota", "File too large", "os error 27")
Tell = Callable[..., None]  # the key of a sentence, and its fields


class Mark(Strict):
    """What an environment says of itself. Without a key it is not finished."""

    device: Device
    key: str = ""
    python: str = Field(default="", description="the version it was made with")
    installer: str = ""
    seconds: float = 0.0
    installed: list[str] = Field(default_factory=list, description="what it held then, as its folder names it")


def project_venv(root: Path, lock: Lock, tell: Tell, *, folder: str = "", space_gb: float = 0.0) -> Venv:
    """The project's environment with exactly what the lock holds, and the project itself: made, mended or reused."""
    home = root.absolute() / (folder or f"debug-{lock.device}")
    key = _key(home, lock)
    with alone(_scratch(home), lambda: tell("environment.waiting", folder=home.name)) as held:
        mark = _mark(home)
        if mark is None and _is_taken(home):
            raise UsageError(
                f"{home} is not an environment that foundry has made, and it is not touched.",
                hint="Rename or delete it, or name another folder under `environments` in VENV_CONFIG.md.",
            )
        if mark and mark.key == key and not _trouble(home, mark, tell):
            tell("environment.reused", folder=home.name)
            return Venv(home, key)
        return _new(home, lock, key, tell, space_gb, held)


def existing_project_venv(root: Path, device: Device) -> Venv:
    """The finished environment of the project for the device."""
    made = sorted(_environments(root), key=lambda found: -(found[0] / MARK).stat().st_mtime_ns)
    for home, mark in made:
        venv = Venv(home, mark.key)
        if mark.device == device and mark.key and venv.python.exists():
            return venv
    raise MissingOutside(
        f"{root} has no finished environment for {device}.",
        hint="Run `foundry resume PROJECT --from environment`.",
    )


def freeze(venv: Venv) -> str:
    """What is installed, as `pip freeze` writes it; kept as freeze.txt in the environment, to be compared with."""
    text = "".join(f"{name}=={version}\n" for name, version in installed(venv.root).items())
    write_text(venv.root / FREEZE, text)
    return text


def made_for(venv: Venv) -> Mark:
    """What the environment's mark says."""
    return _mark(venv.root) or Mark(device="cpu")


def environment_mark(root: Path) -> str:
    """A text that changes when an environment of the project is changed or removed, or the machine is another one."""
    parts = [f"{home.name} {mark.model_dump_json()} {_now(home)}" for home, mark in _environments(root)]
    return sha256("\n".join([machine_mark(), *parts]))


def _now(home: Path) -> list[str]:
    """What lies in it at this moment: nothing works without its Python."""
    return census(home) if Venv(home, "").python.exists() else []


def _environments(root: Path) -> Iterator[tuple[Path, Mark]]:
    for place in sorted(root.absolute().glob(f"*/{MARK}")):
        if mark := _mark(place.parent):
            yield place.parent, mark


def _mark(home: Path) -> Mark | None:
    """The mark in the folder; a link is never ours, whatever it leads to."""
    if home.is_symlink() or not (home / MARK).is_file():
        return None
    try:
        return Mark.model_validate_json(read_text(home / MARK))
    except ValidationError:
        return None


def _is_taken(home: Path) -> bool:
    """Whether something is there that could be lost. An empty folder is what a kill right at the start leaves."""
    return home.is_symlink() or (home.exists() and not (home.is_dir() and not any(home.iterdir())))


def _key(home: Path, lock: Lock) -> str:
    """Of what it is made, for which platform, and where: programs in it name the folder that they lie in."""
    parts = (str(_FORMAT), lock.text, lock.python, lock.device, lock.origin, here(), str(home))
    return sha256("\0".join(parts))


def _trouble(home: Path, mark: Mark, tell: Tell) -> bool:
    """Whether something of it is gone or changed; what was added by hand may stay."""
    if not Venv(home, "").python.exists():
        tell("environment.no_python", folder=home.name)
        return True
    lost = damage(home, mark.installed)
    if lost:
        tell("environment.damaged", folder=home.name, name=lost)
    return bool(lost)


def _scratch(home: Path) -> Path:
    """A place beside the environment that nothing else uses and git does not see."""
    return home.parent / ".foundry" / "scratch" / home.name


def _begin(home: Path, mark: Mark, space_gb: float) -> None:
    """An empty folder with our mark, in place of what was there. Each step is a rename: a kill leaves no riddle."""
    old, new = (_scratch(home).with_suffix(suffix) for suffix in (".old", ".new"))
    with outside_failures(home):
        for rest in (old, new):
            if rest.exists():
                shutil.rmtree(rest)
        new.mkdir(parents=True)
        write_text(new / MARK, mark.model_dump_json())
        write_text(new / ".gitignore", "*\n")
        if home.exists():
            home.rename(old)
            shutil.rmtree(old)
        _refuse_small_disk(home, space_gb)
        new.rename(home)


def _new(home: Path, lock: Lock, key: str, tell: Tell, space_gb: float, held: int) -> Venv:
    _begin(home, Mark(device=lock.device), space_gb)
    tell("environment.creating", folder=home.name, python=lock.python)
    venv, progress = Venv(home, key), InstallProgress(len(lock.versions), tell)
    make_empty(home, lock.python, keep=[held])
    write_text(home / "packages.txt", lock.text)
    _install(lock, venv, progress, held)
    _add_project(home)
    take_over_bytecode(venv)
    done = Mark(
        device=lock.device,
        key=key,
        python=lock.python,
        installer=installer(),
        seconds=progress.seconds,
        installed=census(home),
    )
    write_text(home / MARK, done.model_dump_json())
    return venv


def _install(lock: Lock, venv: Venv, progress: InstallProgress, held: int) -> None:
    try:
        fill(lock, venv.python, [str(venv.root / "packages.txt")], progress, keep=[held])
    except MissingOutside as error:
        full = any(sign in error.message for sign in _FULL)
        remedy = "Make room on the disk" if full else "Mend what it says (network, index, disk)"
        raise MissingOutside(
            f"{venv.root.name} could not be filled:\n{error.message}",
            hint=f"{remedy} and run `foundry resume`; what has been downloaded stays.",
        ) from error


def _add_project(home: Path) -> None:
    """The project itself, as an editable installation does it: a path file that names its sources. Nothing is built."""
    packages = site_packages(home)
    up = "/".join([".."] * len(packages.relative_to(home.parent).parts))
    write_text(packages / PROJECT_FILE, f"{up}/src\n")


def _refuse_small_disk(home: Path, space_gb: float) -> None:
    free = shutil.disk_usage(home.parent).free / GIB
    if free < space_gb:
        raise MissingOutside(
            f"{home.name} needs about {space_gb:g} GB on the disk of {home.parent}, and {free:.1f} GB are free.",
            hint="Make room there and run `foundry resume`; how much is demanded stands in VENV_CONFIG.md.",
        )
