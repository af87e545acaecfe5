"""An engine of docker: asked by its library, worked with by its programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from framework.errors import MissingOutside, UsageError
from framework.runtime.docker import building, inspecting, programs, running
from framework.runtime.docker.connection import Refused, answering, connect
from framework.runtime.docker.endpoint import Endpoint, endpoint
from framework.runtime.docker.errors import BuildFailed
from framework.runtime.docker.facts import ContainerFacts, EngineFacts, ImageFacts, Mount, Ran, Usage
from framework.runtime.docker.introduction import introduced
from framework.runtime.docker.labels import PREFIX
from framework.runtime.lines import Tell
from framework.runtime.processes import stream

_NOT_FOUND = 404


def engine(host: str | None = None) -> Engine:
    """The engine that is named, or that DOCKER_HOST, a context or this machine has. It has answered."""
    where = endpoint(host)
    return Engine(where, connect(where))


class Engine:
    """An engine that answers."""

    def __init__(self, where: Endpoint, api: Any) -> None:
        self.endpoint = where
        self.api = api  # of docker's library; for the modules of this package only

    @cached_property
    def _builder(self) -> programs.Builder | None:
        return programs.builder(self.endpoint.environment)

    @cached_property
    def _compose(self) -> programs.Compose | None:
        return programs.compose(self.endpoint.environment)

    def facts(self) -> EngineFacts:
        """What it says of itself, with the programs of this machine."""
        with answering(self.endpoint, begun=True):
            said, version = self.api.info(), self.api.version()
        return introduced(self.endpoint, said, version, self._builder, self._compose)

    def build(
        self,
        context: Path,
        dockerfile: str,
        tag: str,
        *,
        tell: Tell,
        arguments: Mapping[str, str] | None = None,
        secrets: Mapping[str, Path] | None = None,
        labels: Mapping[str, str] | None = None,
        network: str = "none",
        timeout_s: float = 3600,
    ) -> str:
        """Build and tag an image with BuildKit; its id. BuildFailed holds the last lines of what the build said."""
        order = building.Order(
            context, dockerfile, tag, arguments or {}, secrets or {}, labels or {}, network, timeout_s
        )
        try:
            building.build(self._builder, order, self.endpoint.environment, tell)
        except BuildFailed:
            self.ping()  # an engine that went away is no fault of the Dockerfile
            raise
        return self.image(tag).id

    def ping(self) -> None:
        """Nothing, if it answers; EngineMissing otherwise."""
        with answering(self.endpoint, begun=True):
            self.api.ping()

    def image(self, tag: str) -> ImageFacts:
        """An image that is there."""
        found = self.find_image(tag)
        if found is None:
            raise MissingOutside(
                f"the engine has no image {tag}.", hint="`foundry resume PROJECT --from image` makes it."
            )
        return found

    def find_image(self, tag: str) -> ImageFacts | None:
        """An image, if it is there."""
        try:
            with answering(self.endpoint, begun=True):
                return inspecting.image(self.api.inspect_image(tag), self.api.history(tag))
        except Refused as error:
            if error.status != _NOT_FOUND:
                raise
            return None

    def remove_image(self, tag: str) -> None:
        """Take a name from an image; its last one takes the image along, unless a container needs it."""
        with answering(self.endpoint, begun=True):
            self.api.remove_image(tag)

    def run(
        self,
        image: str,
        command: Sequence[str],
        *,
        memory_bytes: int = 2 << 30,
        cpus: float = 0,
        pids: int = 256,
        tmpfs_mb: int = 64,
        read_only: bool = True,
        network: str = "none",
        gpus: bool = False,
        mounts: Sequence[Mount] = (),
        environment: Mapping[str, str] | None = None,
        user: str = "",
        labels: Mapping[str, str] | None = None,
        timeout_s: float = 120,
    ) -> Ran:
        """Run a command in place of the image's entry point, in a new container that is removed afterwards."""
        bounds = running.Bounds(
            memory_bytes, cpus, pids, tmpfs_mb, read_only, network, gpus, mounts, timeout_s, user, environment or {}
        )
        return running.run(self.api, self.endpoint, image, command, bounds, labels or {})

    def compose(
        self,
        folder: Path,
        project: str,
        files: Sequence[str],
        words: Sequence[str],
        *,
        tell: Tell,
        environment: Mapping[str, str] | None = None,
        timeout_s: float = 600,
    ) -> Ran:
        """Run compose on the files of a folder, version 1 or 2; what it said, both streams."""
        if self._compose is None:
            raise MissingOutside("docker compose is missing.", hint="`foundry doctor` says how to install it.")
        chosen = [word for file in files for word in ("-f", file)]
        said: list[str] = []

        def hear(line: str) -> None:
            said.append(line)
            tell(line)

        settings = {**self.endpoint.environment, "COMPOSE_PROFILES": "", **(environment or {})}
        command = [*self._compose.words, "-p", project, *chosen, *words]
        done = stream(command, timeout_s, hear, cwd=folder, env=settings)
        if done is None:
            raise MissingOutside(f"{command[0]} cannot be started.", hint="`foundry doctor` says how to install it.")
        return Ran(done.rc, "\n".join(said))

    def containers(self, labels: Mapping[str, str]) -> list[ContainerFacts]:
        """The containers, running or not, that carry all of these labels."""
        with answering(self.endpoint, begun=True):
            found = self.api.containers(all=True, filters=_filters(labels))
        each = [self._container(one["Id"]) for one in found]
        return [one for one in each if one]

    def container(self, name: str) -> ContainerFacts | None:
        """One container by its id or name."""
        return self._container(name)

    def _container(self, name: str) -> ContainerFacts | None:
        """None for one that has just gone."""
        try:
            with answering(self.endpoint, begun=True):
                return inspecting.container(self.api.inspect_container(name))
        except Refused as error:
            if error.status != _NOT_FOUND:
                raise
            return None

    def logs(self, container: str, tail: int) -> str:
        """The last lines that a container has written."""
        with answering(self.endpoint, begun=True):
            return str(self.api.logs(container, tail=tail).decode("utf-8", "replace"))

    def stats(self, container: str) -> Usage:
        """What a container takes now."""
        with answering(self.endpoint, begun=True):
            return inspecting.usage(self.api.stats(container, stream=False))

    def reap(self, labels: Mapping[str, str]) -> list[str]:
        """Remove the containers, networks and volumes with these labels, which must be foundry's; their names."""
        if not any(name.startswith(PREFIX) and value for name, value in labels.items()):
            raise UsageError("nothing is removed without one of foundry's labels.", hint="This is a fault of foundry.")
        gone = [self._removed(one) for one in self.containers(labels)]
        with answering(self.endpoint, begun=True):
            for network in self.api.networks(filters=_filters(labels)):
                self.api.remove_network(network["Id"])
                gone.append(network["Name"])
            for volume in self.api.volumes(filters=_filters(labels))["Volumes"] or []:
                self.api.remove_volume(volume["Name"])
                gone.append(volume["Name"])
        return gone

    def _removed(self, container: ContainerFacts) -> str:
        with answering(self.endpoint, begun=True):
            self.api.remove_container(container.id, force=True, v=True)
        return container.name


def _filters(labels: Mapping[str, str]) -> dict[str, list[str]]:
    return {"label": [f"{name}={value}" for name, value in labels.items()]}
