"""Which database a `DATABASE_URL` names, and who may open it how. A server's schema is changed by `migrate` alone."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from bot.store import clicks, requests
from bot.store.database import Migrated, bring_up_to_date, open_to_change, open_to_read, open_to_serve
from bot.store.migrate import HEAD, NewerSchema
from bot.store.sqlite import hold
from bot.store.store import CannotOpen, InUse, Store, StoreError, WrongEncoding
from tests.bot.commands import spoiling
from tests.harness.builders import NOON, a_request
from tests.harness.postgres import MIGRATED, Server, engine_of
from tests.harness.stores import a_store, a_store_at, keep

Damage = Callable[[Path], None]


def _url(path: Path) -> str:
    return f"sqlite:///{path}"


def _click(connection: Connection) -> bool:
    return clicks.is_new(connection, "1", now=NOON)


async def test_a_database_is_read_and_changed_beside_what_serves_and_keeps_it_over_a_restart(database_url: str) -> None:
    served, changing, reading = a_store_at(database_url), open_to_change(database_url), open_to_read(database_url)
    kept = await changing.write(lambda connection: keep(connection, a_request()))
    for store in (served.store, reading):
        assert await store.read(requests.newest) == [kept]
    with pytest.raises(StoreError, match="only to read"):
        await reading.write(_click)
    assert await served.store.write(_click)
    reading.close()
    changing.close()
    served.close()
    again = a_store_at(database_url)
    assert await again.store.read(requests.newest) == [kept]
    assert not await again.store.write(_click)
    again.close()


UNUSABLE: dict[str, tuple[Damage, type[StoreError]]] = {
    "a newer version's": (spoiling.a_newer_versions, NewerSchema),
    "another program's": (spoiling.another_programs, CannotOpen),
    "no database": (spoiling.no_database, CannotOpen),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_a_file_that_cannot_be_used_is_refused_left_as_it_was_and_not_held(path: Path, kind: str) -> None:
    damage, refusal = UNUSABLE[kind]
    damage(path)
    bytes_before, before = path.read_bytes(), _contents(path)
    with pytest.raises(CannotOpen):
        open_to_read(_url(path))
    assert (path.read_bytes(), list(path.parent.iterdir())) == (bytes_before, [path])
    with pytest.raises(refusal) as kept_while_the_file_is_mended:
        open_to_serve(_url(path))
    assert "\n" not in str(kept_while_the_file_is_mended.value)
    assert _contents(path) == before
    path.unlink()
    open_to_serve(_url(path)).close()


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "no address", "sqlite:////nowhere/at/all.db", "postgresql//letmein"]
)
def test_an_address_that_names_no_database_is_refused_and_not_repeated(url: str) -> None:
    for opened in (open_to_serve, open_to_read):
        with pytest.raises(CannotOpen) as refused:
            opened(url)
        assert "letmein" not in str(refused.value)


@pytest.mark.parametrize("opened", [open_to_read, open_to_change])
def test_reading_and_changing_make_no_database(tmp_path: Path, opened: Callable[[str], Store]) -> None:
    path = tmp_path / "buynumber.db"
    with pytest.raises(CannotOpen, match="`buynumber serve` makes one"):
        opened(_url(path))
    assert list(tmp_path.iterdir()) == []
    path.touch()
    with pytest.raises(CannotOpen, match="another version's schema"):
        opened(_url(path))


def test_opening_to_read_changes_nothing_of_the_file(path: Path) -> None:
    before = path.read_bytes()
    open_to_read(_url(path)).close()
    assert path.read_bytes() == before


def test_migrating_makes_a_file_that_is_missing(tmp_path: Path) -> None:
    url = _url(tmp_path / "buynumber.db")
    assert bring_up_to_date(url) == Migrated(None, HEAD)
    open_to_read(url).close()


async def test_of_a_file_there_is_one_serving_process_which_no_needless_migration_disturbs(tmp_path: Path) -> None:
    served = a_store(tmp_path)
    with pytest.raises(InUse):
        a_store(tmp_path)
    assert bring_up_to_date(_url(tmp_path / "buynumber.db")) == Migrated(HEAD, HEAD)
    assert await served.store.write(_click)
    served.close()


def test_a_file_that_another_version_serves_from_is_not_migrated(tmp_path: Path) -> None:
    path = tmp_path / "buynumber.db"
    path.touch()
    with hold(path), pytest.raises(InUse):
        bring_up_to_date(_url(path))


def _contents(path: Path) -> object:
    """The database's schema and rows; a file that is none, byte for byte."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            return list(connection.iterdump())
    except sqlite3.DatabaseError:
        return path.read_bytes()


