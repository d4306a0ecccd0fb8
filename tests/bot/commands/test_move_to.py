"""`move-to URL`: everything from SQLite to PostgreSQL, and never two databases to serve from."""

import asyncio
import json
import signal
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError

from bot.domain.audit import OPERATOR
from bot.domain.request import Status
from bot.domain.trail import Event, Moved
from bot.services.plans import DueSweep
from bot.services.reconcile.beginning import begin_at
from bot.store import control, sqlite
from bot.store.database import open_to_serve
from bot.store.migrate import ONE_AT_A_TIME
from bot.store.store import StoreError
from bot.store.tables import metadata
from bot.work import queue
from tests.bot.commands.conftest import on_a_bench
from tests.harness.builders import NOON, a_request
from tests.harness.clock import FakeClock
from tests.harness.postgres import Server, engine_of, until_waiting_for_locks
from tests.harness.process import Run, a_bot
from tests.harness.stores import a_store
from tests.harness.workbench import Workbench

HERE = "sqlite:///buynumber.db"


@pytest.fixture
def there(postgres: Server) -> Iterator[str]:
    """The address of an empty database."""
    name = postgres.new_database(migrated=False)
    yield postgres.url(name)
    postgres.drop(name)


def _lived_in(folder: Path) -> None:
    """Something in every table that people fill, and a row of work that is done and gone."""
    served = a_store(folder)
    served.close()
    on_a_bench(folder, partial(_live, served.place))


async def _live(place: str, bench: Workbench) -> None:
    await bench.units.by_hand(begin_at, place)
    await bench.a_purchase()
    for no, status in enumerate(Status):
        await bench.a_request(a_request(id=f"{no:032x}", number=f"+9180690003{no:02}", status=status), ts=f"2.{no}")
    await bench.ask_for_status(in_home=True)
    await bench.plan_sweep()
    await bench.run(DueSweep)


def _rows(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    tables = [table for table in metadata.sorted_tables if table.name not in ("control", "audit_head")]
    return {
        table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
        for table in tables
    }


def _kept(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    with sqlite.opened(sqlite.reading_engine(folder / "buynumber.db")) as engine, engine.connect() as connection:
        return _rows(connection)


def _refusal(url: str) -> str:
    with pytest.raises(StoreError) as refused:
        open_to_serve(url).close()
    return str(refused.value)


def test_every_row_goes_there_the_chain_stays_whole_and_the_file_is_served_no_more(
    run: Run, tmp_path: Path, there: str
) -> None:
    _lived_in(tmp_path)
    before = _kept(tmp_path)
    assert all(before[name] for name in ("requests", "attempts", "votes", "cards", "work", "audit_entries"))
    ended = run("move-to", there)
    assert (ended.code, ended.err) == (0, "")
    with engine_of(there) as engine, engine.connect() as connection:
        after = _rows(connection)
        *old, moved = after.pop("audit_entries")
        assert old == before.pop("audit_entries")
        assert after == before
        assert (moved[2], moved[3], json.loads(str(moved[5]))["left"]) == (
            OPERATOR,
            Event.MOVED,
            "the SQLite file buynumber.db",
        )
    assert run("audit", "verify", DATABASE_URL=there).code == 0
    said = _refusal(f"sqlite:///{tmp_path / 'buynumber.db'}")
    assert said.startswith("this database was moved to the PostgreSQL database test_")
    assert "postgres:" not in said
    assert run("freeze", DATABASE_URL=HERE).code == 2
    assert run("audit", "verify", DATABASE_URL=HERE).code == 0
    assert run("move-to", there, DATABASE_URL=HERE).code == 0


def test_there_work_goes_on_with_rising_ids_the_trail_is_guarded_and_buying_is_not_frozen(
    run: Run, tmp_path: Path, there: str
) -> None:
    _lived_in(tmp_path)
    newest = on_a_bench(tmp_path, lambda bench: bench.store.read(_newest_work))
    run("move-to", there)

    async def go_on() -> None:
        with closing(open_to_serve(there)) as served:
            bench = Workbench(served.store, FakeClock(NOON))
            await bench.units.by_hand(begin_at, served.place)
            assert not await bench.store.read(control.looks_frozen)
            assert isinstance((await bench.trail())[-1].told, Moved)
            await bench.store.write(lambda connection: queue.add(connection, DueSweep(), now=NOON))
            assert (await bench.rows(DueSweep))[-1].id > newest
            for change in ("UPDATE audit_entries SET actor = 'x'", "TRUNCATE audit_entries"):
                with pytest.raises(DBAPIError, match="append-only"):
                    await bench.store.write(partial(_run, change))

    asyncio.run(go_on())


def test_a_copy_that_is_moved_before_it_was_served_begins_frozen_there(run: Run, tmp_path: Path, there: str) -> None:
    _lived_in(tmp_path)
    assert run("backup", "copy.db").code == 0
    assert run("move-to", there, DATABASE_URL="sqlite:///copy.db").code == 0

    async def begin() -> None:
        with closing(open_to_serve(there)) as served:
            bench = Workbench(served.store, FakeClock(NOON))
            await bench.units.by_hand(begin_at, served.place)
            assert await bench.store.read(control.looks_frozen)

    asyncio.run(begin())


def _run(statement: str, connection: Connection) -> None:
    connection.execute(text(statement))


def _newest_work(connection: Connection) -> int:
    found: int = connection.execute(text("SELECT seq FROM sqlite_sequence WHERE name = 'work'")).scalar_one()
    return found


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://bot:letmein@127.0.0.1:1/numbers", "the database cannot be used: Connection refused"),
        ("postgresql://bot:letmein@127.0.0.1/numbers?letmein=1", "URL cannot be read"),
        ("sqlite:///letmein.db", "URL has to name a PostgreSQL database"),
    ],
)
def test_an_address_that_leads_nowhere_changes_nothing_and_is_not_repeated(
    run: Run, tmp_path: Path, url: str, words: str
) -> None:
    _lived_in(tmp_path)
    before = _kept(tmp_path)
    ended = run("move-to", url)
    assert (ended.code, ended.out, len(ended.err.splitlines())) == (2, "", 1)
    assert words in ended.err
    assert "letmein" not in ended.err
    assert _kept(tmp_path) == before
    a_store(tmp_path).close()


