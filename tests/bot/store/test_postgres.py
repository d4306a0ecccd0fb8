"""PostgreSQL: addresses as its driver takes them, transactions that meet, connections that are lost."""

import asyncio
import re
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError, InternalError

from bot.store.postgres import TRIES, USES, open_postgres, parameters
from bot.store.store import CannotOpen, DatabaseAway, Store, StoreClosed
from bot.store.tables import clicks, control
from tests.harness.builders import NOON
from tests.harness.patience import PATIENCE
from tests.harness.postgres import Server, engine_of

Unit = Callable[[Connection], None]

UNDERSTOOD = {
    "postgresql://bot:letmein@db.example/numbers": "user=bot password=letmein host=db.example dbname=numbers",
    "postgres://bot@db.example:6432/numbers": "user=bot host=db.example port=6432 dbname=numbers",
    "postgresql://bot:@/numbers?host=/run/postgresql": "user=bot host=/run/postgresql dbname=numbers",
    "postgresql://%2Frun%2Fpostgresql/numbers": "host=/run/postgresql dbname=numbers",
    "postgresql://bot:p%40ss%2Fw%3Ard@[::1]/numbers": "password=p@ss/w:rd host=::1",
    "postgresql://one.example:1,two.example:2/numbers?target_session_attrs=read-write": (
        "host=one.example,two.example port=1,2 target_session_attrs=read-write"
    ),
    "postgresql:///numbers?sslmode=verify-full&sslrootcert=system&connect_timeout=3&application_name=second": (
        "sslmode=verify-full sslrootcert=system connect_timeout=3 application_name=second"
    ),
}
"""Addresses, and the driver's names for what they say."""

REFUSED = [
    "postgresql://bot:letmein@db.example/numbers?no_parameter=1",
    "postgresql://bot:letmein@db.example/numbers?sslmode",
    "postgresql://bot:letmein%zz@db.example/numbers",
    "postgresql://[::1/letmein",
]


@pytest.fixture
def store(own_postgres_url: str) -> Iterator[Store]:
    store = open_postgres(own_postgres_url)
    yield store
    store.close()


def _click(connection: Connection) -> None:
    connection.execute(insert(clicks).values(trigger_id="1", at=NOON))


def _count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(clicks)).scalar_one()


def _setting(name: str) -> Callable[[Connection], str]:
    def read(connection: Connection) -> str:
        found: str = connection.execute(select(func.current_setting(name))).scalar_one()
        return found

    return read


def _ends_its_own_connection(connection: Connection) -> None:
    connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


class Again:
    """A unit of work that meets trouble the first so many times it runs."""

    def __init__(self, trouble: Unit, times: int) -> None:
        self._trouble = trouble
        self._times = times
        self.ran = 0

    def __call__(self, connection: Connection) -> None:
        self.ran += 1
        _click(connection)
        if self.ran <= self._times:
            self._trouble(connection)


def _collides(connection: Connection, how: str = "serialization_failure") -> None:
    connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'met' USING ERRCODE = '{how}'; END $$"))


@pytest.mark.parametrize("url", UNDERSTOOD)
def test_an_address_means_what_the_driver_says_it_means(url: str) -> None:
    assert set(UNDERSTOOD[url].split()) <= {f"{name}={value}" for name, value in parameters(url).items()}


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_the_driver_does_not_understand_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(CannotOpen) as refused:
        parameters(url)
    assert "letmein" not in f"{refused.value!r}{refused.value.__cause__!r}"


async def test_both_names_of_the_scheme_reach_the_database_and_what_the_address_says_beats_what_we_would_say(
    postgres: Server, postgres_database: str
) -> None:
    plain = postgres.url(postgres_database).replace("postgresql://", "postgres://")
    telling = postgres.url(postgres_database, application_name="second", connect_timeout="7")
    for url, name in ((plain, "buynumber"), (telling, "second")):
        store = open_postgres(url)
        assert await store.read(_setting("application_name")) == name
        store.close()


