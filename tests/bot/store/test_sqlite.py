"""SQLite as this service needs it: durable, private, one writer at a time, one serving process."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from bot.store import sqlite
from bot.store.away import is_away
from bot.store.store import CannotOpen, InUse


@pytest.fixture
def _everything_allowed() -> Iterator[None]:
    """A umask that takes nothing away: what a file's mode is then, was asked for."""
    before = os.umask(0)
    yield
    os.umask(before)


def test_what_is_written_is_logged_ahead_flushed_at_commit_and_checked(engine: Engine) -> None:
    pragmas = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    with engine.connect() as connection:
        found = {name: connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in pragmas}
    assert found == pragmas


def test_a_writing_transaction_is_the_only_one_from_its_first_moment(engine: Engine, path: Path) -> None:
    other = sqlite3.connect(path, timeout=0, isolation_level=None)
    with engine.begin(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()


def test_a_disk_that_is_full_is_waited_for_like_a_database_that_is_away(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (value BLOB)"))
        connection.execute(text("PRAGMA max_page_count = 3"))
    with pytest.raises(OperationalError, match="full") as full, engine.begin() as connection:
        connection.execute(text("INSERT INTO kept VALUES (zeroblob(1000000))"))
    assert is_away(full.value)


@pytest.mark.usefixtures("_everything_allowed")
def test_only_the_owner_may_read_the_database_its_log_and_its_lock(tmp_path: Path) -> None:
    path = tmp_path / "buynumber.db"
    sqlite.create_file(path)
    lock = sqlite.hold(path)
    engine = sqlite.writing_engine(path)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (value TEXT)"))
    modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    assert modes == {f"buynumber.db{what}": 0o600 for what in ("", "-wal", "-shm", ".lock")}
    engine.dispose()
    lock.close()


def test_making_a_database_that_exists_leaves_it_as_it_is(path: Path) -> None:
    before = path.read_bytes()
    sqlite.create_file(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["nowhere/buynumber.db", "."])
def test_a_database_that_cannot_be_made_is_one_plain_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(CannotOpen, match="cannot be made: ") as refused:
        sqlite.create_file(tmp_path / name)
    assert "\n" not in str(refused.value)


def test_one_process_holds_a_database_until_it_lets_go_and_others_hold_others(path: Path) -> None:
    held = sqlite.hold(path)
    with pytest.raises(InUse, match="stop it first"):
        sqlite.hold(path)
    sqlite.hold(path.with_name("other.db")).close()
    held.close()
    sqlite.hold(path).close()


def test_a_lock_that_cannot_be_made_is_one_plain_line(path: Path) -> None:
    path.with_name(f"{path.name}.lock").mkdir()
    with pytest.raises(CannotOpen, match="cannot be locked: "):
        sqlite.hold(path)
