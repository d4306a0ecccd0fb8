"""PostgreSQL: a small pool of connections, and every unit of work in a transaction of its own.

READ COMMITTED with row locks in one order (`bot/DESIGN.md`, "Locks"). What the locks do not keep apart, the server does
by undoing one of the two; that one is run again. The driver is imported here on use: it is slow to load.
"""

import asyncio
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from bot.store.away import is_collision, takes_no_writes
from bot.store.lanes import Given, take_given
from bot.store.store import CannotOpen, DatabaseAway, Listener, Store, StoreClosed, WrongEncoding, saying_away

if TYPE_CHECKING:
    from psycopg import Connection as DriverConnection

T = TypeVar("T")

WRITERS = 4
READERS = 2
URGENT = 2
"""Connections for each; what is urgent waits for no other write."""

TRIES = 6
"""Of one unit of work that collides with others."""

PAUSE = 0.01
"""Seconds before the second try; doubled with each one, and spread."""

FOR_THE_DRIVER: dict[str, str | None] = {
    "fallback_application_name": "buynumber",
    "client_encoding": "UTF8",
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "2",
    "tcp_user_timeout": "10000",
}
"""What a URL does not say: a server that has silently gone is noticed after seconds, not hours.
`prepare_threshold` is the driver's own."""

USES = 2
"""Of a statement on a connection, before the server keeps its plan: planning is a third of its work.

Not behind a pooler, some of which lose what is kept: the process that a pooler tells the driver of is not the one that
answers.
"""

WHO_ANSWERS = "SELECT pg_backend_pid()"

PATIENCE = "SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '10s'"
"""Transactions take milliseconds: one whose process stalled in the middle is ended, so that it holds up nobody."""


def is_postgres(url: str) -> bool:
    return url.startswith(("postgresql://", "postgres://"))


def open_postgres(url: str) -> Store:
    """Opens an existing database with the present schema; connects when there is something to do."""
    writer = OwnCommits(_patient_engine(url, WRITERS + URGENT))
    return Store(writer=writer, reader=_reading_engine(url), readers=READERS)


def open_to_read(url: str) -> Store:
    """As `open_postgres`, and nothing can be written."""
    return Store(writer=None, reader=_reading_engine(url), readers=READERS)


def plain_engine(url: str) -> Engine:
    """One connection that waits for locks as long as it takes. Raises `CannotOpen` for a URL the driver refuses."""
    return _engine(url, 1)


def _reading_engine(url: str) -> Engine:
    """Transactions see one snapshot and cannot write."""
    engine = _patient_engine(url, READERS, isolation="REPEATABLE READ")

    @event.listens_for(engine, "connect")
    def writes_nothing(connection: "DriverConnection", _: ConnectionPoolEntry) -> None:
        connection.read_only = True

    return engine


def _patient_engine(url: str, connections: int, *, isolation: IsolationLevel = "READ COMMITTED") -> Engine:
    engine = _engine(url, connections, isolation=isolation)

    @event.listens_for(engine, "connect")
    def prepare(connection: "DriverConnection", _: ConnectionPoolEntry) -> None:
        connection.execute(PATIENCE)
        if connection.execute(WHO_ANSWERS).fetchone() == (connection.info.backend_pid,):
            connection.prepare_threshold = USES
        connection.commit()

    return engine


def _engine(url: str, connections: int, *, isolation: IsolationLevel = "READ COMMITTED") -> Engine:
    engine = create_engine(
        "postgresql+psycopg://",
        connect_args={**FOR_THE_DRIVER, **parameters(url), "prepare_threshold": None},
        isolation_level=isolation,
        pool_size=connections,
        max_overflow=0,
        pool_use_lifo=True,
        use_native_hstore=False,
    )

    # No listener to statements: where there is one, each statement asks after the listeners to everything.
    @event.listens_for(engine, "connect", insert=True)  # before SQLAlchemy reads anything, which trips over bytes
    def begin(connection: "DriverConnection", _: ConnectionPoolEntry) -> None:
        from bot.store.driver import WithoutNul

        try:
            _refuse_other_letters(connection)
        except WrongEncoding:
            connection.close()
            raise
        connection.adapters.register_dumper(str, WithoutNul)

    return engine


