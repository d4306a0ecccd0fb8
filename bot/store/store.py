"""One unit of work is one plain function over a connection: `await store.write(fn)`, `await store.read(fn)`.

The store runs and commits it; nothing else opens a connection or commits. On SQLite small units run on the event loop,
and those that wait together share one commit (`shared_commits.py`). On PostgreSQL each runs in a thread, in a
transaction of its own, and may be run again when two of them collide: it must do nothing outside its connection.

    StoreError
    ├── CannotOpen       the database is missing, unreadable, or of an unknown kind
    │   ├── NotServedYet on SQLite, only because this version has not served from it yet
    │   ├── Moved        the truth is in another database, or not wholly in this one yet
    │   └── WrongEncoding the PostgreSQL database cannot hold every letter
    ├── InUse            another process serves from this SQLite file
    ├── CannotWrite      the database was opened only to read
    ├── DatabaseAway     the database cannot be used just now; the same work may succeed later
    └── StoreClosed      work was handed in after `close`
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from bot.problems import Problem
from bot.store.away import is_away, takes_no_writes
from bot.store.lanes import Given
from bot.store.turns import Turns

T = TypeVar("T")


class StoreError(Problem):
    """The database cannot be used; the message is one plain line for an operator."""


class CannotOpen(StoreError):
    """The database is missing, unreadable, or of an unknown kind."""


class NotServedYet(CannotOpen):
    """The SQLite file is missing or has an older schema: the next `serve` sees to both."""


class Moved(CannotOpen):
    """The truth is in another database, or a move into this one is not finished."""


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


Listener = Callable[[Sequence[Given]], object]
"""Hears what work was given."""


class Writer(Protocol):
    """Runs writing units of work, each atomic, and answers after the commit."""

    hears: Listener
    """Called on the event loop once a unit gave work: a writer whose units share commits does it before the commit."""

    def submit(self, fn: Callable[[Connection], T], *, urgent: bool) -> asyncio.Future[T]: ...

    async def finish(self) -> None:
        """Takes nothing more, and returns when all that was handed in is done."""

    def close(self) -> None: ...


class Stands(Protocol):
    """Raises `DatabaseAway` when what is open is not what stands at the database's address any more."""

    def __call__(self) -> None: ...

    def close(self) -> None: ...


class Store:
    """Reads and, with a `writer`, writes for everybody in this process.

    Short reads run on the event loop where that is `quick`, and in one of so many threads where they wait for a server.
    """

    def __init__(
        self, *, writer: Writer | None, reader: Engine, readers: int, quick: bool = False, stands: Stands | None = None
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._stands = stands
        self._quick: Connection | None = None
        if quick:
            with saying_away():
                self._quick = reader.connect()
        self._threads = ThreadPoolExecutor(readers, thread_name_prefix="store-read")
        self._listeners: list[Callable[[], object]] = []
        self._takers: list[Listener] = []
        if writer is not None:
            writer.hears = self._hear
        self.turns = Turns()

    def on_given(self, listener: Listener) -> None:
        """Calls `listener` on the event loop with the work that this process gives: in time to claim it, where it can
        be, in the very commit that gives it.
        """
        self._takers.append(listener)

    def _hear(self, given: Sequence[Given]) -> None:
        for taker in self._takers:
            taker(given)

    def on_commit(self, listener: Callable[[], object]) -> None:
        """Calls `listener` on the event loop after each commit of this process."""
        self._listeners.append(listener)

    async def write(self, fn: Callable[[Connection], T], *, urgent: bool = False) -> T:
        """Runs `fn` in a transaction and returns its result once that is on disk.

        An exception of `fn` undoes what it did and is raised here; `DatabaseAway` is raised for the database's own
        trouble. When the caller is cancelled the transaction goes on: what was handed in is either wholly done or not
        at all. What is `urgent`, because somebody waits for an answer, overtakes what is not.
        """
        if self._writer is None:
            raise CannotWrite("the database was opened only to read")
        if not urgent:
            await self.turns.take()
        writing = self._writer.submit(fn, urgent=urgent)
        writing.add_done_callback(self._after_write)
        return await asyncio.shield(writing)

    def _after_write(self, writing: asyncio.Future[T]) -> None:
        """Tells of the commit, also when its caller has gone."""
        if writing.exception() is None:
            for listener in self._listeners:
                listener()

    async def read(self, fn: Callable[[Connection], T], *, urgent: bool = False) -> T:
        """Runs `fn`, a few small queries, over one consistent snapshot; it cannot write. Raises `DatabaseAway`."""
        if not urgent:
            await self.turns.take()
        if self._quick is None:
            return await self.read_at_length(fn)
        if self._quick.closed:
            raise StoreClosed("the store is closed")
        self._compare()
        with saying_away(), self._quick.begin():
            return fn(self._quick)

    async def read_at_length(self, fn: Callable[[Connection], T]) -> T:
        """As `read`, for what may take long: nobody else waits for it."""
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
        self._compare()
        with self._reader.begin() as connection:
            return fn(connection)

    def _compare(self) -> None:
        if self._stands is not None:
            self._stands()

    async def finish(self) -> None:
        """Takes no more writes, and returns when all that were handed in are done."""
        if self._writer is not None:
            await self._writer.finish()

    def close(self) -> None:
        """What may still be written is waited for with `finish` before it.

        Readers end first: a connection given back to a pool that is disposed of already stays open.
        """
        self._threads.shutdown()
        if self._quick is not None:
            self._quick.close()
        if self._writer is not None:
            self._writer.close()
        self._reader.dispose()
        if self._stands is not None:
            self._stands.close()


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
