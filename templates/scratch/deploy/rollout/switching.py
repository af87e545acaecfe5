"""Blue and green behind a proxy, and the way of a new version between them."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from asking import OUTSIDE, Version
from judging import Bar, Judge, reference_of
from proxying import COLOURS, State, proxy_config
from traffic import Log, Tally, joined

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
_COMMAND_S = 600
_LOOK_S = 0.5
_HUNG_S = 1  # for what else a version that hangs may have in work
_KILLED = "whoever judged it was killed"


class Refused(Exception):
    """This cannot be done now."""


class Broken(Exception):
    """The new version is not good enough."""


class Failed(Exception):
    """A program that is needed has failed."""


class Hangs(Broken):
    """It does not answer at all: waiting for what it has in work is no use."""


class Rollout:
    """The versions, the proxy before them, and what was decided so far."""

    def __init__(self, settings: Path) -> None:
        self.settings: dict[str, Any] = json.loads(settings.read_text(encoding="utf-8"))
        self.folder = settings.parent / "state"
        self.folder.mkdir(exist_ok=True)
        self.state = self._read()
        self._log = Log(self.folder / "log" / "access.log")
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
        versions = self.state.versions | {colour: version}
        begun = replace(self.state, coming=colour, percent=0, versions=versions, judging=True, token=_token())
        self._save(begun.told("started", version))
        try:
            self._log.empty()
            self._start(colour, version)
            self._try(colour)
        except (Broken, Failed, *OUTSIDE) as error:
            self._withdraw(str(error), at_once=isinstance(error, Hangs))
            raise Broken(str(error)) from error
        except KeyboardInterrupt:
            self._withdraw("interrupted")
            raise
        self._switch(replace(self.state, judging=False).told("tried", version))
        if promote:
            self.promote()

    def promote(self) -> None:
        """All requests to the new version; it is watched for a while, and the old one stays, for a way back."""
        if not self.state.coming:
            raise Refused("no version is on trial: deploy one first")
        old, new = self.state.live, self.state.coming
        before = Log(self.folder / "log" / "access.log").count().get(old, Tally())
        state = replace(self.state, live=new, coming="", warm=old, percent=0, judging=True)
        self._switch(state.told("promoted", state.versions[new]))
        say(f"{state.versions[new]} serves; {state.versions[old]} stays ready for a rollback")
        try:
            self._watch(new, old, before)
        except (Broken, *OUTSIDE) as error:
            self.state = replace(self.state, live=old, coming=new, warm="")
            self._withdraw(str(error), at_once=isinstance(error, Hangs))
            raise Broken(str(error)) from error
        except KeyboardInterrupt:
            self._unwatched("interrupted")
            raise
        self._switch(replace(self.state, judging=False).told("kept", self.state.versions[new]))

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
        say(f"{state.versions[old]} serves again")

    def status(self) -> None:
        """What is known, as JSON."""
        up = {colour: self._version(colour).ready() for colour in self.state.versions}
        print(json.dumps({**asdict(self.state), "ready": up}, indent=2))

    def cleared(self) -> bool:
        """Whether a version was taken back here whose judge is gone: nobody else would ever end its trial."""
        if not self.state.judging:
            return False
        if self.state.coming:
            self._withdraw(_KILLED)
            return True
        self._unwatched(_KILLED)
        return False

    # --- the way of a new version ---

    def _first(self, version: str) -> None:
        """Nothing serves yet: there is nobody to compare with, and nobody to harm."""
        colour = COLOURS[0]
        self._start(colour, version)
        state = State(live=colour, versions={colour: version}, events=self.state.events)
        self._log.empty()
        self._write_proxy(state)
        self._command("proxy")
        self._save(state.told("deployed", version))
        say(f"{version} serves")

    def _judge(self, old: Version) -> Judge:
        prompts = self.settings["prompts"]
        return Judge(
            Bar(**self.settings["bar"]), prompts, reference_of(ROOT / self.settings["reference"], old, prompts)
        )

    def _try(self, colour: str) -> None:
        self._switch(self.state)  # now the proxy knows it, and only we can choose it
        new, old = self._version(colour), self._version(self.state.live)
        judge = self._judge(old)
        _accept(judge.compare(new, old))
        say("its answers are as good as the old version's")
        for percent in self.settings["canary_percent"]:
            self._switch(replace(self.state, percent=percent))
            say(f"{percent} % of the requests for {self.settings['step_seconds']} s")
            self._step(judge, new, old, self.settings["step_seconds"], Tally())

    def _watch(self, new: str, old: str, before: Tally) -> None:
        """After the promotion; beside what the old version has answered before it."""
        seconds = self.settings["watch_seconds"]
        say(f"watched for {seconds} s")
        self._step(self._judge(self._version(old)), self._version(new), self._version(old), seconds, before)

    def _step(self, judge: Judge, new: Version, old: Version, seconds: float, before: Tally) -> None:
        """Watch the requests; go back at the first moment that is bad enough."""
        self._log.count()
        mine, theirs, routes = Tally(), before, cycle(judge.routes(old))
        end, more = time.monotonic() + seconds, judge.bar.least_requests  # asked by us, where users ask little
        while time.monotonic() < end or (mine.requests < judge.bar.least_requests and more):
            if time.monotonic() < end:
                time.sleep(min(_LOOK_S, seconds))
            else:
                more -= 1
            if why := judge.hangs(new, next(routes)):
                raise Hangs(why)
            seen = self._log.count()
            mine, theirs = joined(mine, seen.get(new.name, Tally())), joined(theirs, seen.get(old.name, Tally()))
            if why := judge.broken(mine, theirs):
                raise Broken(why)
        _accept(judge.compare(new, old))
        _accept(judge.reasons(mine, theirs))

    def _unwatched(self, why: str) -> None:
        version = self.state.versions[self.state.live]
        self._switch(replace(self.state, judging=False).told("not watched to the end", version, why))

    def _withdraw(self, why: str, *, at_once: bool = False) -> None:
        """The old version serves all again, then the new one is stopped, when its last request is answered."""
        colour = self.state.coming
        version = self.state.versions[colour]
        rest = {name: held for name, held in self.state.versions.items() if name != colour}
        warm = "" if self.state.warm == colour else self.state.warm
        state = replace(self.state, coming="", warm=warm, percent=0, versions=rest, judging=False)
        self._switch(state.told("taken back", version, why))
        self._drain(colour, _HUNG_S if at_once else self.settings["drain_seconds"])
        self._command("stop", colour=colour, version=version)
        say(f"{self.state.versions[self.state.live]} serves all requests")

    # --- versions and proxy ---

    def _version(self, colour: str) -> Version:
        url, proxy = self.settings["colours"][colour]["url"], self.settings["proxy"]
        return Version(colour, url, proxy, self.state.token, self._key)

    def _start(self, colour: str, version: str) -> None:
        say(f"starting {version} as {colour}")
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
        self._drain(colour, self.settings["drain_seconds"])
        self._command("stop", colour=colour, version=version)

    def _drain(self, colour: str, most: float) -> None:
        """Old workers of the proxy may still bring a request for a moment."""
        time.sleep(1)
        _until(self._version(colour).idle, most)

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
        variables = {"ROLLOUT_GROUP": str(os.getgid())}
        variables |= {f"IMAGE_{colour.upper()}": image for colour, image in self.state.versions.items()}
        if "version" in fields:
            variables[f"IMAGE_{fields['colour'].upper()}"] = fields["version"]
        with TemporaryFile() as said:  # a pipe would stay open for as long as a proxy that goes to the background lives
            try:
                done = subprocess.run(  # noqa: S603
                    words, cwd=ROOT, env=os.environ | variables, stdout=said, stderr=said, timeout=_COMMAND_S
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


def say(text: str) -> None:
    with suppress(OSError):  # the terminal may be gone; the work goes on
        print(text, file=sys.stderr, flush=True)


def _token() -> str:
    return secrets.token_hex(8)
