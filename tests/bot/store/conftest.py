"""Stores on both kinds of database, with the present schema. `path` and `engine` are SQLite's alone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.store.postgres import open_postgres
from bot.store.sqlite import open_sqlite, writing_engine
from bot.store.store import Store


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
