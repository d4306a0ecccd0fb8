"""Databases of both kinds, for every test that asks for one."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.once import share_what_is_dear
from tests.harness.postgres import Server, a_server
from tests.harness.process import stop_forking

MEMORY = Path("/dev/shm")
if MEMORY.is_dir():
    # Thousands of durable commits to a disk would take most of the time, and the disk is not what is tested.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

share_what_is_dear()


def pytest_collection_finish() -> None:
    """Nothing of the thousands of tests is ever rubbish: looking through all of it again and again takes long."""
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    stop_forking()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One server for all tests of a process; started when the first test asks for it."""
    with a_server() as server:
        yield server


@pytest.fixture
def postgres_database(postgres: Server) -> Iterator[str]:
    """The name of a migrated database of the test's own, to do anything with."""
    name = postgres.new_database()
    yield name
    postgres.drop(name)


@pytest.fixture
def own_postgres_url(postgres: Server, postgres_database: str) -> str:
    """The address of a migrated database of the test's own."""
    return postgres.url(postgres_database)


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    """The address of a migrated database without any requests, for a test that changes nothing but its rows."""
    yield postgres.shared_url
    postgres.clean_shared()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Whatever asks for a database runs on each kind, unless it says why one is enough."""
    if "database_url" in metafunc.fixturenames:
        alone = metafunc.definition.get_closest_marker("sqlite_only")
        metafunc.parametrize("database_url", ["sqlite"] if alone else ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a database without any requests; SQLite's file is not there yet."""
    if request.param == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path")
        return f"sqlite:///{folder / 'buynumber.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
