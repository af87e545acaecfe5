"""LangGraph's checkpoints: where the run is. Disposable: damaged ones are put aside and rebuilt from the receipts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from langgraph.checkpoint.sqlite import SqliteSaver

from framework.errors import MissingOutside, ProjectLocked
from framework.runtime.events import Event, Listener


@contextmanager
def open_cursor(path: Path, listener: Listener) -> Iterator[SqliteSaver]:
    """The checkpoints of a project, whole."""
    if path.exists() and not _is_whole(path):
        aside = _put_aside(path)
        listener(Event("notice", "", key="workflow.cursor_damaged", fields={"file": aside.name}))
    with closing(_connect(path)) as connection:
        saver = SqliteSaver(connection)
        try:
            saver.setup()
        except sqlite3.OperationalError as error:
            raise _refused(path, error) from error
        yield saver


def _connect(path: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(path, check_same_thread=False, timeout=2)
    except sqlite3.OperationalError as error:
        raise _refused(path, error) from error


def _is_whole(path: Path) -> bool:
    """`quick_check` finds damage that plain reads miss."""
    with closing(_connect(path)) as connection:
        try:
            return bool(connection.execute("PRAGMA quick_check").fetchone() == ("ok",))
        except sqlite3.OperationalError as error:
            raise _refused(path, error) from error
        except sqlite3.DatabaseError:
            return False


def _refused(path: Path, error: sqlite3.OperationalError) -> MissingOutside | ProjectLocked:
    if "locked" in str(error):
        return ProjectLocked(
            f"{path} is locked by another program: {error}.",
            hint="Close what has the file open, then run the command again; the file may also be deleted.",
        )
    return MissingOutside(f"{path}: {error}.", hint="Give write permission there, then run `foundry resume`.")


def _put_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"checkpoints.damaged-{number}.sqlite")).exists():
        number += 1
    path.replace(aside)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return aside


def newest_thread(saver: SqliteSaver, prefix: str) -> int:
    """The number of the newest thread of that topology; 0 if there is none."""
    rows = saver.conn.execute("SELECT DISTINCT thread_id FROM checkpoints").fetchall()
    numbers = [int(name.removeprefix(prefix)) for (name,) in rows if name.startswith(prefix)]
    return max(numbers, default=0)


def forget_threads(saver: SqliteSaver) -> None:
    """Drop every thread: a new one is about to begin, and what is done stands in the receipts."""
    for (name,) in saver.conn.execute("SELECT DISTINCT thread_id FROM checkpoints").fetchall():
        saver.delete_thread(name)
