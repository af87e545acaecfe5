"""Blue and green behind a proxy, and the way of a new version between them: what scripts/rollout.py does."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from judging import OUTSIDE, Bar, Judge, Version, reference_of, since
from live_metrics import Reading

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SETTINGS = HERE / "rollout.json"
DONE, TAKEN_BACK, NOT_NOW, OUTSIDE_FAILS, INTERRUPTED = 0, 1, 2, 3, 130
COLOURS = ("blue", "green")
_COMMAND_S = 600
_KEPT_EVENTS = 50


class Refused(Exception):
    """This cannot be done now."""


class Broken(Exception):
    """The new version is not good enough."""


class Failed(Exception):
    """A program that is needed has failed."""


@dataclass(frozen=True)
class State:
    """What runs where. `coming` is the colour on trial, `warm` the one that served before."""

    live: str = ""
    coming: str = ""
    warm: str = ""
    percent: int = 0
    versions: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, str]] = field(default_factory=list)

    @property
    def other(self) -> str:
        """The colour that does not serve."""
        return COLOURS[1] if self.live == COLOURS[0] else COLOURS[0]

    def told(self, what: str, version: str, why: str = "") -> State:
        """With one more event."""
        event = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "what": what, "version": version}
        return replace(self, events=[*self.events, {**event, "why": why}][-_KEPT_EVENTS:])


class Rollout:
    """The versions, the proxy before them, and what was decided so far."""

    def __init__(self, settings: Path) -> None:
        self.settings: dict[str, Any] = json.loads(settings.read_text(encoding="utf-8"))
        self.folder = settings.parent / "state"
        self.folder.mkdir(exist_ok=True)
        self.state = self._read()
        key_file = self.settings["key_file"]
        self._key = (ROOT / key_file).read_text(encoding="utf-8").strip() if key_file else ""

    # --- commands ---

    def deploy(self, version: str, *, promote: bool) -> None:
        """Bring a version up to the last step; or take it back and say why."""
        if self.state.coming:
            raise Refused(f"{self.state.coming} is still on trial: promote or rollback it first")
        if not self.state.live:
            self._first(version)
            return
        colour = self.state.other
        self._clear(colour)
        self.state = replace(self.state, coming=colour, percent=0, versions=self.state.versions | {colour: version})
        self._save(self.state.told("started", version))
        try:
            self._start(colour, version)
            self._try(colour)
        except (Broken, Failed, *OUTSIDE) as error:
            self._withdraw(str(error))
            raise Broken(str(error)) from error
        except KeyboardInterrupt:
            self._withdraw("interrupted")
            raise
        self._save(self.state.told("tried", version))
        _say(f"{version} has passed every step and serves {self.state.percent} % of the requests")
        if promote:
            self.promote()

    def promote(self) -> None:
        """All requests to the new version; the old one stays, for what the new one fails and for a rollback."""
        if not self.state.coming:
            raise Refused("no version is on trial: deploy one first")
        old, new = self.state.live, self.state.coming
        state = replace(self.state, live=new, coming="", warm=old, percent=0)
        self._switch(state.told("promoted", state.versions[new]))
        _say(f"{state.versions[new]} serves; {state.versions[old]} stays ready for a rollback")

    def rollback(self) -> None:
        """To the version that served before."""
        if self.state.coming:
            self._withdraw("asked for")
            return
        old = self.state.warm
        if not old:
            raise Refused("there is no older version to go back to")
        if not self._version(old).ready():
            raise Refused(f"{self.state.versions[old]} is not running any more: deploy it again")
        state = replace(self.state, live=old, warm=self.state.live)
        self._switch(state.told("rolled back", state.versions[old], "asked for"))
        _say(f"{state.versions[old]} serves again")

    def status(self) -> None:
        """What is known, as JSON."""
        up = {colour: self._version(colour).ready() for colour in self.state.versions}
        print(json.dumps({**asdict(self.state), "ready": up}, indent=2))

    # --- the way of a new version ---

    def _first(self, version: str) -> None:
        """Nothing serves yet: there is nobody to compare with, and nobody to harm."""
        colour = COLOURS[0]
        self._start(colour, version)
        state = State(live=colour, versions={colour: version}, events=self.state.events)
        self._write_proxy(state)
        self._command("proxy")
        self._save(state.told("deployed", version))
        _say(f"{version} serves")

    def _try(self, colour: str) -> None:
        new, old = self._version(colour), self._version(self.state.live)
        prompts = self.settings["prompts"]
        reference = reference_of(ROOT / self.settings["reference"], old, prompts)
        judge = Judge(Bar(**self.settings["bar"]), prompts, reference)
        _accept(judge.compare(new, old))
        _say("its answers are as good as the old version's")
        for percent in self.settings["canary_percent"]:
            self._switch(replace(self.state, percent=percent))
            _say(f"{percent} % of the requests for {self.settings['step_seconds']} s")
            self._step(judge, new, old)

    def _step(self, judge: Judge, new: Version, old: Version) -> None:
        """Watch a share of the requests; go back at the first moment that is bad enough."""
        before, old_before = new.reading(), old.reading()
        until = time.monotonic() + self.settings["step_seconds"]
        while time.monotonic() < until:
            time.sleep(min(1.0, self.settings["step_seconds"]))
            if why := judge.broken(since(new, before)):
                raise Broken(why)
        self._ask_more(judge, new, before)
        _accept(judge.compare(new, old))
        _accept(judge.reasons(since(new, before), since(old, old_before)))

    def _ask_more(self, judge: Judge, new: Version, before: Reading) -> None:
        """Where users ask little, ask: a version must not pass because nobody was there."""
        for _ in range(judge.bar.least_requests):
            if since(new, before).requests >= judge.bar.least_requests:
                return
            judge.probe(new)

    def _withdraw(self, why: str) -> None:
        """The old version serves all again, then the new one is stopped, when its last request is answered."""
        colour = self.state.coming
        version = self.state.versions[colour]
        rest = {name: held for name, held in self.state.versions.items() if name != colour}
        warm = "" if self.state.warm == colour else self.state.warm
        state = replace(self.state, coming="", warm=warm, percent=0, versions=rest)
        self._switch(state.told("taken back", version, why))
        self._drain(colour)
        self._command("stop", colour=colour, version=version)
        _say(f"{self.state.versions[self.state.live]} serves all requests")

    # --- versions and proxy ---

    def _version(self, colour: str) -> Version:
        return Version(colour, self.settings["colours"][colour]["url"], self._key)

    def _start(self, colour: str, version: str) -> None:
        _say(f"starting {version} as {colour}")
        self._command("start", colour=colour, version=version)
        if not _until(self._version(colour).ready, self.settings["ready_seconds"]):
            self._command("stop", colour=colour, version=version)
            raise Broken(f"{version} is not ready after {self.settings['ready_seconds']} s")

    def _clear(self, colour: str) -> None:
        """Stop what served before the present version: its place is needed."""
        version = self.state.versions.get(colour, "")
        if not version:
            return
        rest = {name: held for name, held in self.state.versions.items() if name != colour}
        self._switch(replace(self.state, warm="", versions=rest))
        self._drain(colour)
        self._command("stop", colour=colour, version=version)

    def _drain(self, colour: str) -> None:
        """Old workers of the proxy may still bring a request for a moment."""
        time.sleep(1)
        _until(self._version(colour).idle, self.settings["drain_seconds"])

    def _switch(self, state: State) -> None:
        """The proxy first, then the record: what is recorded is true."""
        before = self._conf.read_text(encoding="utf-8")
        self._write_proxy(state)
        try:
            self._command("check")
        except Failed:
            self._conf.write_text(before, encoding="utf-8")
            raise
        self._command("reload")
        self._save(state)

    @property
    def _conf(self) -> Path:
        return self.folder / "versions.conf"

    def _write_proxy(self, state: State) -> None:
        addresses = {name: one["proxied"] for name, one in self.settings["colours"].items()}
        _write(self._conf, proxy_config(state, addresses))

    def _command(self, name: str, **fields: str) -> None:
        """One of the commands of the settings, its words filled in, each as one word."""
        words = [word.format(**fields) for word in self.settings["commands"][name]]
        images = {f"IMAGE_{colour.upper()}": image for colour, image in self.state.versions.items()}
        if "version" in fields:
            images[f"IMAGE_{fields['colour'].upper()}"] = fields["version"]
        with TemporaryFile() as said:  # a pipe would stay open for as long as a proxy that goes to the background lives
            try:
                done = subprocess.run(  # noqa: S603
                    words, cwd=ROOT, env=os.environ | images, stdout=said, stderr=said, timeout=_COMMAND_S
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise Failed(f"{' '.join(words)}: {error}") from error
            if done.returncode:
                said.seek(0)
                tail = said.read().decode("utf-8", "replace").strip()[-500:]
                raise Failed(f"{' '.join(words)} ended with {done.returncode}: {tail}")

    # --- records ---

    def _read(self) -> State:
        path = self.folder / "state.json"
        return State(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else State()

    def _save(self, state: State) -> None:
        self.state = state
        _write(self.folder / "state.json", json.dumps(asdict(state), indent=2) + "\n")


def proxy_config(state: State, addresses: dict[str, str]) -> str:
    """Where the proxy sends what. Whoever is new or was promoted last has the other version behind it, for failures."""
    others = {state.coming: state.live, state.live: state.warm}
    lines = []
    for colour in (colour for colour in (state.live, state.coming) if colour):
        behind = others.get(colour, "")
        lines += [f"upstream {colour} {{", f"    server {addresses[colour]} max_fails=0;"]
        lines += [f"    server {addresses[behind]} max_fails=0 backup;"] if behind else []
        lines.append("}")
    share = [f"    {state.percent}% {state.coming};"] if state.coming and state.percent else []
    lines += ["split_clients $request_id $version {", *share, f"    * {state.live};", "}"]
    return "\n".join(lines) + "\n"


def _accept(reasons: Iterator[str]) -> None:
    if found := "; ".join(reasons):
        raise Broken(found)


def _until(holds: Callable[[], bool], most: float) -> bool:
    until = time.monotonic() + most
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two rollouts at once would each undo what the other does."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Refused("another rollout is running") from error
        yield


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description="Replace the running version without a client noticing.")
    parser.add_argument("--settings", type=Path, default=SETTINGS)
    commands = parser.add_subparsers(dest="command", required=True)
    deploy = commands.add_parser("deploy", help="bring up a version beside the old one")
    deploy.add_argument("version", help="an image")
    deploy.add_argument("--promote", action="store_true", help="let it serve all when it has passed")
    for name in ("promote", "rollback", "status"):
        commands.add_parser(name)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ended, it takes the new version back first
    try:
        if arguments.command == "status":
            Rollout(arguments.settings).status()
            return DONE
        with _alone(arguments.settings.parent / "state"):
            rollout = Rollout(arguments.settings)
            if arguments.command == "deploy":
                rollout.deploy(arguments.version, promote=arguments.promote)
            else:
                getattr(rollout, arguments.command)()
    except KeyboardInterrupt:
        _say("interrupted")
        return INTERRUPTED
    except Broken as error:
        _say(f"taken back: {error}")
        return TAKEN_BACK
    except Refused as error:
        _say(str(error))
        return NOT_NOW
    except (Failed, *OUTSIDE) as error:
        _say(str(error))
        return OUTSIDE_FAILS
    return DONE


if __name__ == "__main__":
    sys.exit(main())
