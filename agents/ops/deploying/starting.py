"""Compose up until the health check is green; where it does not get so far, the playbook gets its tries."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from agents.ops.deploying.files import chosen
from agents.ops.deploying.playbook import Failure, Settings, diagnosed, next_try, told
from agents.ops.deploying.subject import INNER_PORT, STAGE, Subject
from framework.artifacts.deployment import FOLDER, Attempt
from framework.messages import say
from framework.runtime.docker import ContainerFacts, Engine, Ran
from framework.runtime.loopback import health_status
from framework.runtime.workspace import Workspace

_POLL_S = 0.3
_LOG_LINES = 400
_MIB = 1 << 20
_ENDED = ("exited", "dead", "restarting")
Render = Callable[[Settings], None]  # puts the compose files with these settings in place


@dataclass
class Start:
    """How far it got."""

    settings: Settings
    container: ContainerFacts | None = None
    seconds: float = 0.0
    attempts: list[Attempt] = field(default_factory=list)
    log: str = ""

    @property
    def runs(self) -> bool:
        """Whether it is up and healthy."""
        return self.container is not None

    def published(self, usual: str) -> tuple[str, int]:
        """The address and port that the engine has really opened: a compose file of the user's may say anything."""
        ports = self.container.ports if self.container else {}
        address, _, port = ports.get(f"{INNER_PORT}/tcp", "").rpartition(":")
        return (address, int(port)) if address and port else (usual, self.settings.port)


class Starter:
    """Starts and stops one service."""

    def __init__(self, workspace: Workspace, subject: Subject, engine: Engine) -> None:
        self._workspace = workspace
        self._subject = subject
        self._engine = engine
        self._folder = workspace.files.root.absolute() / FOLDER

    def clear(self) -> list[str]:
        """Remove what an earlier run of this stage has left, and only that."""
        return self._engine.reap(self._subject.labels)

    def stop(self, start: Start) -> None:
        """Leave nothing that runs; the network stays where something of the user's is still joined to it."""
        self.clear()
        self._compose(start, "down")

    def start(self, settings: Settings, render: Render) -> Start:
        """Until it is healthy, or nothing is left to try; then it is stopped."""
        room = self._engine.facts().memory_bytes // _MIB
        start = Start(settings)
        while True:
            render(start.settings)
            began = time.monotonic()
            failure = self._tried(start)
            start.seconds = round(time.monotonic() - began, 1)
            if failure is None:
                return start
            trouble, sign = diagnosed(failure, self._subject.policy.deploy)
            repair, settings = next_try(self._subject, start.attempts, trouble, start.settings, room)
            start.attempts.append(Attempt(trouble=trouble, sign=sign, repair=repair, value=told(repair, settings)))
            start.log = "\n".join(part for part in (failure.said, failure.log) if part)
            if repair == "none":
                self.stop(start)
                return start
            self.clear()
            self._workspace.announce(f"deploy.repair_{repair}", value=told(repair, settings), sign=sign)
            start.settings = settings

    def log(self) -> str:
        """The last lines that the service has written."""
        return "\n".join(self._engine.logs(one.id, _LOG_LINES) for one in self._engine.containers(self._subject.labels))

    def environment(self, settings: Settings) -> dict[str, str]:
        """What the compose files are told; it wins over what stands in them, the user's own version too."""
        key = self._subject.policy.run.key_file
        return {
            "IMAGE": self._subject.image,
            "PORT": str(settings.port),
            "MEMORY": f"{settings.bounds.memory_mb}m",
            "FOUNDRY_STAGE": STAGE,
            "FOUNDRY_ROOT": self._subject.root,
            **({"API_KEY_FILE": str(self._workspace.files.root.absolute() / key)} if key else {}),
        }

    def _tried(self, start: Start) -> Failure | None:
        """One start; None if it is healthy in the end."""
        self._workspace.announce("deploy.starting", image=self._subject.image, port=start.settings.port)
        done = self._compose(start, "up", "-d", "--no-build")
        found = self._container()
        if done.rc:
            return Failure(done.output, found, self.log())
        if found is None:  # a file of the user's without our labels: what nobody would find again is stopped now
            self._compose(start, "down", "--timeout", "1")
            return Failure(
                say(self._subject.lang, "deploy.unlabelled", labels=", ".join(self._subject.labels)), None, ""
            )
        return self._watched(start)

    def _compose(self, start: Start, *words: str) -> Ran:
        return self._engine.compose(
            self._folder,
            self._subject.compose_project,
            chosen(self._subject),
            words,
            tell=lambda _: None,
            environment=self.environment(start.settings),
        )

    def _watched(self, start: Start) -> Failure | None:
        """Wait until it is healthy, or until something else can be said."""
        until = time.monotonic() + start.settings.ready_s
        while time.monotonic() < until:
            found = self._container()
            if found and found.health == "healthy":
                start.container = found
                return None
            if found is None or found.state in _ENDED or found.restarts or found.health == "unhealthy":
                return Failure("", found, self.log())
            time.sleep(_POLL_S)
        status = health_status(start.settings.port)
        return Failure("", self._container(), self.log(), waited=True, health=status)

    def _container(self) -> ContainerFacts | None:
        return next(iter(self._engine.containers(self._subject.labels)), None)