def _refuse_other_letters(connection: "DriverConnection") -> None:
    """Raises `WrongEncoding`: what cannot be written down as it was said or sold is lost when it is too late."""
    kept, spoken = map(connection.info.parameter_status, ("server_encoding", "client_encoding"))
    if kept != "UTF8":
        raise WrongEncoding(f"the database keeps its texts as {kept}, and has to be one made with ENCODING 'UTF8'")
    if spoken != "UTF8":
        raise WrongEncoding(f"client_encoding has to be UTF8, not {spoken}: leave it out of DATABASE_URL")


def parameters(url: str) -> dict[str, Any]:
    """What the URL says, by the driver's own names. Raises `CannotOpen` without repeating any of it."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        return {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
    except (psycopg.Error, UnicodeError):
        raise CannotOpen("DATABASE_URL cannot be read: a part or a parameter of it is none of PostgreSQL's") from None


def whereabouts(url: str) -> str:
    """Which database the URL names, in words for people: no user and no password. Raises `CannotOpen`."""
    named = parameters(url)
    host = named.get("host") or named.get("hostaddr") or "this machine"
    port = f", port {named['port']}" if "port" in named else ""
    return f"the PostgreSQL database {named.get('dbname', 'of its user')} on {host}{port}"


def words(reason: DBAPIError) -> str:
    """Why, in one line: the server's or the driver's own words, without where the server is."""
    said = str(reason.orig).strip().splitlines() or [type(reason.orig).__name__]
    return said[0].rsplit(" failed: ", 1)[-1]


class OwnCommits:
    """The writer of a database that takes several at a time."""

    def __init__(self, engine: Engine, writers: int = WRITERS) -> None:
        self.hears: Listener = lambda _: None
        self._engine = engine
        self._threads = ThreadPoolExecutor(writers, thread_name_prefix="store-write")
        self._urgent = ThreadPoolExecutor(URGENT, thread_name_prefix="store-write-urgent")

    def submit(self, fn: Callable[[Connection], T], *, urgent: bool) -> asyncio.Future[T]:
        loop = asyncio.get_running_loop()

        def run() -> T:
            result, given = self._run(fn)
            if given:
                loop.call_soon_threadsafe(self.hears, given)
            return result

        try:
            running = (self._urgent if urgent else self._threads).submit(run)
        except RuntimeError as shut_down:
            raise StoreClosed("the store is closed") from shut_down
        return asyncio.wrap_future(running)

    async def finish(self) -> None:
        await asyncio.to_thread(self._end)

    def close(self) -> None:
        self._end()
        self._engine.dispose()

    def _end(self) -> None:
        for threads in (self._threads, self._urgent):
            threads.shutdown()

    def _run(self, fn: Callable[[Connection], T]) -> tuple[T, list[Given]]:
        with saying_away():
            for tried in range(1, TRIES):
                try:
                    return self._once(fn)
                except DBAPIError as reason:
                    if is_collision(reason):
                        time.sleep(PAUSE * 2**tried * random.uniform(0.5, 1.5))  # noqa: S311 - guards nothing
                    elif not reason.connection_invalidated:
                        raise
            return self._once(fn)

    def _once(self, fn: Callable[[Connection], T]) -> tuple[T, list[Given]]:
        """With the work that it gave.

        A connection lost before the commit undid everything; one lost during it leaves nobody knowing.
        """
        with self._engine.connect() as connection, connection.begin() as transaction:
            take_given(connection)
            try:
                result = fn(connection)
            except DBAPIError as reason:
                if not takes_no_writes(reason):
                    raise
                connection.invalidate(reason)
                raise DatabaseAway("the server takes no writes any more") from reason
            try:
                transaction.commit()
            except DBAPIError as reason:
                if not reason.connection_invalidated:
                    raise
                raise DatabaseAway("the connection was lost during the commit") from reason
            return result, take_given(connection)