@pytest.mark.parametrize(
    ("name", "to_write", "to_read"),
    [
        ("transaction_isolation", "read committed", "repeatable read"),
        ("lock_timeout", "10s", "10s"),
        ("idle_in_transaction_session_timeout", "10s", "10s"),
    ],
)
async def test_a_transaction_is_of_our_kind_and_patience_whatever_the_server_is_set_to(
    store: Store, name: str, to_write: str, to_read: str
) -> None:
    assert (await store.write(_setting(name)), await store.read(_setting(name))) == (to_write, to_read)


async def test_what_is_read_with_cannot_write(store: Store) -> None:
    for reading in (store.read, store.read_at_length):
        with pytest.raises(InternalError, match="read-only transaction"):
            await reading(_click)


TELLS_PROCESS = re.compile(rb"K\0\0\0\x0c.{4}", re.DOTALL)
"""What a server tells a client once, to cancel statements with. Source: PostgreSQL's protocol, BackendKeyData."""


@asynccontextmanager
async def _a_pooler(server: Path, folder: Path) -> AsyncIterator[str]:
    """Its address; it shows in nothing but the process that clients are told, which is none of the server's."""

    carrying = list[asyncio.Task[None]]()

    async def carry(source: StreamReader, sink: StreamWriter) -> None:
        while said := await source.read(2**16):
            sink.write(TELLS_PROCESS.sub(b"K\0\0\0\x0c\x7f\xff\xff\xff", said))
        sink.close()
        await sink.wait_closed()

    async def take(asked: StreamReader, answers: StreamWriter) -> None:
        answered, asks = await asyncio.open_unix_connection(server / ".s.PGSQL.5432")
        carrying.extend(map(asyncio.create_task, (carry(asked, asks), carry(answered, answers))))

    async with await asyncio.start_unix_server(take, folder / ".s.PGSQL.5432"):
        yield str(folder)
        await asyncio.gather(*carrying)


async def test_a_server_keeps_plans_unless_a_pooler_stands_before_it_which_may_lose_them(
    postgres: Server, postgres_database: str, tmp_path: Path
) -> None:
    async with _a_pooler(postgres.folder, tmp_path) as pooler:
        for url, keeps in (
            (postgres.url(postgres_database), True),
            (f"postgresql://postgres@/{postgres_database}?host={pooler}", False),
        ):
            store = open_postgres(url)
            for _ in range(USES + 1):
                await store.write(_count)
            kept = await store.write(lambda on: on.execute(text("SELECT name FROM pg_prepared_statements")).all())
            assert bool(kept) is keeps
            store.close()


async def test_units_of_work_run_side_by_side(store: Store) -> None:
    both_there = threading.Barrier(2, timeout=PATIENCE)
    await asyncio.gather(*(store.write(lambda _: both_there.wait()) for _ in range(2)))


@pytest.mark.parametrize(
    ("trouble", "times"),
    [
        pytest.param(_collides, TRIES - 1, id="serialization failure"),
        pytest.param(partial(_collides, how="deadlock_detected"), TRIES - 1, id="deadlock"),
        pytest.param(_ends_its_own_connection, 1, id="connection lost"),
    ],
)
async def test_who_met_another_or_lost_the_connection_is_run_again(store: Store, trouble: Unit, times: int) -> None:
    troubled = Again(trouble, times)
    await store.write(troubled)
    assert troubled.ran == times + 1
    assert await store.read(_count) == 1


@pytest.mark.parametrize(("trouble", "tries", "why"), [(_collides, TRIES, DatabaseAway), (_click, 1, IntegrityError)])
async def test_who_keeps_meeting_others_is_left_for_later_and_what_is_refused_is_run_once(
    store: Store, trouble: Unit, tries: int, why: type[Exception]
) -> None:
    troubled = Again(trouble, tries)
    with pytest.raises(why):
        await store.write(troubled)
    assert troubled.ran == tries
    assert await store.read(_count) == 0


