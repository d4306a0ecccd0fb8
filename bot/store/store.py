"""One unit of work is one plain function over a connection: `await store.write(fn)`, `await store.read(fn)`.

The store runs it off the event loop and commits it; nothing else opens a connection or commits. On SQLite one writer
thread takes whatever is waiting, runs each function in its own savepoint inside one `BEGIN IMMEDIATE`, commits once
and answers all: many clicks share one fsync, and one that fails undoes itself alone. On PostgreSQL each function has
its own transaction and may be run again when two of them collide: it must do nothing outside its connection.

    StoreError
    ├── CannotOpen       the database is missing, unreadable, or of an unknown kind
    │   ├── NotServedYet on SQLite, only because this version has not served from it yet
    │   └── WrongEncoding the PostgreSQL database cannot hold every letter
    ├── InUse            another process serves from this SQLite file
    ├── CannotWrite      the database was opened only to read
    ├── DatabaseAway     the database cannot be used just now; the same work may succeed later
    └── StoreClosed      work was handed in after `close`
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from bot.problems import Problem
from bot.store.away import is_away, takes_no_writes

T = TypeVar("T")

MOST_IN_ONE_COMMIT = 64


class StoreError(Problem):
    """The database cannot be used; the message is one plain line for an operator."""


class CannotOpen(StoreError):
    """The database is missing, unreadable, or of an unknown kind."""


class NotServedYet(CannotOpen):
    """The SQLite file is missing or has an older schema: the next `serve` sees to both."""


class WrongEncoding(CannotOpen):
    """The PostgreSQL database, or what DATABASE_URL asks of it, cannot hold every letter."""


class InUse(StoreError):
    """Another process serves from this database."""


class CannotWrite(StoreError):
    """The database was opened only to read."""


class DatabaseAway(StoreError):
    """The database cannot be used just now: nothing is wrong with the work, and it may be tried later.

    Nothing of it was done, unless the connection was lost during the very commit: then nobody knows.
    """


class StoreClosed(StoreError):
    """Work was handed in after `close`."""


class Writer(Protocol):
    """Runs writing units of work, each atomic, and answers after the commit."""

    def submit(self, fn: Callable[[Connection], T]) -> Future[T]: ...

    def close(self) -> None: ...


Stands = Callable[[], None]
"""Raises `DatabaseAway` when what is open is not what stands at the database's address any more."""


class Store:
    """Reads and, with a `writer`, writes for everybody in this process; `close` waits for what was handed in."""

    def __init__(self, *, writer: Writer | None, reader: Engine, readers: int, stands: Stands = lambda: None) -> None:
        self._writer = writer
        self._reader = reader
        self._stands = stands
        self._threads = ThreadPoolExecutor(readers, thread_name_prefix="store-read")
        self._listeners: list[Callable[[], None]] = []

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Calls `listener` on the event loop after each commit of this process."""
        self._listeners.append(listener)

    async def write(self, fn: Callable[[Connection], T]) -> T:
        """Runs `fn` in a transaction and returns its result once that is on disk.

        An exception of `fn` undoes what it did and is raised here; `DatabaseAway` is raised for the database's own
        trouble. When the caller is cancelled the transaction goes on: what was handed in is either wholly done or not
        at all.
        """
        if self._writer is None:
            raise CannotWrite("the database was opened only to read")
        written = asyncio.wrap_future(self._writer.submit(fn))
        written.add_done_callback(self._after_write)
        return await asyncio.shield(written)

    def _after_write(self, written: asyncio.Future[T]) -> None:
        """Tells of the commit, also when its caller has gone."""
        if written.exception() is None:
            for listener in self._listeners:
                listener()

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """Runs `fn` over one consistent snapshot; it cannot write. Raises `DatabaseAway`."""
        try:
            reading = self._threads.submit(self._read, fn)
        except RuntimeError as shut_down:
            raise StoreClosed("the store is closed") from shut_down
        return await asyncio.wrap_future(reading)

    def _read(self, fn: Callable[[Connection], T]) -> T:
        """A connection that died while nobody used it is no reader's trouble: the second one is new."""
        with saying_away():
            try:
                return self._read_once(fn)
            except DBAPIError as reason:
                if not reason.connection_invalidated:
                    raise
            return self._read_once(fn)

    def _read_once(self, fn: Callable[[Connection], T]) -> T:
        self._stands()
        with self._reader.begin() as connection:
            return fn(connection)

    def close(self) -> None:
        """Readers end first: a connection given back to a pool that is disposed of already stays open."""
        self._threads.shutdown()
        if self._writer is not None:
            self._writer.close()
        self._reader.dispose()


@contextmanager
def saying_away(*, writing: bool = False) -> Iterator[None]:
    """Turns a driver's error into `DatabaseAway` when it is passing trouble, and leaves others as they are.

    That nothing may be written is trouble for whoever writes, and a bug of whoever reads.
    """
    try:
        yield
    except DBAPIError as reason:
        if not (is_away(reason) or (writing and takes_no_writes(reason))):
            raise
        raise DatabaseAway(f"the database cannot be used just now ({type(reason.orig).__name__})") from reason


Job = tuple[Callable[[Connection], Any], Future[Any]]
"""One unit of work, and who waits for its result."""


class SharedCommits:
    """The writer of a database that takes one writer at a time (SQLite)."""

    def __init__(self, engine: Engine, stands: Stands) -> None:
        self._engine = engine
        self._stands = stands
        self._waiting: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._closed = False
        self._handing_in = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="store-write", daemon=True)
        self._thread.start()

    def submit(self, fn: Callable[[Connection], T]) -> Future[T]:
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()  # from here on nobody can take it back
        with self._handing_in:
            if self._closed:
                raise StoreClosed("the store is closed")
            self._waiting.put((fn, future))
        return future

    def close(self) -> None:
        with self._handing_in:
            self._closed = True
            self._waiting.put(None)
        self._thread.join()
        self._engine.dispose()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch = [first]
            last = False
            while len(batch) < MOST_IN_ONE_COMMIT and not last:
                try:
                    job = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if job is None:
                    last = True
                else:
                    batch.append(job)
            self._commit(batch)
            if last:
                return

    def _commit(self, batch: Sequence[Job]) -> None:
        """Nobody is answered before the commit; when that fails, all of them hear its reason."""
        answers: list[Callable[[], None]] = []
        try:
            with saying_away(writing=True), self._engine.begin() as connection:
                for fn, future in batch:
                    try:
                        with saying_away(writing=True), connection.begin_nested():
                            result = fn(connection)
                    except BaseException as reason:
                        answers.append(partial(future.set_exception, reason))
                        if not _goes_on(connection):
                            raise DatabaseAway("the database undid the transaction") from reason
                    else:
                        answers.append(partial(future.set_result, result))
                self._stands()
        except Exception as reason:  # noqa: BLE001 - the commit itself failed: nobody's work is on disk
            answers = [partial(future.set_exception, reason) for _, future in batch]
        for answer in answers:
            answer()


def _goes_on(connection: Connection) -> bool:
    """Is the transaction still there? A full disk makes SQLite undo all of it, the savepoints of others included."""
    driver = connection.connection.driver_connection
    return isinstance(driver, sqlite3.Connection) and driver.in_transaction