def _serve(url: str) -> Store:
    return open_to_serve(url).store


on_a_server = pytest.mark.parametrize("opened", [_serve, open_to_change, open_to_read])


@pytest.fixture
def empty_url(postgres: Server) -> str:
    return postgres.url(postgres.new_database(migrated=False))


def _stands_at(url: str, revision: str) -> None:
    with engine_of(url) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


@on_a_server
def test_an_empty_database_is_refused_and_stays_empty(empty_url: str, opened: Callable[[str], Store]) -> None:
    with pytest.raises(CannotOpen, match="is empty: run `buynumber migrate` first"):
        opened(empty_url)
    with engine_of(empty_url) as engine, engine.begin() as connection:
        assert connection.execute(text("SELECT * FROM pg_tables WHERE schemaname = 'public'")).all() == []


@on_a_server
def test_another_versions_schema_is_refused(own_postgres_url: str, opened: Callable[[str], Store]) -> None:
    _stands_at(own_postgres_url, "0000")
    with pytest.raises(CannotOpen, match="has an older schema: run `buynumber migrate` first"):
        opened(own_postgres_url)
    _stands_at(own_postgres_url, "9999")
    for refused in (opened, bring_up_to_date):
        with pytest.raises(NewerSchema, match="update the bot"):
            refused(own_postgres_url)


@on_a_server
def test_a_database_that_is_not_there_is_refused_in_one_line(postgres: Server, opened: Callable[[str], Store]) -> None:
    with pytest.raises(CannotOpen) as refused:
        opened(postgres.url("nowhere").replace("postgres:@", "postgres:letmein@"))
    assert str(refused.value) == 'the database cannot be used: FATAL:  database "nowhere" does not exist'


def test_a_server_that_is_not_there_is_refused_without_saying_the_address() -> None:
    with pytest.raises(CannotOpen) as refused:
        open_to_serve("postgresql://bot:letmein@127.0.0.1:1/numbers")
    assert str(refused.value) == "the database cannot be used: Connection refused"


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1", "EUC_JP"])
@pytest.mark.parametrize("opened", [_serve, open_to_change, open_to_read, bring_up_to_date])
def test_a_database_that_does_not_keep_every_letter_is_refused(
    postgres: Server, opened: Callable[[str], object], encoding: str
) -> None:
    with pytest.raises(WrongEncoding, match=f"the database keeps its texts as {encoding},"):
        opened(postgres.url(postgres.new_database_in(encoding)))


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_an_address_that_asks_for_other_letters_is_refused(postgres: Server, encoding: str) -> None:
    with pytest.raises(WrongEncoding, match=r"client_encoding .* leave it out of DATABASE_URL"):
        open_to_read(postgres.url(MIGRATED, client_encoding=encoding))


@pytest.mark.parametrize("said", [{}, {"client_encoding": "utf-8"}, {"options": "-cclient_encoding%3Dlatin1"}])
def test_what_the_environment_says_of_letters_is_beaten(
    postgres: Server, monkeypatch: pytest.MonkeyPatch, said: dict[str, str]
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    open_to_read(postgres.url(MIGRATED, **said)).close()


def test_migrating_an_empty_database_makes_what_several_processes_can_serve_from(empty_url: str) -> None:
    assert bring_up_to_date(empty_url) == Migrated(None, HEAD)
    assert bring_up_to_date(empty_url) == Migrated(HEAD, HEAD)
    for served in [open_to_serve(empty_url), open_to_serve(empty_url)]:
        served.close()
