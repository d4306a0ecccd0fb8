"""Which database a `DATABASE_URL` names, and who may open it how."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection

from bot.store import clicks, requests
from bot.store.database import Migrated, bring_up_to_date, open_to_change, open_to_read, open_to_serve
from bot.store.migrate import HEAD, NewerSchema
from bot.store.sqlite import hold
from bot.store.store import CannotOpen, InUse, Store, StoreError
from tests.harness.builders import NOON, a_request
from tests.harness.stores import a_store, a_store_at, keep

Damage = Callable[[Path], None]


def _url(path: Path) -> str:
    return f"sqlite:///{path}"


def _click(connection: Connection) -> bool:
    return clicks.is_new(connection, "1", now=NOON)


def _of_a_newer_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE alembic_version (version_num TEXT)")
        other.execute("INSERT INTO alembic_version VALUES ('9999')")


def _of_another_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("CREATE TABLE votes (of_another_program TEXT)")


def _no_database(path: Path) -> None:
    path.write_text("once upon a time " * 100)


UNUSABLE: dict[str, tuple[Damage, type[StoreError]]] = {
    "a newer version's": (_of_a_newer_version, NewerSchema),
    "another program's": (_of_another_program, CannotOpen),
    "no database": (_no_database, CannotOpen),
}


async def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    served = a_store(tmp_path)
    kept = await served.store.write(lambda connection: keep(connection, a_request()))
    served.close()
    served = a_store(tmp_path)
    assert await served.store.read(requests.newest) == [kept]
    served.close()


async def test_a_second_serving_process_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    served = a_store(tmp_path)
    with pytest.raises(InUse):
        a_store(tmp_path)
    assert await served.store.write(_click)
    served.close()


@pytest.mark.parametrize("kind", UNUSABLE)
def test_a_file_that_cannot_be_served_from_is_refused_left_as_it_was_and_not_held(tmp_path: Path, kind: str) -> None:
    damage, refusal = UNUSABLE[kind]
    path = tmp_path / "buynumber.db"
    damage(path)
    before = _contents(path)
    with pytest.raises(refusal) as kept_while_the_file_is_mended:
        open_to_serve(_url(path))
    assert "\n" not in str(kept_while_the_file_is_mended.value)
    assert _contents(path) == before
    path.unlink()
    open_to_serve(_url(path)).close()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "no address", "sqlite:////nowhere/at/all.db"])
def test_an_address_that_names_no_file_is_refused(url: str) -> None:
    with pytest.raises(CannotOpen):
        open_to_serve(url)
    with pytest.raises(CannotOpen):
        open_to_read(url)


def test_a_refused_address_is_not_repeated() -> None:
    with pytest.raises(CannotOpen) as refused:
        open_to_read("postgresql//letmein")
    assert "letmein" not in str(refused.value)


@pytest.mark.parametrize("opened", [open_to_read, open_to_change])
def test_reading_and_changing_make_no_database(tmp_path: Path, opened: Callable[[str], Store]) -> None:
    with pytest.raises(CannotOpen, match="`serve` makes one"):
        opened(_url(tmp_path / "buynumber.db"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", UNUSABLE)
def test_a_file_that_cannot_be_read_is_refused_and_left_as_it_was(tmp_path: Path, kind: str) -> None:
    damage, _ = UNUSABLE[kind]
    path = tmp_path / "buynumber.db"
    damage(path)
    before = path.read_bytes()
    with pytest.raises(CannotOpen):
        open_to_read(_url(path))
    assert (path.read_bytes(), [file.name for file in tmp_path.iterdir()]) == (before, [path.name])


def test_migrating_makes_a_database_that_is_missing(tmp_path: Path) -> None:
    url = _url(tmp_path / "buynumber.db")
    assert bring_up_to_date(url) == Migrated(None, HEAD)
    open_to_read(url).close()


def test_what_is_served_from_needs_no_migration_and_is_not_disturbed(tmp_path: Path) -> None:
    served = a_store(tmp_path)
    assert bring_up_to_date(_url(tmp_path / "buynumber.db")) == Migrated(HEAD, HEAD)
    served.close()


def test_what_another_version_serves_from_is_not_migrated(tmp_path: Path) -> None:
    path = tmp_path / "buynumber.db"
    path.touch()
    with hold(path), pytest.raises(InUse):
        bring_up_to_date(_url(path))


def test_a_file_that_was_made_and_never_served_from_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "buynumber.db"
    path.touch()
    with pytest.raises(CannotOpen, match="another version's schema"):
        open_to_read(_url(path))


async def test_a_database_can_be_read_while_it_is_served_from(tmp_path: Path) -> None:
    served = a_store(tmp_path)
    kept = await served.store.write(lambda connection: keep(connection, a_request()))
    reading = open_to_read(_url(tmp_path / "buynumber.db"))
    assert await reading.read(requests.newest) == [kept]
    reading.close()
    assert await served.store.write(_click)
    served.close()


async def test_a_database_opened_to_read_cannot_be_written(database_url: str) -> None:
    a_store_at(database_url).close()
    reading = open_to_read(database_url)
    with pytest.raises(StoreError, match="only to read"):
        await reading.write(_click)
    reading.close()


def test_opening_to_read_changes_nothing_of_the_file(path: Path) -> None:
    before = path.read_bytes()
    open_to_read(_url(path)).close()
    assert path.read_bytes() == before


def _contents(path: Path) -> object:
    """The database's schema and rows; a file that is none, byte for byte."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            return list(connection.iterdump())
    except sqlite3.DatabaseError:
        return path.read_bytes()