def test_it_refuses_a_database_that_is_not_empty_and_a_file_that_is_served(
    run: Run, tmp_path: Path, there: str, own_postgres_url: str
) -> None:
    _lived_in(tmp_path)
    assert "the database there is not empty" in run("move-to", own_postgres_url).err
    served = a_store(tmp_path)
    assert "another process serves from buynumber.db: stop it first" in run("move-to", there).err
    served.close()
    assert "names a PostgreSQL database already" in run("move-to", there, DATABASE_URL=own_postgres_url).err


async def test_a_death_in_the_middle_leaves_nothing_there_and_the_file_as_it_was(tmp_path: Path, there: str) -> None:
    a_store(tmp_path).close()
    with engine_of(there) as engine, engine_of(there) as watching:
        async with a_bot("move-to", there, folder=tmp_path) as moving:
            with engine.begin() as connection:
                connection.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))
                await asyncio.to_thread(until_waiting_for_locks, watching, 1)
                moving.tell(signal.SIGKILL)
                await moving.ends()
        with watching.connect() as connection:
            assert not connection.dialect.has_table(connection, "requests")
    a_store(tmp_path).close()


def test_a_death_after_all_was_copied_leaves_one_that_nobody_serves_from_until_it_is_finished(
    run: Run, tmp_path: Path, there: str
) -> None:
    """As the commits of one and of the other database leave them: first there, then here, then there again."""
    _lived_in(tmp_path)
    run("move-to", there)
    with engine_of(there) as engine, engine.begin() as connection:
        control.arriving(connection, "buynumber.db")
    assert "the move from buynumber.db was not finished" in _refusal(there)
    assert "was moved to" in _refusal(f"sqlite:///{tmp_path / 'buynumber.db'}")
    assert run("move-to", there).code == 0
    open_to_serve(there).close()
    with engine_of(there) as engine, engine.begin() as connection:
        control.arriving(connection, "buynumber.db")
    with sqlite.opened(sqlite.writing_engine(tmp_path / "buynumber.db")) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE control SET moved_to = NULL"))
    a_store(tmp_path).close()
    assert "the database there is not empty: make a new one" in run("move-to", there).err
    assert "was not finished" in _refusal(there)
