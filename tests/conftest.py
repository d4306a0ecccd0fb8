"""Databases of both kinds, for every test that asks for one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from tests.postgres import Server, a_server

Kind = Literal["sqlite", "postgresql"]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One server for all tests of a process; started when the first test asks for it."""
    with a_server() as server:
        yield server


@pytest.fixture
def postgres_database(postgres: Server) -> Iterator[str]:
    """The name of a fresh migrated database."""
    name = postgres.new_database()
    yield name
    postgres.drop(name)


@pytest.fixture
def postgres_url(postgres: Server, postgres_database: str) -> str:
    """The address of a fresh migrated database."""
    return postgres.url(postgres_database)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that can be served from: a file that is not there yet, a fresh one on the server."""
    kind: Kind = request.param
    if kind == "sqlite":
        return f"sqlite:///{tmp_path / 'buynumber.db'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
