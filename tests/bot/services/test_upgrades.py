"""A database of every earlier revision, with what people had in it, is upgraded: the bot then acts on all of it."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, delete, inspect, select

from bot.commands.audit import verify
from bot.domain.request import Status
from bot.services.checkup.database import stuck_lines
from bot.services.plans import DueSweep
from bot.services.reconcile.beginning import begin_at
from bot.store.database import bring_up_to_date, open_to_serve
from bot.store.lanes import Lane
from bot.store.migrate import _MIGRATIONS, HEAD
from bot.store.postgres import plain_engine
from bot.store.sqlite import opened, writing_engine
from bot.store.tables import metadata
from tests.harness.builders import NOON, a_listing, a_request, an_owned_number, some_rules
from tests.harness.clock import FakeClock
from tests.harness.postgres import Server
from tests.harness.seen import LOST
from tests.harness.stores import a_store
from tests.harness.workbench import Workbench

Columns = Mapping[str, set[str]]
"""Of each table."""

Rows = Mapping[str, Sequence[Mapping[str, object]]]
"""Of each table, by the names of its columns."""

REVISIONS = sorted(file.name[1:5] for file in (_MIGRATIONS / "versions").iterdir() if file.name.startswith("v"))

WAITS, APPROVED, OUT, BOUGHT, FAILED, ELSEWHERE = (f"+91806900020{no}" for no in range(6))

LATER = NOON + timedelta(minutes=10)


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """What a team had: one request waits, one is approved, one is out, one is bought, one failed and is unsettled."""
    folder = tmp_path_factory.mktemp("lived_in")

    async def live() -> Rows:
        with closing(a_store(folder)) as served:
            bench = Workbench(served.store, FakeClock(NOON))
            await _live(bench)
            return await bench.store.read(_rows)

    return asyncio.run(live())


async def _live(bench: Workbench) -> None:
    bench.rules = some_rules(monthly_budget="5000 INR")
    await bench.a_purchase(number=BOUGHT)
    bench.provider.listing = a_listing(number=FAILED)
    await bench.a_failure(LOST, number=FAILED)
    await bench.switch()
    await bench.switch(freezes=False)
    bench.provider.others = [an_owned_number(number=ELSEWHERE)]
    await bench.plan_sweep()
    await bench.run(DueSweep)
    await bench.ask_for_status(in_home=True)
    await bench.a_purchase(LOST, number=OUT)
    for no, number in enumerate((WAITS, APPROVED)):
        made = a_request(number=number, created_at=bench.clock.now())
        request = await bench.a_request(made, ts=f"3.{no}")
        bench.clock.advance(timedelta(seconds=1))
        if number == APPROVED:
            await bench.run_due(Lane.JUDGE)
            await bench.approve(request)


def _rows(connection: Connection) -> Rows:
    return {
        table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
        for table in metadata.sorted_tables
    }


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without a schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'buynumber.db'}"
        return
    server: Server = request.getfixturevalue("postgres")
    name = server.new_database(migrated=False)
    yield server.url(name)
    server.drop(name)


def _engine(url: str) -> Engine:
    return writing_engine(Path(url.removeprefix("sqlite:///"))) if url.startswith("sqlite") else plain_engine(url)


def _made_by(url: str, revision: str, rows: Rows) -> Columns:
    """As an older version left it: with the tables and columns that it knew."""
    with opened(_engine(url)) as engine, engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        there = inspect(connection)
        known = {name: {column["name"] for column in there.get_columns(name)} for name in there.get_table_names()}
        for table in metadata.sorted_tables:
            if table.name in known:
                connection.execute(delete(table))
                counted = {"id"} if table.name == "work" else set[str]()
                columns = [column for column in table.c if column.name in known[table.name] - counted]
                for row in rows[table.name]:
                    connection.execute(table.insert().values({column: row[column.name] for column in columns}))
    return known


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_bot_goes_on_with_all_that_an_older_version_left(url: str, revision: str, lived_in: Rows) -> None:
    known = _made_by(url, revision, lived_in)
    done = bring_up_to_date(url)
    assert (done.before, done.after) == (revision, HEAD)
    added = [
        column
        for table in metadata.sorted_tables
        for column in table.c
        if table.name in known and column.name not in known[table.name]
    ]
    assert [column for column in added if not column.nullable and column.server_default is None] == [], (
        "a process of that version could not write on beside a new one"
    )
    asyncio.run(_goes_on(url))


async def _goes_on(url: str) -> None:
    with closing(open_to_serve(url)) as served:
        bench = Workbench(served.store, FakeClock(LATER))
        bench.rules = some_rules(monthly_budget="5000 INR")
        await bench.units.by_hand(begin_at, served.place)
        waits = next(request for request in await bench.requests() if request.terms.e164 == WAITS)
        bench.provider.listing, bench.provider.on_offer = a_listing(number=WAITS), [a_listing(number=APPROVED)]
        bench.provider.others = [an_owned_number(number=number) for number in (OUT, BOUGHT, ELSEWHERE)]
        await bench.run_due(Lane.JUDGE)
        await bench.approve(waits)
        await bench.run_due(Lane.BUY)
        await bench.sweep()
        await bench.deliver()
        now = {request.terms.e164: request.status for request in await bench.requests()}
        assert now == {
            WAITS: Status.PURCHASED,
            APPROVED: Status.PURCHASED,
            OUT: Status.PURCHASED,
            BOUGHT: Status.PURCHASED,
            FAILED: Status.FAILED,
        }
        assert sorted(call.number for call in bench.provider.calls) == [WAITS, APPROVED]
        assert await bench.store.read(lambda connection: stuck_lines(connection, bench.clock.now())) == []
        assert await verify(served.store, StringIO())
