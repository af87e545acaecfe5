"""What a restricted process cannot reach: its environment, sockets, the machine's shared memory, foundry's patience."""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from framework.errors import MissingOutside
from framework.runtime.restricted import Limits, Ran, isolation, run_restricted
from framework.runtime.venvs import Venv

HERE = Venv(Path(sys.prefix), "tests")
USUAL = Limits(wall_s=60, memory_bytes=1 << 30)


def ran(folder: Path, program: str, limits: Limits) -> Ran:
    (folder / "program.py").write_text(dedent(program), encoding="utf-8")
    return run_restricted(HERE, folder, ["python", "program.py"], limits)


TAMPERS = """
    import socket, sys
    from pathlib import Path
    venv, listening = Path("debug-cpu"), sys.argv[1]
    deeds = {
        "package": lambda: (venv / "lib" / "package.py").open("r+b").write(b"x"),
        "hook": lambda: (venv / "lib" / "hook.pth").write_text("import x"),
        "renamed": lambda: venv.rename("debug-old"),
        "socket": lambda: socket.socket(socket.AF_UNIX).connect(listening),
    }
    for name, deed in deeds.items():
        try:
            deed()
            print(name)
        except OSError:
            pass
"""


def test_its_environment_and_the_sockets_of_others_are_out_of_reach(tmp_path: Path) -> None:
    project = tmp_path / "project"
    library = project / "debug-cpu" / "lib"
    library.mkdir(parents=True)
    (project / "debug-cpu" / "pyvenv.cfg").touch()
    (library / "package.py").write_text("as it was", encoding="utf-8")
    (project / "program.py").write_text(dedent(TAMPERS), encoding="utf-8")
    with socket.socket(socket.AF_UNIX) as server:
        place = Path("/run") / f"foundry-test-{os.getpid()}"
        server.bind(str(place))
        server.listen()
        try:
            done = run_restricted(HERE, project, ["python", "program.py", str(place)], USUAL)
        finally:
            place.unlink()
    if isolation().level == "full":
        assert done.stdout.split() == []
        assert (library / "package.py").read_text(encoding="utf-8") == "as it was"
        assert sorted(path.name for path in library.iterdir()) == ["package.py"]


def test_shared_memory_is_its_own_and_bounded(tmp_path: Path) -> None:
    name = f"foundry-test-{os.getpid()}"
    fills = f"""
        with open("/dev/shm/{name}", "wb") as file:
            print("begun", flush=True)
            for _ in range(400):
                file.write(bytes(1 << 20))
    """
    done = ran(tmp_path, fills, Limits(60, 200 << 20))
    assert not (Path("/dev/shm") / name).exists() or isolation().level != "full"
    if isolation().level == "full":
        assert done.stdout == "begun"
        assert "No space left" in done.stderr


def test_one_that_has_killed_its_guard_is_not_waited_for(tmp_path: Path) -> None:
    lingers = """
        import os, signal, time
        guard = os.getppid()
        if os.fork() == 0:
            os.setsid()
            open("pid", "w").write(str(os.getpid()))
            os.kill(guard, signal.SIGKILL)
            time.sleep(60)
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("framework.runtime.restricted._LAST_WORDS", 1)
        with pytest.raises(MissingOutside, match="was killed"):
            ran(tmp_path, lingers, Limits(2, 1 << 30))
    os.kill(int((tmp_path / "pid").read_text(encoding="utf-8")), signal.SIGKILL)  # it was still there
