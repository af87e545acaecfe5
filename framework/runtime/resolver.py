"""Which versions exactly: the wanted packages resolved once, with hashes, and remembered.

torch is asked about before it is taken: on Linux the plain build carries several GB of CUDA libraries. For a CPU it
comes from where pip is configured to look, if a CPU build is there; else from the index that the settings name; else
from PyTorch's own CPU index, which uv knows.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from packaging.markers import Marker, default_environment
from pydantic import Field, ValidationError

from framework.artifacts.base import Strict, sha256
from framework.artifacts.files import read_text, write_text
from framework.artifacts.pins import Pin, parse_pins
from framework.errors import MissingOutside
from framework.runtime.cache import alone, cache_folder
from framework.runtime.compilers import Compiler, NoSolution, Query, compiler
from framework.runtime.indexes import Given, Indexes
from framework.runtime.interpreters import interpreter, running_version

Device = Literal["cpu", "gpu"]
Origin = Literal["configured", "index", "pytorch"]
_CUDA = ("nvidia-", "triton", "pytorch-triton", "cuda-")
_FORMAT = 1  # raise it when the same question gets another kind of answer


class Lock(Strict):
    """Pinned packages with hashes. It holds no path of this machine, and no address but one that a person gave."""

    text: str
    python: str
    device: Device
    origin: Origin
    given: Given
    platform: str
    installer: str = Field(description="what resolved it: uv or pip")

    @cached_property
    def pins(self) -> list[Pin]:
        """All lines, also those for other platforms."""
        return parse_pins(self.text)

    @cached_property
    def versions(self) -> dict[str, str]:
        """What is installed on this platform."""
        return {pin.name: pin.version for pin in meant_here(self.pins, self.python)}

    @property
    def torch(self) -> str:
        """The build of torch; empty without torch."""
        return self.versions.get("torch", "")

    @property
    def key(self) -> str:
        """What an environment made of it is known by."""
        return sha256("\0".join((self.text, self.python, here())))

    def as_constraints(self, without: Sequence[str] = ()) -> str:
        """Its versions for another resolution."""
        return "".join(f"{pin.line}\n" for pin in self.pins if pin.name not in without)


@dataclass(frozen=True)
class Source:
    """One place where torch may come from."""

    origin: Origin
    indexes: Indexes
    given: Given


@dataclass(frozen=True)
class Wish:
    """One question to the resolver, and where the answer is remembered."""

    wanted: tuple[str, ...]
    pythons: tuple[str, ...]
    device: Device
    constraints: str
    given: Given
    torch_index: str
    indexes: Indexes
    compiler: Compiler

    @cached_property
    def key(self) -> str:
        place = here() if not self.compiler.universal else sys.platform
        parts = (_FORMAT, sorted(self.wanted), self.pythons, self.device, self.constraints, self.given)
        return sha256(repr((*parts, self.torch_index, self.indexes, self.compiler.name, place)))


def meant_here(pins: Sequence[Pin], python: str) -> list[Pin]:
    """Those of the lines that this platform installs, for a version of Python such as `3.12`."""
    environment = _environment(python)
    return [pin for pin in pins if not pin.marker or Marker(pin.marker).evaluate(environment)]


def here() -> str:
    """This platform, as locks name it."""
    return f"{sys.platform} {platform.machine()}"


def resolve(
    wanted: Sequence[str],
    *,
    python: str | Sequence[str] = "3.11",
    torch_device: Device = "cpu",
    constraints: str = "",
    given: Given | None = None,
    torch_index: str = "",
) -> Lock:
    """The lock for the wanted packages. Of several versions of Python the first counts that has everything."""
    pythons = (python,) if isinstance(python, str) else tuple(python)
    indexes = Indexes.configured()
    given = given or Given()
    wish = Wish(tuple(wanted), pythons, torch_device, constraints, given, torch_index, indexes, compiler())
    place = cache_folder("locks") / f"{wish.key}.json"
    with alone(place):
        if place.is_file():
            try:
                return Lock.model_validate_json(read_text(place))
            except ValidationError:
                pass  # torn or of another version: it is made anew
        lock = _resolve(wish)
        write_text(place, lock.model_dump_json())
    return lock


def _resolve(wish: Wish) -> Lock:
    """The first place and Python that give what the device needs. What pip is configured with goes first."""
    pythons = [version for version in wish.pythons if interpreter(version)]
    if not pythons:
        raise MissingOutside(
            f"Python {' or '.join(wish.pythons)} is wanted, and this machine has neither.",
            hint="Install one of them, or name another one under `python` in VENV_CONFIG.md.",
        )
    refused: list[str] = []
    kind: type[MissingOutside] = NoSolution
    for source in _sources(wish):
        for version in pythons:
            query = _query(wish, source, version)
            try:
                found = parse_pins(wish.compiler.compile(query))
            except NoSolution as error:
                refused.append(error.message)
                continue
            except MissingOutside as error:
                raise _failed(wish, [*refused, error.message], MissingOutside) from error
            if _fits(found, wish.device):
                return _lock(wish, source, query, found)
            kind = MissingOutside
            refused.append(
                f"Python {version}: the build of torch found first, {_torch_of(found)}, is not for {wish.device}."
            )
    raise _failed(wish, refused, kind)


def _sources(wish: Wish) -> Iterator[Source]:
    indexes = wish.indexes if wish.device == "cpu" else wish.indexes.without_links()
    more = wish.given.and_also(wish.torch_index)
    named = Source("index", indexes.with_given(more), more)
    plain = Source("configured", indexes.with_given(wish.given), wish.given)
    if wish.device == "gpu":  # a named index goes first: the plain one has a build too, for another CUDA perhaps
        yield from (named, plain) if wish.torch_index else (plain,)
        return
    yield plain
    if wish.torch_index:
        yield named
    elif wish.compiler.name == "uv":
        yield replace(plain, origin="pytorch")


def _query(wish: Wish, source: Source, python: str) -> Query:
    settings = source.indexes.for_uv() if wish.compiler.name == "uv" else source.indexes.for_pip()
    backend = "cpu" if source.origin == "pytorch" else ""
    return Query(wish.wanted, python, settings, wish.constraints, torch_backend=backend)


def _fits(found: list[Pin], device: Device) -> bool:
    torch = _torch_of(found)
    if device == "gpu":
        return not torch.endswith("+cpu")
    return not torch or not any(pin.name.startswith(_CUDA) for pin in found)


def _torch_of(found: list[Pin]) -> str:
    return next((pin.version for pin in found if pin.name == "torch"), "")


def _lock(wish: Wish, source: Source, query: Query, found: list[Pin]) -> Lock:
    """For every platform where that can be had, else for this one."""
    torch, known = _torch_of(found), dict[str, object](python=query.python, device=wish.device)
    known |= {"origin": source.origin, "given": source.given, "installer": wish.compiler.name}
    # A build without a mark of its own (on macOS, say) is CUDA's on Linux: then there is no one file for both.
    if wish.compiler.universal and (not torch or wish.device == "gpu" or query.torch_backend or "+" in torch):
        builds = _builds(torch) if "+cpu" in torch and not query.torch_backend else ""
        everywhere = replace(query, universal=True, constraints=f"{query.constraints}{builds}")
        try:
            return Lock.model_validate(known | {"text": wish.compiler.compile(everywhere), "platform": "any"})
        except NoSolution:
            pass  # a folder of wheels, say, that holds only this platform's
    return Lock.model_validate(known | {"text": wish.compiler.compile(query), "platform": here()})


def _builds(torch: str) -> str:
    """Elsewhere than on Linux the plain build is the one for the CPU; `==9.0` alone would take in `9.0+cpu` as well."""
    plain = torch.partition("+")[0]
    return f"torch=={torch} ; sys_platform == 'linux'\ntorch=={plain},!={torch} ; sys_platform != 'linux'\n"


def _failed(wish: Wish, words: list[str], kind: type[MissingOutside]) -> MissingOutside:
    """The resolver's own words, and what to do about them."""
    said = "\n".join(dict.fromkeys(words))
    if "the build of torch" in said:
        uv = "" if wish.compiler.name == "uv" else " or install uv, which knows PyTorch's own,"
        hint = f"Name an index with that build as torch.{wish.device}_index in VENV_CONFIG.md,{uv}"
    elif kind is NoSolution:
        hint = "Mend the requirement in pyproject.toml or VENV_CONFIG.md"
    else:
        hint = "Mend the network, or the indexes in pip's settings or VENV_CONFIG.md,"
    message = f"the packages for {wish.device} could not be resolved by {wish.compiler.name}:\n{said}"
    return kind(message, hint=f"{hint} and run `foundry resume`.")


def _environment(python: str) -> dict[str, str]:
    environment = {name: str(value) for name, value in default_environment().items()}
    if python != running_version():
        environment |= {"python_version": python, "python_full_version": f"{python}.0"}
    return environment
