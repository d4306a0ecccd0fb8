"""SQLite: one file, private to its owner, write-ahead logged and fully durable.

Every writing transaction is `BEGIN IMMEDIATE`: a deferred one that reads, then writes, fails with "database is
locked" at once, whatever the time-out (source: SQLite's documentation of transactions).
"""

import fcntl
import os
import sqlite3
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry

from bot.store.store import CannotOpen, InUse, SharedCommits, Store

READERS = 2


def open_sqlite(path: Path) -> Store:
    """Opens an existing file with the present schema."""
    return Store(writer=SharedCommits(writing_engine(path)), reader=reading_engine(path), readers=READERS)


def open_to_read(path: Path) -> Store:
    """As `open_sqlite`, and nothing can be written."""
    return Store(writer=None, reader=reading_engine(path), readers=READERS)


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
    return handle


def is_held(path: Path) -> bool:
    """Whether a serving process holds that lock."""
    try:
        handle = os.open(f"{path}.lock", os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


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

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
