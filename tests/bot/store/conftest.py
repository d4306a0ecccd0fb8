"""Real SQLite files with the present schema: one to serve from, and connections whose work is undone at the end."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from bot.store.database import open_to_serve
from bot.store.sqlite import open_sqlite, writing_engine
from bot.store.store import Store

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


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = open_sqlite(path)
    yield store
    store.close()


@pytest.fixture(scope="session")
def undone(migrated: Path) -> Iterator[Undone]:
    """Gives connections in a writing transaction that is undone at the end, one at a time."""
    engine = writing_engine(migrated)

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
