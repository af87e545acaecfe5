"""Restricted processes: what is run in bounds meets them, leaves nothing behind, and is told of honestly."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from framework.errors import MissingOutside
from framework.runtime.processes import run
from framework.runtime.restricted import Limits, Ran, isolation, run_restricted
from framework.runtime.venvs import Venv

HERE = Venv(Path(sys.prefix), "tests")
USUAL = Limits(wall_s=60, memory_bytes=1 << 30)


def ran(folder: Path, program: str, limits: Limits = USUAL, told: list[str] | None = None) -> Ran:
    (folder / "program.py").write_text(dedent(program), encoding="utf-8")
    return run_restricted(HERE, folder, ["python", "program.py"], limits, None if told is None else told.append)


def test_what_it_says_and_how_it_ended(tmp_path: Path) -> None:
    told: list[str] = []
    done = ran(tmp_path, "import sys; print('é one\\ntwo'); print('three', file=sys.stderr); sys.exit(3)", told=told)
    assert (done.rc, done.ended) == (3, "exit")
    assert (done.stdout, done.stderr) == ("é one\ntwo", "three")
    assert sorted(told) == ["three", "two", "é one"]
    assert done.command == ("python", "program.py")
    assert done.cpu_seconds > 0
    assert done.peak_bytes > 1 << 20


def test_what_is_said_is_kept_to_its_last_part(tmp_path: Path) -> None:
    done = ran(tmp_path, "print('x' * 3_000_000); [print(i) for i in range(50_000)]; print('end', end='')")
    assert len(done.stdout) <= 1 << 16
    assert done.stdout.endswith("49999\nend")


def test_its_environment_is_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_SECRET", "x")
    monkeypatch.setenv("SOME_SETTING", "x")
    done = ran(tmp_path, "import os; print(sorted(os.environ)); print(os.environ['HOME']); print(os.environ['TMPDIR'])")
    names, home, temporary = done.stdout.splitlines()
    assert "MY_SECRET" not in names
    assert "SOME_SETTING" not in names
    assert home != os.environ["HOME"]
    assert not Path(home).exists()
    assert not Path(temporary).exists()


def test_more_data_than_allowed_is_refused_with_a_traceback(tmp_path: Path) -> None:
    done = ran(tmp_path, "kept = []\nwhile True:\n    kept.append(bytearray(10_000_000))", Limits(60, 200 << 20))
    assert (done.rc, done.ended) == (1, "exit")
    assert "MemoryError" in done.stderr
    assert done.peak_bytes < 250 << 20


def test_many_small_processes_are_too_big_together(tmp_path: Path) -> None:
    hog = """
        import subprocess, sys
        one = "kept = bytearray(60_000_000); input()"
        all = [subprocess.Popen([sys.executable, "-S", "-c", one], stdin=subprocess.PIPE) for _ in range(6)]
        [one.wait() for one in all]
    """
    done = ran(tmp_path, hog, Limits(60, 200 << 20))
    assert done.ended == "memory"
    assert done.rc == -9


def test_one_that_does_not_end_is_ended_and_tells_where_it_was(tmp_path: Path) -> None:
    done = ran(tmp_path, "def turn():\n    while True:\n        pass\nturn()", Limits(0.5, 1 << 30))
    assert done.ended == "timeout"
    assert re.search(r'program\.py", line [23] in turn', done.stderr)
    assert done.seconds < 10


def test_one_that_will_not_be_aborted_is_killed(tmp_path: Path) -> None:
    stubborn = (
        "import faulthandler, signal, time\nfaulthandler.disable()\nsignal.signal(6, signal.SIG_IGN)\ntime.sleep(99)"
    )
    assert ran(tmp_path, stubborn, Limits(0.5, 1 << 30)).ended == "timeout"


def test_what_it_started_does_not_outlive_it(tmp_path: Path) -> None:
    """A grandchild in a session of its own, which has lost its parent."""
    daemon = """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                open("pid", "w").write(str(os.getpid()))
                time.sleep(600)
            os._exit(0)
        os.wait()
        while not os.path.exists("pid") or not open("pid").read():
            time.sleep(0.01)
    """
    done = ran(tmp_path, daemon)
    assert (done.rc, done.ended) == (0, "exit")
    assert not Path("/proc", (tmp_path / "pid").read_text()).exists()


def test_a_crash_of_the_interpreter_is_told_from_an_exit(tmp_path: Path) -> None:
    done = ran(tmp_path, "import ctypes; ctypes.string_at(0)")
    assert (done.rc, done.ended) == (-11, "signal")
    assert "Fatal Python error: Segmentation fault" in done.stderr


NETWORK = """
    import socket
    server = socket.create_server(("127.0.0.1", 0))
    socket.create_connection(server.getsockname()).close()
    print("loopback")
    try:
        socket.create_connection(("192.0.2.1", 9), timeout=5)
    except OSError as error:
        print(error.strerror)
