"""Building an image with BuildKit: by the plugin buildx where it is there, by an older program itself otherwise."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from framework.errors import MissingOutside
from framework.runtime.docker.errors import BuildFailed
from framework.runtime.docker.programs import Builder
from framework.runtime.lines import Tell
from framework.runtime.processes import stream

_KEPT = 400  # lines


@dataclass(frozen=True)
class Order:
    """What is to be built. `arguments` may be seen by whoever has the image; `secrets` leave nothing in it."""

    context: Path
    dockerfile: str
    tag: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Path] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    network: str = "none"
    timeout_s: float = 3600


def build(builder: Builder | None, order: Order, environment: Mapping[str, str], tell: Tell) -> None:
    """Build and tag; every line of the build is told as it comes."""
    if builder is None or not builder.buildkit:
        raise _no_buildkit(builder)
    heard: deque[str] = deque(maxlen=_KEPT)

    def hear(line: str) -> None:
        heard.append(line)
        tell(line)

    proxies = {name: value for name, value in order.arguments.items() if _is_private(name)}
    done = stream(
        [builder.program, *_words(builder, order)],
        order.timeout_s,
        hear,
        cwd=order.context,
        env={**environment, **proxies, "DOCKER_BUILDKIT": "1", "BUILDKIT_PROGRESS": "plain"},
    )
    if done is None or done.rc != 0:
        raise BuildFailed(order.tag, list(heard))


def _words(builder: Builder, order: Order) -> Iterator[str]:
    """The plugin may be set to a builder that keeps its images to itself: --load brings them to the engine."""
    yield from ("buildx", "build", "--load") if builder.buildx else ("build",)
    yield from ("--progress", "plain", "--network", order.network, "--file", order.dockerfile, "--tag", order.tag)
    for name, value in order.arguments.items():
        yield from ("--build-arg", name if _is_private(name) else f"{name}={value}")
    for name, path in order.secrets.items():
        yield from ("--secret", f"id={name},src={path}")
    yield from _pairs("--label", order.labels)
    # Not ".": BuildKit takes two contexts of one name for versions of the same, and mixes up their files.
    yield str(order.context.resolve())


def _pairs(option: str, values: Mapping[str, str]) -> Iterator[str]:
    for name, value in values.items():
        yield from (option, f"{name}={value}")


def _is_private(name: str) -> bool:
    """A proxy's address may hold a password: it goes by the environment, where other users cannot read it."""
    return name.lower().endswith("_proxy")


def _no_buildkit(builder: Builder | None) -> MissingOutside:
    found = f"{builder.program} {builder.version} has no plugin buildx" if builder else "there is no program docker"
    return MissingOutside(
        f"no image can be built with BuildKit from here: {found}.",
        hint="Install the plugin buildx (docker-buildx or docker-buildx-plugin), then resume.",
    )
