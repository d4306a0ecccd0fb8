"""What stood in the database before a command, how it may be spoiled, and what stands there after it."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from tests.harness.bench import Bench
from tests.harness.clock import FakeClock
from tests.harness.stores import a_store

T = TypeVar("T")


def on_a_bench(folder: Path, do: Callable[[Bench], Awaitable[T]]) -> T:
    """Serves from the default database for as long as this takes, at the present time: commands read no other."""

    async def serve() -> T:
        served = a_store(folder)
        try:
            return await do(Bench(served.store, FakeClock(datetime.now(UTC))))
        finally:
            served.close()

    return asyncio.run(serve())


def an_older_versions(path: Path) -> None:
    _stands_at(path, "0000")


def a_newer_versions(path: Path) -> None:
    _stands_at(path, "9999")


def _stands_at(path: Path, revision: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def no_database(path: Path) -> None:
    path.write_bytes(b"These are not the pages you look for. " * 200)


def damaged_where_the_requests_are(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        [page] = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'requests'").fetchone()
        [size] = database.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"x" * size)


def another_programs(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE votes (of_another_program TEXT)")