"""


def test_the_network_is_as_the_level_says(tmp_path: Path) -> None:
    loopback, outside = ran(tmp_path, NETWORK).stdout.splitlines()
    bounds = isolation()
    assert loopback == "loopback"
    assert bounds.network is (outside == "Network is unreachable")
    assert bounds.network or bounds.level == "partial"
    assert bool(bounds.why) is (bounds.level == "partial")


WRITES = """
    import os, sys, tempfile
    from pathlib import Path
    outside, guard = Path(sys.argv[1]), os.getppid()
    places = {
        "outside": outside / "new", "history": Path(".git/config"), "records": Path(".foundry/new"),
        "guard": Path(f"/proc/{guard}/cwd/new"), "own": Path("new"), "below": Path("src/new"),
        "home": Path.home() / "new", "temporary": Path(tempfile.gettempdir()) / "new",
    }
    for name, place in places.items():
        try:
            place.write_text("x")
            print(name)
        except OSError:
            pass
"""
UNDOES = """
    import ctypes, os
    libc = ctypes.CDLL(None, use_errno=True)
    for place in (b".git", b"/"):
        print(libc.mount(None, place, None, 0x1000 | 0x20, None), libc.umount2(place, 2))
    for again in (0x20000, 0x10000000 | 0x20000):
        libc.unshare(again)
        print(libc.mount(None, b".git", None, 0x1000 | 0x20, None), libc.umount2(b".git", 2))
    try:
        open(".git/config", "w")
        print("written")
    except OSError:
        pass
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in (".git", ".foundry", "src"):
        (tmp_path / "project" / name).mkdir(parents=True)
    (tmp_path / "project" / ".git" / "config").write_text("as it was", encoding="utf-8")
    return tmp_path / "project"


def written(project: Path) -> list[str]:
    (project / "program.py").write_text(dedent(WRITES), encoding="utf-8")
    return run_restricted(HERE, project, ["python", "program.py", str(project.parent)], USUAL).stdout.split()


def test_it_writes_its_own_files_and_no_others(project: Path) -> None:
    own = ["own", "below", "home", "temporary"]
    done = written(project)
    assert done[-len(own) :] == own
    if isolation().level == "full":
        assert done == own
        assert (project / ".git" / "config").read_text(encoding="utf-8") == "as it was"
        assert not (project.parent / "new").exists()


def test_what_is_closed_cannot_be_opened_again(project: Path) -> None:
    done = ran(project, UNDOES)
    if isolation().level == "full":
        assert set(done.stdout.split()) == {"-1"}
        assert (project / ".git" / "config").read_text(encoding="utf-8") == "as it was"


def test_the_guard_knows_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_SETTING", "hidden away")
    done = ran(
        tmp_path,
        """
        import os
        try:
            print(open(f"/proc/{os.getppid()}/environ").read())
        except OSError:
            pass
        print("looked")
        """,
    )
    assert "looked" in done.stdout
    assert "hidden away" not in done.stdout


def test_it_ends_with_its_guard(tmp_path: Path) -> None:
    suicide = """
        import os, signal, time
        open("pid.new", "w").write(str(os.getpid()))
        os.rename("pid.new", "pid")
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)
    """
    with pytest.raises(MissingOutside, match="was killed"):
        ran(tmp_path, suicide)
    place = Path("/proc", (tmp_path / "pid").read_text(encoding="utf-8"))
    wait_until(lambda: not place.exists())


def test_what_a_usual_program_leaves_behind_is_ended_as_well() -> None:
    leaving = """
        import subprocess, sys
        quiet = subprocess.DEVNULL
        command = [sys.executable, "-S", "-c", "import time; time.sleep(600)"]
        print(subprocess.Popen(command, stdout=quiet, stderr=quiet).pid)
    """
    done = run([sys.executable, "-c", dedent(leaving)], 60)
    assert done
    place = Path("/proc", done.stdout.strip(), "exe")
    wait_until(lambda: not place.exists())  # a process that has ended and whom nobody has waited for has no program


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingOutside, match="nowhere is not there"):
        run_restricted(HERE, tmp_path, ["nowhere"], USUAL)


FOUNDRY = """
    import sys
    from pathlib import Path
    from framework.runtime.restricted import Limits, run_restricted
    from framework.runtime.venvs import Venv
    run_restricted(Venv(Path(sys.prefix), "tests"), Path.cwd(), ["python", "program.py"], Limits(600, 1 << 30))
"""
SLEEPER = """
    import os, time
    open("pid.new", "w").write(str(os.getpid()))
    os.rename("pid.new", "pid")
    time.sleep(600)
"""


def test_it_ends_when_foundry_is_killed(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(dedent(SLEEPER), encoding="utf-8")
    with subprocess.Popen([sys.executable, "-c", dedent(FOUNDRY)], cwd=tmp_path) as foundry:
        wait_until((tmp_path / "pid").exists)
        foundry.kill()
    place = Path("/proc", (tmp_path / "pid").read_text(encoding="utf-8"))
    wait_until(lambda: not place.exists())


def wait_until(happens: Callable[[], bool]) -> None:
    """Look again and again; the runner's own limit ends what never happens."""
    until = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < until
        time.sleep(0.01)
