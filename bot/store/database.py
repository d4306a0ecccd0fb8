"""Which database a `DATABASE_URL` names, and opening it: to serve, to change, or only to read.

SQLite is a file: serving makes it and brings its schema up to date. PostgreSQL is a server: its schema changes by
`migrate` alone, and any number of processes serve from it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError

from bot.invocation import typed
from bot.store import control, places, postgres, sqlite
from bot.store.migrate import HEAD, NewerSchema, migrate, revision
from bot.store.postgres import is_postgres
from bot.store.store import CannotOpen, Moved, NotServedYet, Store


@dataclass(frozen=True, slots=True)
class Served:
    """A database that this process serves from, where that is, and on SQLite the lock that says so."""

    store: Store
    place: str
    lock: IO[str] | None = None

    def close(self) -> None:
        self.store.close()
        if self.lock is not None:
            self.lock.close()


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A SQLite file, where it lies, and a connection to it for whoever has its lock."""

    path: Path
    place: str
    engine: Engine


@dataclass(frozen=True, slots=True)
class Migrated:
    """What was done to a database's schema; `before` is `None` when there was none."""

    before: str | None
    after: str


def open_to_serve(url: str) -> Served:
    """SQLite: makes the file if it is missing and brings it up to date. Raises `StoreError`."""
    if is_postgres(url):
        with server(url) as engine:
            _refuse_other_schema(engine)
            with engine.connect() as connection:
                _refuse_moved(connection)
                place = places.of_server(connection)
        return Served(postgres.open_postgres(url), place)
    path = _path(url)
    sqlite.create_file(path)
    lock = sqlite.hold(path)
    try:
        place = places.of_file(path)
        with upgraded_file(path) as engine, engine.connect() as connection:
            _refuse_moved(connection)
        store = sqlite.open_sqlite(path, lock)
    except BaseException:
        lock.close()
        raise
    return Served(store, place, lock)


def may_be_served(url: str) -> bool:
    """Whether a process may serve from it: a SQLite file's lock tells, a PostgreSQL server does not."""
    return is_postgres(url) or sqlite.is_held(_path(url))


def is_served_elsewhere(url: str) -> bool:
    """SQLite: whether a process serves on from a file that was moved, replaced or overwritten."""
    return not is_postgres(url) and sqlite.is_served_elsewhere(_path(url))


def open_to_change(url: str) -> Store:
    """Opens a database that exists, for one change beside a process that serves from it. Raises `StoreError`."""
    if is_postgres(url):
        with server(url) as engine:
            _refuse_other_schema(engine)
            with engine.connect() as connection:
                _refuse_moved(connection)
        return postgres.open_postgres(url)
    path = present_file(url)
    with sqlite.opened(sqlite.reading_engine(path)) as engine, engine.connect() as connection:
        _refuse_moved(connection)
    return sqlite.open_sqlite(path)


def open_to_read(url: str) -> Store:
    """Opens a database that exists; never makes or changes one. Raises `StoreError`."""
    if is_postgres(url):
        with server(url) as engine:
            _refuse_other_schema(engine)
        return postgres.open_to_read(url)
    return sqlite.open_to_read(present_file(url))


def is_whole(connection: Connection) -> bool:
    """Reads every page of a SQLite file, and may raise `DatabaseError` there; a server looks after its own."""
    return connection.dialect.name != "sqlite" or connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() == "ok"


def bring_up_to_date(url: str) -> Migrated:
    """Runs the migrations that are missing; makes a SQLite file that is missing. Raises `StoreError`."""
    if is_postgres(url):
        with server(url) as engine:
            return Migrated(migrate(engine), HEAD)
    path = _path(url)
    sqlite.create_file(path)
    present = _revision_of(path)
    if present != HEAD:
        with sqlite.hold(path), upgraded_file(path):
            pass
    return Migrated(present, HEAD)


def _refuse_moved(connection: Connection) -> None:
    moved_to, arrives_from = control.moves(connection)
    if moved_to is not None:
        raise Moved(f"this database was moved to {moved_to}: set DATABASE_URL to that")
    if arrives_from is not None:
        raise Moved(f"the move from {arrives_from} was not finished: run {typed('move-to')} there again")


def _refuse_other_schema(engine: Engine) -> None:
    present = revision(engine)
    if present == HEAD:
        return
    _refuse_newer(present)
    what = "is empty" if present is None else "has an older schema"
    raise CannotOpen(f"the database {what}: run {typed('migrate')} first")


@contextmanager
def server(url: str) -> Iterator[Engine]:
    """One connection to a PostgreSQL server. Raises `CannotOpen` for its trouble."""
    engine = postgres.plain_engine(url)
    try:
        yield engine
    except DBAPIError as reason:
        raise CannotOpen(f"the database cannot be used: {postgres.words(reason)}") from reason
    finally:
        engine.dispose()


@contextmanager
def upgraded_file(path: Path) -> Iterator[Engine]:
    """A file with the present schema, for whoever holds its lock."""
    with sqlite.opened(sqlite.writing_engine(path)) as engine:
        try:
            migrate(engine)
        except DatabaseError as reason:
            raise _no_database_of_ours(path) from reason
        yield engine


@contextmanager
def held_file(url: str) -> Iterator[HeldFile]:
    """A SQLite database that exists, brought up to date, and that nobody serves from meanwhile. Raises `StoreError`."""
    path = _existing(url)
    if _revision_of(path) is None:
        raise _no_database_of_ours(path)
    with sqlite.hold(path):
        place = places.of_file(path)
        with upgraded_file(path) as engine:
            yield HeldFile(path, place, engine)


def _existing(url: str) -> Path:
    path = _path(url)
    if not path.parent.is_dir():
        raise CannotOpen(f"there is no folder {path.parent}")
    if not path.is_file():
        raise NotServedYet(f"there is no database at {path}: {typed('serve')} makes one")
    return path


def present_file(url: str) -> Path:
    """SQLite's file, when it is there and has the present schema. Raises `StoreError`."""
    path = _existing(url)
    present = _revision_of(path)
    if present == HEAD:
        return path
    _refuse_newer(present)
    raise NotServedYet(f"{path} has another version's schema: start {typed('serve')} of this version once")


def _refuse_newer(present: str | None) -> None:
    if present is not None and present > HEAD:
        raise NewerSchema("the database was written by a newer version of the bot: update the bot")


def _revision_of(path: Path) -> str | None:
    with sqlite.opened(sqlite.reading_engine(path)) as engine:
        try:
            present = revision(engine)
            is_of_others = present is None and bool(inspect(engine).get_table_names())
        except DatabaseError as reason:
            raise _no_database_of_ours(path) from reason
    if is_of_others:
        raise _no_database_of_ours(path)
    return present


def _no_database_of_ours(path: Path) -> CannotOpen:
    return CannotOpen(f"{path} is no database of this bot, or is damaged")


def _path(url: str) -> Path:
    try:
        database = make_url(url).database
    except ArgumentError as reason:
        raise CannotOpen("DATABASE_URL cannot be read") from reason
    if not database or database == ":memory:":
        raise CannotOpen("DATABASE_URL names no file")
    return Path(database)
