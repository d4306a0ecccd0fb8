"""Databases with the present schema: stores on both kinds, and connections on both whose work is undone at the end.

`migrated`, `path` and `engine` are SQLite's alone.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from bot.store.database import open_to_serve
from bot.store.postgres import open_postgres, plain_engine
from bot.store.sqlite import open_sqlite, writing_engine
from bot.store.store import Store
from tests.postgres import Server

Undone = Callable[[], AbstractContextManager[Connection]]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed database file without any requests; to be copied, not changed."""
    path = tmp_path_factory.mktemp("migrated") / "buynumber.db"
    open_to_serve(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def path(migrated: Path, tmp_path: Path) -> Path:
    """A closed database file of the test's own."""
    return Path(shutil.copy(migrated, tmp_path / "buynumber.db"))


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    """For writing, as the store's own."""
    engine = writing_engine(path)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "sqlite":
        store = open_sqlite(request.getfixturevalue("path"))
    else:
        store = open_postgres(request.getfixturevalue("postgres_url"))
    yield store
    store.close()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def undone(request: pytest.FixtureRequest) -> Iterator[Undone]:
    """Gives connections in a writing transaction that is undone at the end, one at a time."""
    if request.param == "sqlite":
        engine = writing_engine(request.getfixturevalue("migrated"))
    else:
        server: Server = request.getfixturevalue("postgres")
        engine = plain_engine(server.url(server.new_database()))

    @contextmanager
    def begun() -> Iterator[Connection]:
        with engine.connect() as connection, connection.begin() as transaction:
            yield connection
            transaction.rollback()

    yield begun
    engine.dispose()


@pytest.fixture
def connection(undone: Undone) -> Iterator[Connection]:
    with undone() as connection:
        yield connection
