"""What is asked of scripts/rollout.py, one at a time; a second process sees to what a killed one leaves on trial."""

from __future__ import annotations

import argparse
import fcntl
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from asking import OUTSIDE
from switching import HERE, ROOT, Broken, Failed, Refused, Rollout, say

SETTINGS = HERE / "rollout.json"
DONE, TAKEN_BACK, NOT_NOW, OUTSIDE_FAILS, INTERRUPTED = 0, 1, 2, 3, 130
_PART = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
_HOST = r"[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\d+)?"
_IMAGE = re.compile(rf"(?:{_HOST}/)?{_PART}(?:/{_PART})*(?::\w[\w.-]{{0,127}})?(?:@sha256:[0-9a-f]{{64}})?", re.ASCII)


def _image(text: str) -> str:
    if not _IMAGE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name of an image: NAME:TAG is wanted, tales:cpu-v2 say")
    return text


@contextmanager
def _alone(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Two rollouts at once would each undo what the other does."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError as error:
            raise Refused("another rollout is running") from error
        yield


@contextmanager
def _minded(settings: Path) -> Iterator[None]:
    """Another process sees this one end, however it ends: its standard input is over then."""
    command = [sys.executable, str(ROOT / "scripts" / "rollout.py"), "--settings", str(settings.resolve()), "mind"]
    nowhere = subprocess.DEVNULL
    mind = subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=nowhere, stderr=nowhere, start_new_session=True
    )
    try:
        yield
    finally:
        assert mind.stdin  # noqa: S101  # it is a pipe
        mind.stdin.close()


def _mind(settings: Path) -> int:
    """Wait for the end of who has started this; take back what it has left on trial."""
    sys.stdin.read()
    if Rollout(settings).state.judging:
        with _alone(settings.parent / "state", wait=True):
            Rollout(settings).cleared()
    return DONE


def _status(settings: Path) -> int:
    """What is known; what a killed rollout has left is taken back first."""
    with suppress(Refused), _alone(settings.parent / "state"):
        Rollout(settings).cleared()
    Rollout(settings).status()
    return DONE


def _change(arguments: argparse.Namespace) -> int:
    with _alone(arguments.settings.parent / "state"), _minded(arguments.settings):
        rollout = Rollout(arguments.settings)
        cleared = rollout.cleared()
        if arguments.command == "deploy":
            rollout.deploy(arguments.version, promote=arguments.promote)
        elif arguments.command == "promote":
            rollout.promote()
        elif not cleared:  # else that was the rollback
            rollout.rollback()
    return DONE


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Replace the running version without a client noticing.")
    parser.add_argument("--settings", type=Path, default=SETTINGS)
    commands = parser.add_subparsers(dest="command", required=True, metavar="{deploy,promote,rollback,status}")
    deploy = commands.add_parser("deploy", help="bring up a version beside the old one")
    deploy.add_argument("version", type=_image, help="an image")
    deploy.add_argument("--promote", action="store_true", help="let it serve all when it has passed")
    for name in ("promote", "rollback", "status", "mind"):
        commands.add_parser(name)
    return parser.parse_args()


def main() -> int:
    """The exit code."""
    arguments = _arguments()
    for ended in (signal.SIGTERM, signal.SIGHUP):  # it takes the new version back first
        if signal.getsignal(ended) is not signal.SIG_IGN:  # nohup
            signal.signal(ended, signal.default_int_handler)
    commands = {"status": _status, "mind": _mind}
    try:
        if arguments.command in commands:
            return commands[arguments.command](arguments.settings)
        return _change(arguments)
    except KeyboardInterrupt:
        say("interrupted")
        return INTERRUPTED
    except Broken as error:
        say(f"taken back: {error}")
        return TAKEN_BACK
    except Refused as error:
        say(str(error))
        return NOT_NOW
    except (Failed, *OUTSIDE) as error:
        say(str(error))
        return OUTSIDE_FAILS


if __name__ == "__main__":
    sys.exit(main())