async def test_a_lock_that_is_held_for_too_long_is_no_bug_of_who_waits(own_postgres_url: str, store: Store) -> None:
    def impatient(connection: Connection) -> None:
        connection.execute(text("SET LOCAL lock_timeout = '20ms'"))
        connection.execute(select(control).with_for_update())

    with engine_of(own_postgres_url) as other, other.begin() as connection:
        connection.execute(select(control).with_for_update())
        with pytest.raises(DatabaseAway):
            await store.write(impatient)


async def test_connections_lost_while_idle_are_replaced(postgres: Server, postgres_database: str, store: Store) -> None:
    await asyncio.gather(store.write(_click), store.read(_count), store.read(_count))
    postgres.end_connections(postgres_database)
    assert await store.read(_count) == 1
    postgres.end_connections(postgres_database)
    await store.write(lambda connection: connection.execute(clicks.delete()))
    assert await store.read(_count) == 0


LEAVES_IN_THE_COMMIT = """
CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER leaving AFTER INSERT ON clicks DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION leave()
"""


async def test_a_unit_that_loses_its_connection_in_the_commit_is_run_once(own_postgres_url: str, store: Store) -> None:
    with engine_of(own_postgres_url) as engine, engine.begin() as connection:
        connection.execute(text(LEAVES_IN_THE_COMMIT))
    once = Again(_ends_its_own_connection, times=0)
    with pytest.raises(DatabaseAway, match="during the commit"):
        await store.write(once)
    assert once.ran == 1


async def test_while_the_database_is_away_everybody_is_told_so_and_afterwards_it_goes_on(
    postgres: Server, postgres_database: str, store: Store
) -> None:
    await store.write(_click)
    postgres.cut_off(postgres_database)
    with pytest.raises(DatabaseAway):
        await store.read(_count)
    with pytest.raises(DatabaseAway):
        await store.write(_click)
    postgres.let_in(postgres_database)
    assert await store.read(_count) == 1


async def test_a_read_only_server_is_left_while_it_is(postgres: Server, postgres_database: str, store: Store) -> None:
    postgres.run("ALTER DATABASE {} SET default_transaction_read_only = on", postgres_database)
    with pytest.raises(DatabaseAway):
        await store.write(_click)
    postgres.run("ALTER DATABASE {} RESET default_transaction_read_only", postgres_database)
    await store.write(_click)
    assert await store.read(_count) == 1


async def test_closing_while_a_read_is_out_leaves_no_connection(postgres: Server, postgres_database: str) -> None:
    store = open_postgres(postgres.url(postgres_database))
    goes_on = threading.Event()
    began = asyncio.Event()
    loop = asyncio.get_running_loop()

    def read(connection: Connection) -> int:
        found = _count(connection)
        loop.call_soon_threadsafe(began.set)
        assert goes_on.wait(PATIENCE)
        return found

    reading = asyncio.create_task(store.read(read))
    await began.wait()
    closing = asyncio.create_task(asyncio.to_thread(store.close))
    async with asyncio.timeout(PATIENCE):
        with suppress(StoreClosed):
            while True:
                await store.read(lambda _: None)
    goes_on.set()
    await closing
    assert await reading == 0
    postgres.until_nobody_is_connected(postgres_database)


async def test_a_nul_in_what_somebody_else_said_does_not_lose_what_is_kept_with_it(store: Store) -> None:
    def say(connection: Connection) -> str | None:
        connection.execute(update(control).values(frozen_by="a\0b", frozen_at=NOON))
        connection.execute(insert(clicks), [{"trigger_id": f"{n}\0", "at": NOON} for n in range(2)])
        said: str | None = connection.execute(select(control.c.frozen_by)).scalar_one()
        return said

    assert await store.write(say) == "a\ufffdb"
