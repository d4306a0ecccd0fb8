"""SQLite: one file, private to its owner, write-ahead logged and fully durable.

Every writing transaction is `BEGIN IMMEDIATE`: a deferred one that reads, then writes, fails with "database is
locked" at once, whatever the time-out (source: SQLite's documentation of transactions).
"""

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from bot.domain.audit import Link
from bot.store import places
from bot.store.shared_commits import SharedCommits
from bot.store.standing import Standing, as_said
from bot.store.store import CannotOpen, InUse, Store, saying_away

READERS = 2

PAGES_AT_ONCE = 1000
"""Of a copy, which tells of each such step."""


def open_sqlite(path: Path, lock: IO[str] | None = None) -> Store:
    """Opens an existing file with the present schema; with its lock, for as long as a process serves from it."""
    engine = writing_engine(path)
    with saying_away(), engine.connect():  # its log and the log's index are made with the first connection
        standing = Standing(path, lock)
    writer = SharedCommits(engine, standing)
    return Store(writer=writer, reader=reading_engine(path), readers=READERS, quick=True, stands=standing)


def open_to_read(path: Path) -> Store:
    """As `open_sqlite`, and nothing can be written."""
    return Store(writer=None, reader=reading_engine(path), readers=READERS, quick=True)


def create_file(path: Path) -> None:
    """Makes an empty database file that only its owner may read. Raises `CannotOpen` when that cannot be done."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as reason:
        raise CannotOpen(f"the database {path} cannot be made: {reason.strerror}") from reason


def hold(path: Path) -> IO[str]:
    """Takes the lock that one serving process holds on the file's name; kept until the handle is closed.

    Raises `InUse` when another process has it, `CannotOpen` when there can be no lock.
    """
    try:
        handle = os.fdopen(os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR, 0o600), "w")
    except OSError as reason:
        raise CannotOpen(f"the database {path} cannot be locked: {reason.strerror}") from reason
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as reason:
        handle.close()
        raise InUse(f"another process serves from {path}: stop it first") from reason
    handle.truncate()
    return handle


def is_held(path: Path) -> bool:
    """Whether a serving process holds that lock."""
    return _said_by_its_holder(path) is not None


def is_served_elsewhere(path: Path) -> bool:
    """Whether the process that holds the lock has another file open than the one that stands there now."""
    return (_said_by_its_holder(path) or "") not in ("", as_said(path))


def _said_by_its_holder(path: Path) -> str | None:
    """What the lock's holder wrote into it; `None` when nobody holds it."""
    with contextlib.suppress(FileNotFoundError), Path(f"{path}.lock").open(encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return lock.read()
    return None


@contextlib.contextmanager
def opened(engine: Engine) -> Iterator[Engine]:
    """Closed in the end."""
    try:
        yield engine
    finally:
        engine.dispose()


def copy_while_used(path: Path, copy: Path, *, at: Callable[[int, int], object]) -> Link:
    """Copies what is committed at this moment into an empty file, while others write on; the trail's end in it.

    `at` hears how many pages of how many are copied. The snapshot is held throughout: without it each write of another
    process would have the copying begin anew. The copy is one file, and says that it is a copy.
    """
    with contextlib.closing(sqlite3.connect(path)) as source, contextlib.closing(sqlite3.connect(copy)) as made:
        source.isolation_level = made.isolation_level = None
        source.execute("BEGIN")
        source.execute("SELECT id FROM control").fetchone()
        source.backup(made, pages=PAGES_AT_ONCE, progress=lambda _, left, of: at(of - left, of), sleep=0)
        made.execute("UPDATE control SET place = ?", (places.A_COPY,))
        made.execute("PRAGMA journal_mode = DELETE")
        return Link(*made.execute("SELECT seq, hash FROM audit_head").fetchone())


def writing_engine(path: Path) -> Engine:
    """Transactions begin `IMMEDIATE`; for one thread at a time."""
    return _engine(path, begin="BEGIN IMMEDIATE", pragmas=("journal_mode = WAL", "synchronous = FULL"))


def reading_engine(path: Path) -> Engine:
    """Transactions see one snapshot and cannot write."""
    return _engine(path, begin="BEGIN", pragmas=("query_only = ON",))


def _engine(path: Path, *, begin: str, pragmas: tuple[str, ...]) -> Engine:
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": 10}, pool_size=READERS)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        for pragma in (*pragmas, "foreign_keys = ON", "recursive_triggers = ON"):  # REPLACE fires delete triggers too
            connection.execute(f"PRAGMA {pragma}")

    def start(connection: PoolProxiedConnection) -> None:
        connection.cursor().execute(begin)

    # No listener to the event: where there is one, each statement asks after the listeners to everything.
    engine.dialect.do_begin = start  # type: ignore[method-assign, assignment]
    return engine
