"""PostgreSQL by its address: nobody but `migrate` changes its schema, and several processes serve from one."""

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, text

from bot.store import clicks, requests
from bot.store.database import Migrated, bring_up_to_date, open_to_change, open_to_read, open_to_serve
from bot.store.migrate import HEAD, NewerSchema
from bot.store.store import CannotOpen, Store
from tests.harness.builders import NOON, a_request
from tests.harness.postgres import Server, engine_of
from tests.harness.stores import a_store_at, keep


def _serve(url: str) -> Store:
    return open_to_serve(url).store


OPENED: dict[str, Callable[[str], Store]] = {"serve": _serve, "change": open_to_change, "read": open_to_read}


@pytest.fixture
def empty_url(postgres: Server) -> str:
    return postgres.url(postgres.new_database(migrated=False))


def _stands_at(url: str, revision: str) -> None:
    with engine_of(url) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def _tables(url: str) -> int:
    with engine_of(url) as engine, engine.begin() as connection:
        found: int = connection.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar_one()
        return found


@pytest.mark.parametrize("how", OPENED)
def test_an_empty_database_is_refused_and_stays_empty(empty_url: str, how: str) -> None:
    with pytest.raises(CannotOpen, match="is empty: run `python -m bot migrate` first"):
        OPENED[how](empty_url)
    assert _tables(empty_url) == 0


@pytest.mark.parametrize("how", OPENED)
def test_another_versions_schema_is_refused_and_stays_as_it_is(own_postgres_url: str, how: str) -> None:
    _stands_at(own_postgres_url, "0000")
    with pytest.raises(CannotOpen, match="has an older schema: run `python -m bot migrate` first"):
        OPENED[how](own_postgres_url)
    _stands_at(own_postgres_url, "9999")
    for opened in (OPENED[how], bring_up_to_date):
        with pytest.raises(NewerSchema, match="update the bot"):
            opened(own_postgres_url)


@pytest.mark.parametrize("how", OPENED)
def test_a_database_that_is_not_there_is_refused_in_one_line(postgres: Server, how: str) -> None:
    with pytest.raises(CannotOpen) as refused:
        OPENED[how](postgres.url("nowhere").replace("postgres:@", "postgres:letmein@"))
    assert str(refused.value) == 'the database cannot be used: FATAL:  database "nowhere" does not exist'


def test_a_server_that_is_not_there_is_refused_without_saying_the_address() -> None:
    with pytest.raises(CannotOpen) as refused:
        open_to_serve("postgresql://bot:letmein@127.0.0.1:1/numbers")
    assert str(refused.value) == "the database cannot be used: Connection refused"


def test_migrating_an_empty_database_makes_what_can_be_served_from(empty_url: str) -> None:
    assert bring_up_to_date(empty_url) == Migrated(None, HEAD)
    assert bring_up_to_date(empty_url) == Migrated(HEAD, HEAD)
    open_to_serve(empty_url).close()


async def test_several_processes_serve_from_one_database(own_postgres_url: str) -> None:
    first, second = a_store_at(own_postgres_url), a_store_at(own_postgres_url)
    kept = await first.store.write(lambda connection: keep(connection, a_request()))
    assert await second.store.read(requests.newest) == [kept]
    first.close()
    second.close()


async def test_an_operators_change_goes_beside_what_serves(database_url: str) -> None:
    served = a_store_at(database_url)
    beside = open_to_change(database_url)

    def click(connection: Connection) -> bool:
        return clicks.is_new(connection, "1", now=NOON)

    assert await beside.write(click)
    assert not await served.store.write(click)
    beside.close()
    served.close()
