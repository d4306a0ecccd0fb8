"""Which database a `DATABASE_URL` names, and opening it: to serve, or only to read."""

from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError

from bot.store import sqlite
from bot.store.migrate import HEAD, migrate, revision
from bot.store.store import CannotOpen, Store, StoreError


@dataclass(frozen=True, slots=True)
class Served:
    """A database that this process serves from, and the lock that says so."""

    store: Store
    lock: IO[str]

    def close(self) -> None:
        self.store.close()
        self.lock.close()


def open_to_serve(url: str) -> Served:
    """Makes the database if it is missing and brings it up to date. Raises `StoreError`."""
    path = _path(url)
    sqlite.create_file(path)
    lock = sqlite.hold(path)
    engine = sqlite.writing_engine(path)
    try:
        migrate(engine)
    except DatabaseError as reason:
        lock.close()
        raise CannotOpen(f"{path} is no database of this bot, or is damaged") from reason
    except StoreError:
        lock.close()
        raise
    finally:
        engine.dispose()
    return Served(sqlite.open_sqlite(path), lock)


def open_to_read(url: str) -> Store:
    """Opens a database that exists; never makes or changes one. Raises `StoreError`."""
    path = _path(url)
    if not path.is_file():
        raise CannotOpen(f"there is no database at {path}: `serve` makes one")
    engine = sqlite.reading_engine(path)
    try:
        present = revision(engine)
    except DatabaseError as reason:
        raise CannotOpen(f"{path} is no database of this bot, or is damaged") from reason
    finally:
        engine.dispose()
    if present != HEAD:
        raise CannotOpen(f"{path} has another version's schema: start `serve` of this version once")
    return sqlite.open_to_read(path)


def _path(url: str) -> Path:
    try:
        database = make_url(url).database
    except ArgumentError as reason:
        raise CannotOpen("DATABASE_URL cannot be read") from reason
    if not database or database == ":memory:":
        raise CannotOpen("DATABASE_URL names no file")
    return Path(database)
