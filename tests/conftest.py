"""Databases of both kinds, for every test that asks for one."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from tests.harness.postgres import Server, a_server
from tests.harness.sql import share_compiled_statements

pytest_plugins = ("tests.faults.tables",)

MEMORY = Path("/dev/shm")
if MEMORY.is_dir():
    # Thousands of durable commits to a disk would take most of the time, and the disk is not what is tested.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

share_compiled_statements()

Kind = Literal["sqlite", "postgresql"]


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


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a database without any requests, of each kind; SQLite's file is not there yet."""
    return an_address_of(request.param, request)


def an_address_of(kind: Kind, request: pytest.FixtureRequest) -> str:
    """For fixtures of the same name that choose the kinds themselves."""
    if kind == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path")
        return f"sqlite:///{folder / 'buynumber.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
